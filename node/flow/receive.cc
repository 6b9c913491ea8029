#include "node/flow/receive.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/fingerprint.h"
#include "node/flow/arrived.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

// A refused parcel comes again and again. One refusal in ten minutes is entered into the register.
constexpr uint64_t kRefusalsTogetherMs = uint64_t{600} * 1000;

parcel::OpenContext ContextFor(const partner::Directory& directory, const partner::Partner& partner,
                               const Standing& standing, const parcel::CheckpointMemory& checkpoints) {
  const partner::Identity& identity = directory.identity();
  parcel::OpenContext context;
  context.sender_fpr = partner.log_fingerprint;
  context.sender_vkey = checkpoint::PrintVerifierKey(partner.keys.log_key);
  context.delivery_key = partner.keys.delivery_key;
  context.delivery_fpr = partner.delivery_fingerprint;
  context.pair = partner.pair;
  context.feed = partner.incoming;
  context.last_seq = standing.last_seq;
  context.after = crypto::HashOf({standing.cursor});
  context.kem = [&identity](const parcel::KemId& id) -> std::optional<parcel::OpenContext::OwnKem> {
    const crypto::AgreementKey* key = identity.KemKey(id);
    if (key == nullptr) return std::nullopt;
    return parcel::OpenContext::OwnKem{
        key, crypto::Fingerprint(crypto::KeyType::kKem, identity.names().Node(), crypto::View(key->public_key()))};
  };
  context.psk = [&directory,
                 organisation = partner.organisation](uint32_t epoch) -> absl::StatusOr<crypto::Secret<32>> {
    auto psk = directory.ReceivingPsk(organisation, epoch);
    if (!psk.ok()) return psk.status();
    return std::move(psk->key);
  };
  context.checkpoints = &checkpoints;
  return context;
}

}  // namespace

absl::StatusOr<std::string> Receiving::Cursor(const partner::PartnerPtr& partner) {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto standing = Standing::Load(**snapshot, partner->organisation);
  if (!standing.ok()) return standing.status();
  return standing->cursor;
}

absl::StatusOr<std::shared_ptr<exchange::ArrivedParcel>> Receiving::Read(const partner::PartnerPtr& partner,
                                                                         std::string manifest, std::string signature,
                                                                         exchange::ChunkReader& chunks,
                                                                         const exchange::ArrivedParcel* before) {
  // No parcel after a refused one counts, so its position does not matter.
  const auto* continued = dynamic_cast<const Arrived*>(before);
  auto position = continued != nullptr ? absl::StatusOr<Position>(continued->after()) : Stored(*partner);
  if (!position.ok()) return position.status();
  const crypto::Hash manifest_hash = crypto::HashOf({manifest});
  uint64_t bytes = 0;
  auto opened = Open(*partner, *position, manifest, signature, chunks, bytes);
  if (!opened.ok()) {
    const auto layer = parcel::LayerOf(opened.status());
    if (!layer) return opened.status();
    return std::make_shared<Refused>(*this, partner->organisation, manifest_hash, *layer, opened.status());
  }
  const uint64_t now_ms = now_ms_();
  auto room = RoomFor(*partner, *opened, bytes, now_ms);
  if (!room.ok()) return room.status();
  auto admitted = Admit(store_, decisions_, *partner, *opened, now_ms);
  if (!admitted.ok()) return admitted.status();
  return std::make_shared<Arrived>(*this, partner, *std::move(position), *std::move(opened), *std::move(admitted),
                                   *std::move(room), bytes, now_ms);
}

absl::StatusOr<Receiving::Position> Receiving::Stored(const partner::Partner& partner) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto standing = Standing::Load(**snapshot, partner.organisation);
  if (!standing.ok()) return standing.status();
  auto checkpoints = KnownCheckpoints::Load(**snapshot, partner);
  if (!checkpoints.ok()) return checkpoints.status();
  return Position{*std::move(standing), *std::move(checkpoints)};
}

absl::StatusOr<parcel::Opened> Receiving::Open(const partner::Partner& partner, const Position& position,
                                               std::string_view manifest, const std::string& signature,
                                               exchange::ChunkReader& chunks, uint64_t& bytes) const {
  auto opener = parcel::Opener::Begin(ContextFor(directory_, partner, position.standing, position.checkpoints),
                                      manifest, signature);
  if (!opener.ok()) return opener.status();
  while (!opener->complete()) {
    auto chunk = chunks.Next();
    if (!chunk.ok()) return chunk.status();
    bytes += chunk->size();
    if (auto status = opener->Add(*std::move(chunk)); !status.ok()) return status;
  }
  return opener->Finish();
}

absl::StatusOr<Receiving::Room> Receiving::RoomFor(const partner::Partner& partner, const parcel::Opened& opened,
                                                   uint64_t bytes, uint64_t now_ms) const {
  uint64_t records = 0, recalls = 0;
  for (const parcel::OpenedSection& section : opened.sections) {
    records += section.items.size();
    recalls += section.recalls.size();
  }
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  Room room;
  auto waiting = WaitingReceipts(**snapshot, partner.organisation);
  if (!waiting.ok()) return waiting.status();
  // A partner that takes no receipts would have us keep ever more of them.
  if (*waiting >= limits_.partner_receipts) {
    room.records = parcel::Refuse(parcel::Layer::kLimit, absl::StrCat("this partner has not taken the last ", *waiting,
                                                                      " receipts; it gets them when it is met again"));
  }
  auto used = Used::Load(**snapshot, partner.organisation);
  if (!used.ok()) return used.status();
  if (records > 0 && room.records.ok()) room.records = used->Within(limits_, records, bytes, now_ms);
  room.recalls = recalls == 0 ||
                 (room.records.ok() && used->Within(limits_, recalls, bytes, now_ms).ok() && !store_.SpaceLeft().full);
  return room;
}

absl::StatusOr<uint64_t> Receiving::WaitingReceipts(const store::Reader& reader,
                                                    const std::string& organisation) const {
  const std::vector<crypto::Hash> delivered = Delivered(organisation);
  uint64_t waiting = 0;
  store::Damage damage;  // a receipt that cannot be read cannot be taken either, so it does not count
  auto status = reader.ForEachNamed(store::Named::kExchange, OutboxScope(organisation), damage,
                                    [&waiting](std::string_view, std::string_view) {
                                      ++waiting;
                                      return true;
                                    });
  if (!status.ok()) return status;
  return waiting - std::min<uint64_t>(waiting, delivered.size());
}

bool Receiving::ToBeEntered(const std::string& organisation, parcel::Layer layer, uint64_t now_ms, std::string& rule) {
  threads::MutexLock lock(mutex_);
  Entered& entered = entered_[{organisation, layer}];
  if (entered.at_ms != 0 && now_ms < entered.at_ms + kRefusalsTogetherMs) {
    ++entered.since;
    return false;
  }
  if (entered.since > 0) absl::StrAppend(&rule, " (and ", entered.since, " more since the entry before)");
  entered = {now_ms, 0};
  return true;
}

absl::StatusOr<std::vector<parcel::SignedReceipt>> Receiving::Unacknowledged(const partner::PartnerPtr& partner) {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const std::vector<crypto::Hash> delivered = Delivered(partner->organisation);
  const auto was_delivered = [&delivered](std::string_view manifest_hash) {
    return std::any_of(delivered.begin(), delivered.end(),
                       [&](const crypto::Hash& hash) { return crypto::View(hash) == manifest_hash; });
  };
  std::vector<parcel::SignedReceipt> receipts;
  // A receipt that is damaged is not given: its sender counts the parcel as perhaps held, and asks again.
  store::Damage damage;
  auto status = (*snapshot)->ForEachNamed(store::Named::kExchange, OutboxScope(partner->organisation), damage,
                                          [&](std::string_view item, std::string_view row) -> absl::StatusOr<bool> {
                                            if (was_delivered(item)) return true;
                                            auto receipt = KeptReceipt(row);
                                            if (!receipt.ok()) return receipt.status();
                                            receipts.push_back(*std::move(receipt));
                                            return true;
                                          });
  if (!status.ok()) return status;
  if (damage.rows > 0) {
    spdlog::warn("flow: {} receipts for {} cannot be read and are not given: {}", damage.rows, partner->organisation,
                 damage.first);
  }
  return receipts;
}

absl::Status Receiving::Acknowledged(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) {
  const partner::Identity& identity = directory_.identity();
  auto read = parcel::VerifyReceipt(receipt.bytes, crypto::View(receipt.signature), identity.keys().delivery_key,
                                    identity.delivery_fingerprint());
  if (!read.ok()) return read.status();
  // A refusal's receipt is not in the outbox: it may be made again.
  if (read->kind == parcel::Receipt::Kind::kRefused) return absl::OkStatus();
  threads::MutexLock lock(mutex_);
  delivered_[partner->organisation].push_back(read->manifest_hash);
  return absl::OkStatus();
}

std::vector<crypto::Hash> Receiving::Delivered(const std::string& organisation) const {
  threads::MutexLock lock(mutex_);
  const auto found = delivered_.find(organisation);
  return found == delivered_.end() ? std::vector<crypto::Hash>() : found->second;
}

void Receiving::Count(const std::string& organisation, uint64_t stored, size_t deleted) {
  threads::MutexLock lock(mutex_);
  received_[organisation] += stored;
  std::vector<crypto::Hash>& delivered = delivered_[organisation];
  delivered.erase(delivered.begin(), delivered.begin() + static_cast<std::ptrdiff_t>(deleted));
}

void Receiving::Tidy() {
  std::map<std::string, std::vector<crypto::Hash>> delivered;
  {
    threads::MutexLock lock(mutex_);
    delivered.swap(delivered_);
  }
  const auto tidied = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const auto& [organisation, receipts] : delivered) {
      if (auto status = DeleteReceipts(transaction, organisation, receipts); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
  if (!tidied.ok()) {
    spdlog::warn("flow: delivered receipts will be offered again: {}", std::string(tidied.message()));
  }
}

void Receiving::CaughtUp(const partner::PartnerPtr&) {}

Used Receiving::UsedBy(const std::string& organisation) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return {};
  auto used = Used::Load(**snapshot, organisation);
  return used.ok() ? *used : Used();
}

uint64_t Receiving::ReceivedFrom(const std::string& organisation) const {
  threads::MutexLock lock(mutex_);
  const auto found = received_.find(organisation);
  return found == received_.end() ? 0 : found->second;
}

}  // namespace tidegate::flow
