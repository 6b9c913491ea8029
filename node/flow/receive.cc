#include "node/flow/receive.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/fingerprint.h"
#include "node/flow/admitting.h"
#include "node/flow/known_checkpoints.h"

namespace tidegate::flow {
namespace {

// A refused parcel comes again and again. One refusal in ten minutes is entered into the register.
constexpr uint64_t kRefusalsTogetherMs = uint64_t{600} * 1000;

std::string_view SignatureView(const crypto::Signature& signature) {
  return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

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

// Signs `erased` for what this node does not hold: what it erased now or before, and what never came. It keeps what
// another partner gave it or another author wrote, and signs nothing about that.
absl::Status SayIfErased(const store::Reader& reader, const crypto::Hash& leaf, parcel::Receipt& receipt) {
  const bool said = std::any_of(receipt.erased.begin(), receipt.erased.end(),
                                [&leaf](const parcel::Erased& erased) { return erased.leaf == leaf; });
  if (said || receipt.erased.size() == parcel::kMaxReceiptLeaves) return absl::OkStatus();
  auto seq = reader.FindByLeaf(leaf);
  if (seq.ok()) {
    auto record = reader.GetRecord(*seq);
    if (!record.ok()) return record.status();
    if (record->own || !record->erased) return absl::OkStatus();
  } else if (!absl::IsNotFound(seq.status())) {
    return seq.status();
  }
  receipt.erased.push_back({leaf, 0, 0, 0});
  return absl::OkStatus();
}

// Every revision that a recall takes back, as far as it is known here.
absl::Status SayErased(const store::Reader& reader, const Recalled& recalled, parcel::Receipt& receipt) {
  auto revisions = reader.Revisions(recalled.record);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto record = reader.GetRecord(seq);
    if (!record.ok()) return record.status();
    if (record->event == store::Event::kRecall) continue;
    if (auto said = SayIfErased(reader, record::LogLeaf(record->view.statement), receipt); !said.ok()) return said;
  }
  return SayIfErased(reader, recalled.newest, receipt);
}

ledger::Change Deed(ledger::Deed deed, const std::string& source, uint64_t at_ms, uint64_t count) {
  ledger::Change change;
  change.deed = deed;
  change.source = source;
  change.at_ms = at_ms;
  change.count = count;
  return change;
}

}  // namespace

absl::StatusOr<std::string> Receiving::Cursor(const partner::PartnerPtr& partner) {
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto standing = Standing::Load(**snapshot, partner->organisation);
  if (!standing.ok()) return standing.status();
  return standing->cursor;
}

struct Receiving::Position {
  Standing standing;
  KnownCheckpoints checkpoints;
};

// A parcel that was verified and admitted, and waits for the writer.
class Receiving::Arrived final : public exchange::ArrivedParcel {
 public:
  Arrived(Receiving& owner, partner::PartnerPtr partner, Position before, parcel::Opened opened, Admitted admitted,
          uint64_t bytes, uint64_t now_ms)
      : owner_(owner),
        partner_(std::move(partner)),
        after_(std::move(before)),
        manifest_hash_(opened.manifest_hash),
        psk_epoch_(opened.manifest.psk_epoch),
        withdrawals_(std::move(opened.withdrawals)),
        instants_(opened.instants.size()),
        admitted_(std::move(admitted)),
        bytes_(bytes),
        now_ms_(now_ms) {
    after_.standing = {std::move(opened.next_cursor), opened.manifest.seq};
    for (const Admitted::Batch& batch : admitted_.batches) after_.checkpoints.Take(batch.section);
  }

  const Position& after() const { return after_; }

  absl::StatusOr<Received> Store() override {
    parcel::SignedReceipt signed_receipt;
    uint64_t stored = 0;
    const std::vector<crypto::Hash> delivered = owner_.Delivered(partner_->organisation);
    auto status = owner_.rooms_.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
      auto receipt = Write(transaction, stored);
      if (!receipt.ok()) return receipt.status();
      signed_receipt = *std::move(receipt);
      return DeleteReceipts(transaction, partner_->organisation, delivered);
    });
    if (!status.ok()) return status;
    owner_.Count(partner_->organisation, stored, delivered.size());
    auto advanced = owner_.rooms_.directory.AdvancePsk(partner_->organisation, psk_epoch_);
    if (!advanced.ok()) return advanced;
    return Received{std::move(signed_receipt), absl::OkStatus()};
  }

 private:
  // What the store would not take, and why. Made anew by each run of the body.
  struct Declined {
    std::vector<crypto::Hash> twins;      // another author's record under one of our ids
    std::vector<crypto::Hash> unbounded;  // too many revisions, forks or authors
  };
  absl::Status WriteRecords(store::WriteTransaction& transaction, parcel::Receipt& receipt, uint64_t& stored,
                            Declined& declined);
  static std::vector<crypto::Hash>* ListFor(store::PutOutcome outcome, Declined& declined);  // null: it was taken
  absl::Status WriteNotices(store::WriteTransaction& transaction, parcel::Receipt& receipt);
  absl::Status WriteEntries(store::WriteTransaction& transaction, uint64_t stored, const Declined& declined) const;
  absl::Status Decline(store::WriteTransaction& transaction, const std::vector<crypto::Hash>& leaves,
                       parcel::Layer layer, std::string_view why) const;
  // What the partner has used of its limits.
  absl::Status Use(store::WriteTransaction& transaction, uint64_t stored, const Declined& declined) const;
  absl::StatusOr<parcel::SignedReceipt> Write(store::WriteTransaction& transaction, uint64_t& stored);

  Receiving& owner_;
  const partner::PartnerPtr partner_;
  Position after_;  // once it is stored; read by who reads the parcel after it
  const crypto::Hash manifest_hash_;
  const uint32_t psk_epoch_;
  const std::vector<parcel::Withdrawal> withdrawals_;
  const size_t instants_;
  Admitted admitted_;
  const uint64_t bytes_;  // as it came
  const uint64_t now_ms_;
  uint64_t now_erased_ = 0;  // by this parcel; made anew by each run of the body
};

std::vector<crypto::Hash>* Receiving::Arrived::ListFor(store::PutOutcome outcome, Declined& declined) {
  if (outcome == store::PutOutcome::kTwin) return &declined.twins;
  return outcome == store::PutOutcome::kLimit ? &declined.unbounded : nullptr;
}

absl::Status Receiving::Arrived::WriteRecords(store::WriteTransaction& transaction, parcel::Receipt& receipt,
                                              uint64_t& stored, Declined& declined) {
  for (Admitted::Batch& batch : admitted_.batches) {
    uint64_t proof_id = 0;
    if (!batch.records.empty() || !batch.recalls.empty()) {
      auto put = transaction.PutProof(batch.proof);
      if (!put.ok()) return put.status();
      proof_id = *put;
    }
    for (AdmittedRecord& record : batch.records) {
      record.set_proof_id(proof_id);
      auto put = record.Store(transaction);
      if (!put.ok()) return put.status();
      if (auto* list = ListFor(put->outcome, declined)) {
        list->push_back(record.leaf());
        receipt.unwanted.push_back(record.leaf());
        continue;
      }
      ++receipt.stored;
      stored += put->outcome == store::PutOutcome::kStored ? 1 : 0;
    }
    for (size_t i = 0; i < batch.recalls.size(); ++i) {
      store::PreparedPut& recall = batch.recalls[i];
      recall.set_proof_id(proof_id);
      auto put = transaction.Put(recall);
      if (!put.ok()) return put.status();
      if (auto* list = ListFor(put->outcome, declined)) {
        list->push_back(recall.leaf());
        continue;
      }
      ++receipt.recalls;
      now_erased_ += put->erased.size();
      if (auto erased = SayErased(transaction, batch.recalled[i], receipt); !erased.ok()) return erased;
    }
    if (auto seen = KnownCheckpoints::Save(transaction, *partner_, batch.section); !seen.ok()) return seen;
  }
  return absl::OkStatus();
}

absl::Status Receiving::Arrived::WriteNotices(store::WriteTransaction& transaction, parcel::Receipt& receipt) {
  for (const parcel::Withdrawal& withdrawal : withdrawals_) {
    auto limited = transaction.LimitClaim(withdrawal.leaf, partner_->organisation, withdrawal.allowed, now_ms_);
    if (!limited.ok() && !absl::IsNotFound(limited.status())) return limited.status();
    ++receipt.notices;
    if (!withdrawal.allowed.empty()) continue;
    if (limited.ok() && *limited) ++now_erased_;
    if (auto said = SayIfErased(transaction, withdrawal.leaf, receipt); !said.ok()) return said;
  }
  receipt.notices += static_cast<uint32_t>(instants_);
  return absl::OkStatus();
}

absl::Status Receiving::Arrived::WriteEntries(store::WriteTransaction& transaction, uint64_t stored,
                                              const Declined& declined) const {
  const std::string& giver = partner_->organisation;
  ledger::Register& disclosures = owner_.rooms_.disclosures;
  if (stored > 0) {
    auto entry = disclosures.Append(transaction, Deed(ledger::Deed::kCollection, giver, now_ms_, stored));
    if (!entry.ok()) return entry.status();
  }
  if (now_erased_ > 0) {
    auto entry = disclosures.Append(transaction, Deed(ledger::Deed::kErasure, giver, now_ms_, now_erased_));
    if (!entry.ok()) return entry.status();
  }
  if (auto entry = Decline(transaction, admitted_.unwanted, parcel::Layer::kAdmission, "not admitted by our policies");
      !entry.ok()) {
    return entry;
  }
  if (auto entry =
          Decline(transaction, declined.twins, parcel::Layer::kAdmission, "another author's records under ids of ours");
      !entry.ok()) {
    return entry;
  }
  return Decline(transaction, declined.unbounded, parcel::Layer::kLimit,
                 "more revisions, forks or authors of one record than this node takes");
}

// One entry for all of one kind: the register grows with parcels, not with what a partner puts into them.
absl::Status Receiving::Arrived::Decline(store::WriteTransaction& transaction, const std::vector<crypto::Hash>& leaves,
                                         parcel::Layer layer, std::string_view why) const {
  if (leaves.empty()) return absl::OkStatus();
  const ledger::Refusal refusal{now_ms_,
                                partner_->organisation,
                                std::string(parcel::LayerName(layer)),
                                manifest_hash_,
                                absl::StrCat(std::string(why), " (", leaves.size(), " in this parcel)"),
                                leaves};
  return owner_.rooms_.disclosures.Append(transaction, refusal).status();
}

absl::Status Receiving::Arrived::Use(store::WriteTransaction& transaction, uint64_t stored,
                                     const Declined& declined) const {
  auto used = Used::Load(transaction, partner_->organisation);
  if (!used.ok()) return used.status();
  used->records += stored;
  used->records -= std::min(used->records, now_erased_);
  used->bytes += bytes_;
  const uint64_t entries = (stored > 0 ? 1 : 0) + (now_erased_ > 0 ? 1 : 0) + (admitted_.unwanted.empty() ? 0 : 1) +
                           (declined.twins.empty() ? 0 : 1) + (declined.unbounded.empty() ? 0 : 1);
  used->Enter(entries, now_ms_);
  return used->Save(transaction, partner_->organisation);
}

absl::StatusOr<parcel::SignedReceipt> Receiving::Arrived::Write(store::WriteTransaction& transaction,
                                                                uint64_t& stored) {
  const partner::Identity& identity = owner_.rooms_.directory.identity();
  stored = now_erased_ = 0;
  parcel::Receipt receipt;
  receipt.manifest_hash = manifest_hash_;
  receipt.signer_fpr = identity.delivery_fingerprint();
  receipt.at_ms = now_ms_;
  receipt.unwanted = admitted_.unwanted;
  Declined declined;
  if (auto status = WriteRecords(transaction, receipt, stored, declined); !status.ok()) return status;
  if (auto status = WriteNotices(transaction, receipt); !status.ok()) return status;
  if (auto status = WriteEntries(transaction, stored, declined); !status.ok()) return status;
  if (auto status = after_.standing.Save(transaction, partner_->organisation); !status.ok()) return status;
  if (auto status = Use(transaction, stored, declined); !status.ok()) return status;
  auto sealed = parcel::SignReceipt(receipt, identity.delivery_key());
  if (!sealed.ok()) return sealed.status();
  // Kept until the sender has taken it, so that a crash between here and there loses no receipt.
  crypto::ByteWriter outbox;
  outbox.Lp32(sealed->bytes).Raw(SignatureView(sealed->signature));
  auto status = transaction.PutNamed(store::Named::kExchange, OutboxScope(partner_->organisation),
                                     crypto::View(manifest_hash_), outbox.view());
  if (!status.ok()) return status;
  return sealed;
}

// A parcel that was found bad: tells the sender, and our own register.
class Receiving::Refused final : public exchange::ArrivedParcel {
 public:
  Refused(Receiving& owner, std::string organisation, const crypto::Hash& manifest_hash, parcel::Layer layer,
          absl::Status reason)
      : owner_(owner),
        organisation_(std::move(organisation)),
        manifest_hash_(manifest_hash),
        layer_(layer),
        reason_(std::move(reason)) {}

  absl::StatusOr<Received> Store() override {
    parcel::Receipt receipt;
    receipt.kind = parcel::Receipt::Kind::kRefused;
    receipt.manifest_hash = manifest_hash_;
    const Rooms& rooms = owner_.rooms_;
    receipt.signer_fpr = rooms.directory.identity().delivery_fingerprint();
    receipt.at_ms = rooms.now_ms();
    receipt.layer = layer_;
    auto sealed = parcel::SignReceipt(receipt, rooms.directory.identity().delivery_key());
    if (!sealed.ok()) return sealed.status();
    std::string rule(reason_.message());
    if (owner_.ToBeEntered(organisation_, layer_, receipt.at_ms, rule)) {
      const ledger::Refusal refusal{receipt.at_ms, organisation_, std::string(parcel::LayerName(layer_)),
                                    manifest_hash_, std::move(rule)};
      auto recorded = rooms.store.Write([&](store::WriteTransaction& transaction) {
        return rooms.disclosures.Append(transaction, refusal).status();
      });
      if (!recorded.ok()) return recorded;
    }
    return Received{*std::move(sealed), reason_};
  }

 private:
  Receiving& owner_;
  const std::string organisation_;
  const crypto::Hash manifest_hash_;
  const parcel::Layer layer_;
  const absl::Status reason_;
};

absl::StatusOr<std::shared_ptr<exchange::ArrivedParcel>> Receiving::Read(const partner::PartnerPtr& partner,
                                                                         std::string manifest, std::string signature,
                                                                         exchange::ChunkReader& chunks,
                                                                         const exchange::ArrivedParcel* before) {
  // Nothing that comes after a refused parcel counts, so its position may be any.
  const auto* continued = dynamic_cast<const Arrived*>(before);
  auto position = continued != nullptr ? absl::StatusOr<Position>(continued->after()) : Stored(*partner);
  if (!position.ok()) return position.status();
  const crypto::Hash manifest_hash = crypto::HashOf({manifest});
  uint64_t bytes = 0;
  auto opened = Open(*partner, *position, std::move(manifest), signature, chunks, bytes);
  absl::Status fault = opened.status();
  const uint64_t now_ms = rooms_.now_ms();
  if (fault.ok()) fault = WithinLimits(*partner, *opened, bytes, now_ms);
  if (!fault.ok()) {
    const auto layer = parcel::LayerOf(fault);
    if (!layer) return fault;
    return std::make_shared<Refused>(*this, partner->organisation, manifest_hash, *layer, fault);
  }
  auto admitted = Admit(rooms_.store, rooms_.decisions, *partner, *opened, now_ms);
  if (!admitted.ok()) return admitted.status();
  return std::make_shared<Arrived>(*this, partner, *std::move(position), *std::move(opened), *std::move(admitted),
                                   bytes, now_ms);
}

absl::StatusOr<Receiving::Position> Receiving::Stored(const partner::Partner& partner) const {
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto standing = Standing::Load(**snapshot, partner.organisation);
  if (!standing.ok()) return standing.status();
  auto checkpoints = KnownCheckpoints::Load(**snapshot, partner);
  if (!checkpoints.ok()) return checkpoints.status();
  return Position{*std::move(standing), *std::move(checkpoints)};
}

absl::StatusOr<parcel::Opened> Receiving::Open(const partner::Partner& partner, const Position& position,
                                               std::string manifest, const std::string& signature,
                                               exchange::ChunkReader& chunks, uint64_t& bytes) const {
  auto opener = parcel::Opener::Begin(ContextFor(rooms_.directory, partner, position.standing, position.checkpoints),
                                      std::move(manifest), signature);
  if (!opener.ok()) return opener.status();
  while (!opener->complete()) {
    auto chunk = chunks.Next();
    if (!chunk.ok()) return chunk.status();
    bytes += chunk->size();
    if (auto status = opener->Add(*std::move(chunk)); !status.ok()) return status;
  }
  return opener->Finish();
}

// Notices are taken whatever a partner has used of its limits: what it takes back must go.
absl::Status Receiving::WithinLimits(const partner::Partner& partner, const parcel::Opened& opened, uint64_t bytes,
                                     uint64_t now_ms) const {
  uint64_t records = 0;
  for (const parcel::OpenedSection& section : opened.sections) records += section.items.size();
  if (records == 0) return absl::OkStatus();
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto used = Used::Load(**snapshot, partner.organisation);
  if (!used.ok()) return used.status();
  return used->Within(limits_, records, bytes, now_ms);
}

bool Receiving::ToBeEntered(const std::string& organisation, parcel::Layer layer, uint64_t now_ms, std::string& rule) {
  std::lock_guard lock(mutex_);
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
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  const std::vector<crypto::Hash> delivered = Delivered(partner->organisation);
  const auto was_delivered = [&delivered](std::string_view manifest_hash) {
    return std::any_of(delivered.begin(), delivered.end(),
                       [&](const crypto::Hash& hash) { return crypto::View(hash) == manifest_hash; });
  };
  std::vector<parcel::SignedReceipt> receipts;
  bool damaged = false;
  auto status = (*snapshot)->ForEachNamed(store::Named::kExchange, OutboxScope(partner->organisation),
                                          [&](std::string_view item, std::string_view value) {
                                            if (was_delivered(item)) return true;
                                            crypto::ByteReader reader(value);
                                            parcel::SignedReceipt receipt;
                                            receipt.bytes = std::string(reader.Lp32());
                                            const std::string_view signature = reader.Raw(receipt.signature.size());
                                            damaged = damaged || !reader.Finish("receipt").ok();
                                            if (damaged) return false;
                                            std::copy(signature.begin(), signature.end(), receipt.signature.begin());
                                            receipts.push_back(std::move(receipt));
                                            return true;
                                          });
  if (!status.ok()) return status;
  if (damaged) return absl::DataLossError("flow: a receipt waiting to be delivered cannot be read");
  return receipts;
}

absl::Status Receiving::Acknowledged(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) {
  const partner::Identity& identity = rooms_.directory.identity();
  auto read = parcel::VerifyReceipt(receipt.bytes, SignatureView(receipt.signature), identity.keys().delivery_key,
                                    identity.delivery_fingerprint());
  if (!read.ok()) return read.status();
  // A refusal's receipt is not in the outbox: it may be made again.
  if (read->kind == parcel::Receipt::Kind::kRefused) return absl::OkStatus();
  std::lock_guard lock(mutex_);
  delivered_[partner->organisation].push_back(read->manifest_hash);
  return absl::OkStatus();
}

std::vector<crypto::Hash> Receiving::Delivered(const std::string& organisation) const {
  std::lock_guard lock(mutex_);
  const auto found = delivered_.find(organisation);
  return found == delivered_.end() ? std::vector<crypto::Hash>() : found->second;
}

void Receiving::Count(const std::string& organisation, uint64_t stored, size_t deleted) {
  std::lock_guard lock(mutex_);
  received_[organisation] += stored;
  std::vector<crypto::Hash>& delivered = delivered_[organisation];
  delivered.erase(delivered.begin(), delivered.begin() + static_cast<std::ptrdiff_t>(deleted));
}

void Receiving::Tidy() {
  std::map<std::string, std::vector<crypto::Hash>> delivered;
  {
    std::lock_guard lock(mutex_);
    delivered.swap(delivered_);
  }
  const auto tidied = rooms_.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
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
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return {};
  auto used = Used::Load(**snapshot, organisation);
  return used.ok() ? *used : Used();
}

uint64_t Receiving::ReceivedFrom(const std::string& organisation) const {
  std::lock_guard lock(mutex_);
  const auto found = received_.find(organisation);
  return found == received_.end() ? 0 : found->second;
}

}  // namespace tidegate::flow
