#include "node/flow/arrived.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/expiry.h"

namespace tidegate::flow {
namespace {

// Whether a legal hold keeps a copy of what was erased of a record: of the arrival `seq`, or of any. A hold or a copy
// that cannot be read counts.
absl::StatusOr<bool> IsWithheld(const store::Reader& reader, const record::RecordKey& key,
                                std::optional<uint64_t> seq) {
  auto hold = reader.HoldOf(key);
  if (store::Damaged(hold.status())) return true;
  if (!hold.ok()) return hold.status();
  if (!hold->has_value()) return false;
  store::Damage damage;
  auto copies = reader.CopiesUnderHold(key, damage);
  if (!copies.ok()) return copies.status();
  return damage.rows > 0 || std::any_of(copies->begin(), copies->end(),
                                        [&seq](const store::HeldCopy& copy) { return !seq || copy.seq == *seq; });
}

void SayWithheld(const crypto::Hash& leaf, Answer& answer) {
  std::vector<crypto::Hash>& leaves = answer.receipt.withheld;
  const bool named = std::find(leaves.begin(), leaves.end(), leaf) != leaves.end();
  if (!named && leaves.size() < parcel::kMaxWithheldLeaves) leaves.push_back(leaf);
}

// Answers `erased` for a record that this node does not hold: it was erased now or before, or it never came. A copy
// that another partner gave us, or that another author wrote, stays, and the answer says nothing about it. If a legal
// hold keeps a copy, the answer says that instead.
absl::Status SayIfErased(const store::Reader& reader, const crypto::Hash& leaf, Answer& answer) {
  if (answer.erased.count(leaf) > 0 || answer.erased.size() == parcel::kMaxReceiptLeaves) return absl::OkStatus();
  auto seq = reader.FindByLeaf(leaf);
  if (seq.ok()) {
    auto record = reader.GetRecord(*seq);
    if (absl::IsDataLoss(record.status())) {
      auto gone = reader.WrittenOver(*seq);
      if (!gone.ok()) return gone.status();
      if (!*gone) return absl::OkStatus();
    } else if (!record.ok()) {
      return record.status();
    } else if (record->own || !record->erased) {
      return absl::OkStatus();
    } else {
      auto statement = record::ParseStatement(record->view.statement);
      if (!statement.ok()) return statement.status();
      auto withheld = IsWithheld(reader, {statement->author_fpr, statement->record_id}, record->seq);
      if (!withheld.ok()) return withheld.status();
      if (*withheld) {
        SayWithheld(leaf, answer);
        return absl::OkStatus();
      }
    }
  } else if (!absl::IsNotFound(seq.status())) {
    return seq.status();
  }
  answer.erased.insert(leaf);
  answer.receipt.erased.push_back({leaf, 0, 0, 0});
  return absl::OkStatus();
}

// Every revision that a recall takes back, as far as it is known here.
absl::Status SayErased(const store::Reader& reader, const Recalled& recalled, Answer& answer) {
  auto revisions = reader.Revisions(recalled.record);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto record = reader.GetRecord(seq);
    if (absl::IsDataLoss(record.status())) continue;  // its leaf is not known; the newest one's is
    if (!record.ok()) return record.status();
    if (record->event == store::Event::kRecall) continue;
    if (auto said = SayIfErased(reader, record::LogLeaf(record->view.statement), answer); !said.ok()) return said;
  }
  return SayIfErased(reader, recalled.newest, answer);
}

// Whether there is a row that a recall takes back, also one that cannot be read.
bool IsHeld(const store::Reader& reader, const Recalled& recalled) {
  const auto revisions = reader.Revisions(recalled.record);
  return !revisions.ok() || !revisions->empty() || !absl::IsNotFound(reader.FindByLeaf(recalled.newest).status());
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

Receiving::Arrived::Arrived(Receiving& owner, partner::PartnerPtr partner, Position before, parcel::Opened opened,
                            Admitted admitted, Room room, uint64_t bytes, uint64_t now_ms)
    : owner_(owner),
      partner_(std::move(partner)),
      after_(std::move(before)),
      manifest_hash_(opened.manifest_hash),
      psk_epoch_(opened.manifest.psk_epoch),
      withdrawals_(std::move(opened.withdrawals)),
      whole_recalls_(std::move(opened.whole_recalls)),
      instants_(opened.instants.size()),
      admitted_(std::move(admitted)),
      room_(std::move(room)),
      bytes_(bytes),
      now_ms_(now_ms) {
  after_.standing = {std::move(opened.next_cursor), opened.manifest.seq};
  for (const Admitted::Batch& batch : admitted_.batches) after_.checkpoints.Take(batch.section);
}

// Recalls and withdrawals in a parcel do not wait until there is room for its records.
absl::StatusOr<exchange::ArrivedParcel::Received> Receiving::Arrived::TakeBackOnly(const absl::Status& why) {
  if (auto taken = WriteAll(false, store::Purpose::kTakingBack, nullptr); !taken.ok()) return taken;
  return Refused(owner_, partner_->organisation, manifest_hash_, parcel::Layer::kLimit, why).Store();
}

absl::StatusOr<exchange::ArrivedParcel::Received> Receiving::Arrived::Store() {
  if (!room_.records.ok()) return TakeBackOnly(room_.records);
  const bool records = has_records();
  parcel::SignedReceipt receipt;
  // A parcel that only takes back is stored even if the disk is full.
  absl::Status status = WriteAll(records, records ? store::Purpose::kOrdinary : store::Purpose::kTakingBack, &receipt);
  if (records && absl::IsResourceExhausted(status) && owner_.store_.SpaceLeft().full) {
    return TakeBackOnly(parcel::AtLayer(parcel::Layer::kLimit, status));
  }
  if (!status.ok()) return status;
  auto advanced = owner_.directory_.AdvancePsk(partner_->organisation, psk_epoch_);
  if (!advanced.ok()) return advanced;
  return Received{std::move(receipt), absl::OkStatus()};
}

bool Receiving::Arrived::PieceIsFull(const store::WriteTransaction& transaction) const {
  return transaction.Work() >= owner_.limits_.piece_work;
}

bool Receiving::Arrived::has_records() const {
  return std::any_of(admitted_.batches.begin(), admitted_.batches.end(),
                     [](const Admitted::Batch& batch) { return !batch.records.empty(); });
}

Receiving::Arrived::Progress Receiving::Arrived::Begin() const {
  Progress progress;
  progress.answer.receipt.manifest_hash = manifest_hash_;
  progress.answer.receipt.signer_fpr = owner_.directory_.identity().delivery_fingerprint();
  progress.answer.receipt.at_ms = now_ms_;
  progress.answer.receipt.unwanted = admitted_.unwanted;
  return progress;
}

// `receipt` is null where the parcel is not concluded: the cursor stays where it is.
absl::Status Receiving::Arrived::WriteAll(bool records, store::Purpose purpose, parcel::SignedReceipt* receipt) {
  Progress done = Begin();
  while (!done.whole) {
    Progress next;
    Piece piece;
    const std::vector<crypto::Hash> delivered = owner_.Delivered(partner_->organisation);
    auto status = owner_.store_.Write(purpose, [&](store::WriteTransaction& transaction) -> absl::Status {
      next = done;
      piece = {};
      if (auto written = WritePiece(transaction, records, next, piece); !written.ok()) return written;
      if (!next.whole || receipt == nullptr) return absl::OkStatus();
      auto concluded = Conclude(transaction, next.answer.receipt);
      if (!concluded.ok()) return concluded.status();
      *receipt = *std::move(concluded);
      return DeleteReceipts(transaction, partner_->organisation, delivered);
    });
    if (!status.ok()) return status;
    done = std::move(next);
    owner_.Count(partner_->organisation, piece.stored, done.whole && receipt != nullptr ? delivered.size() : 0);
  }
  return absl::OkStatus();
}

absl::Status Receiving::Arrived::WritePiece(store::WriteTransaction& transaction, bool records, Progress& progress,
                                            Piece& piece) {
  while (progress.batch < admitted_.batches.size()) {
    if (auto status = WriteBatch(transaction, records, progress, piece); !status.ok()) return status;
    if (PieceIsFull(transaction)) return WriteEntries(transaction, piece);
  }
  while (progress.withdrawal < withdrawals_.size()) {
    if (auto status = WriteWithdrawal(transaction, progress, piece); !status.ok()) return status;
    if (PieceIsFull(transaction)) return WriteEntries(transaction, piece);
  }
  while (progress.whole_recall < whole_recalls_.size()) {
    if (auto status = WriteWholeRecall(transaction, progress, piece); !status.ok()) return status;
    if (PieceIsFull(transaction)) return WriteEntries(transaction, piece);
  }
  progress.answer.receipt.notices += static_cast<uint32_t>(instants_);
  progress.whole = true;
  return WriteEntries(transaction, piece);
}

// Writes as much of the batch as one piece may hold.
absl::Status Receiving::Arrived::WriteBatch(store::WriteTransaction& transaction, bool records, Progress& progress,
                                            Piece& piece) {
  Admitted::Batch& batch = admitted_.batches[progress.batch];
  // A recall that is known needs no proof: a parcel that waits for room comes again and again.
  bool any = records && !batch.records.empty();
  for (size_t i = progress.recall; i < batch.recalls.size() && !any; ++i) {
    any = IsWritten(transaction, batch.recalls[i], batch.recalled[i]);
  }
  if (any && progress.proof_id == 0) {
    auto put = transaction.PutProof(batch.proof);
    if (!put.ok()) return put.status();
    progress.proof_id = *put;
  }
  for (; records && progress.record < batch.records.size(); ++progress.record) {
    if (PieceIsFull(transaction)) return absl::OkStatus();
    auto status = WriteRecord(transaction, batch.records[progress.record], progress, piece);
    if (!status.ok()) return status;
  }
  for (; progress.recall < batch.recalls.size(); ++progress.recall) {
    if (PieceIsFull(transaction)) return absl::OkStatus();
    if (auto status = WriteRecall(transaction, batch, progress, piece); !status.ok()) return status;
  }
  ++progress.batch;
  progress.record = progress.recall = 0;
  progress.proof_id = 0;
  return absl::OkStatus();
}

std::vector<crypto::Hash>* Receiving::Arrived::ListFor(store::PutOutcome outcome, Declined& declined) {
  if (outcome == store::PutOutcome::kTwin) return &declined.twins;
  return outcome == store::PutOutcome::kLimit ? &declined.unbounded : nullptr;
}

absl::Status Receiving::Arrived::WriteRecord(store::WriteTransaction& transaction, store::PreparedPut& record,
                                             Progress& progress, Piece& piece) {
  record.set_proof_id(progress.proof_id);
  auto put = transaction.Put(record);
  if (!put.ok()) return put.status();
  if (auto* list = ListFor(put->outcome, piece.declined)) {
    list->push_back(record.leaf());
    progress.answer.receipt.unwanted.push_back(record.leaf());
    return absl::OkStatus();
  }
  ++progress.answer.receipt.stored;
  piece.stored += put->outcome == store::PutOutcome::kStored ? 1 : 0;
  // Also of one that was here and is given again: its note went when it was erased.
  const bool held = put->outcome == store::PutOutcome::kStored || put->outcome == store::PutOutcome::kMerged;
  if (held && record.expiry_ms()) {
    return NoteExpiry(transaction, put->seq, *record.expiry_ms());
  }
  return absl::OkStatus();
}

bool Receiving::Arrived::IsWritten(const store::Reader& reader, const store::PreparedPut& recall,
                                   const Recalled& recalled) const {
  const bool known = !absl::IsNotFound(reader.FindByLeaf(recall.leaf()).status());
  return !known && (room_.recalls || IsHeld(reader, recalled));
}

absl::Status Receiving::Arrived::WriteRecall(store::WriteTransaction& transaction, Admitted::Batch& batch,
                                             Progress& progress, Piece& piece) {
  store::PreparedPut& recall = batch.recalls[progress.recall];
  const Recalled& recalled = batch.recalled[progress.recall];
  const bool held = IsHeld(transaction, recalled);
  // Nothing is held that it could take back, and its author has no room to have us remember that.
  if (!held && !room_.recalls) {
    ++progress.answer.receipt.recalls;
    return SayErased(transaction, recalled, progress.answer);
  }
  recall.set_proof_id(progress.proof_id);
  auto put = transaction.Put(recall);
  if (!put.ok()) return put.status();
  if (auto* list = ListFor(put->outcome, piece.declined)) {
    list->push_back(recall.leaf());
    return absl::OkStatus();
  }
  ++progress.answer.receipt.recalls;
  piece.erased += put->erased.size();
  if (!held) ++piece.remembered;
  return SayErased(transaction, recalled, progress.answer);
}

absl::Status Receiving::Arrived::WriteWithdrawal(store::WriteTransaction& transaction, Progress& progress,
                                                 Piece& piece) {
  const parcel::Withdrawal& withdrawal = withdrawals_[progress.withdrawal++];
  auto limited = transaction.LimitClaim(withdrawal.leaf, partner_->organisation, withdrawal.allowed, now_ms_);
  // A row that cannot be read does not stop the parcel. The answer says nothing about it, so that its giver asks again.
  if (!limited.ok() && !absl::IsNotFound(limited.status()) && !absl::IsDataLoss(limited.status())) {
    return limited.status();
  }
  ++progress.answer.receipt.notices;
  if (!withdrawal.allowed.empty()) return absl::OkStatus();
  if (limited.ok() && *limited) ++piece.erased;
  return SayIfErased(transaction, withdrawal.leaf, progress.answer);
}

absl::Status Receiving::Arrived::WriteWholeRecall(store::WriteTransaction& transaction, Progress& progress,
                                                  Piece& piece) {
  const parcel::WholeRecall& recall = whole_recalls_[progress.whole_recall++];
  const record::RecordKey whole{partner_->log_fingerprint, recall.record};
  auto revisions = transaction.Revisions(whole);
  if (!revisions.ok()) return revisions.status();
  bool gone = true;
  for (const uint64_t seq : *revisions) {
    auto record = transaction.GetRecord(seq);
    if (!record.ok() && !store::Damaged(record.status())) return record.status();
    if (!record.ok()) {
      auto over = transaction.WrittenOver(seq);
      if (!over.ok()) return over.status();
      gone = gone && *over;
      continue;
    }
    if (record->event == store::Event::kRecall || record->erased) continue;
    const crypto::Hash leaf = record::LogLeaf(record->view.statement);
    auto limited = transaction.LimitClaim(leaf, partner_->organisation, {}, now_ms_);
    if (!limited.ok()) return limited.status();
    if (*limited) ++piece.erased;
    auto left = transaction.GetRecord(seq);
    if (!left.ok()) return left.status();
    gone = gone && left->erased;
  }
  ++progress.answer.receipt.notices;
  // What another partner gave us stays, and nothing is said of it.
  if (!gone) return absl::OkStatus();
  // The leaf that it names stands for all revisions: it is not erased while a copy of any of them is kept.
  auto kept = IsWithheld(transaction, whole, std::nullopt);
  if (!kept.ok()) return kept.status();
  if (!*kept) return SayIfErased(transaction, recall.leaf, progress.answer);
  SayWithheld(recall.leaf, progress.answer);
  return absl::OkStatus();
}

absl::Status Receiving::Arrived::WriteEntries(store::WriteTransaction& transaction, const Piece& piece) const {
  const std::string& giver = partner_->organisation;
  ledger::Register& disclosures = owner_.disclosures_;
  uint64_t entries = 0;
  for (const auto& [deed, count] :
       {std::pair{ledger::Deed::kCollection, piece.stored}, {ledger::Deed::kErasure, piece.erased}}) {
    if (count == 0) continue;
    ++entries;
    if (auto entry = disclosures.Append(transaction, Deed(deed, giver, now_ms_, count)); !entry.ok()) {
      return entry.status();
    }
  }
  entries += (piece.declined.twins.empty() ? 0 : 1) + (piece.declined.unbounded.empty() ? 0 : 1);
  auto status = Decline(transaction, piece.declined.twins, parcel::Layer::kAdmission,
                        "another author's records under ids of ours");
  if (status.ok()) {
    status = Decline(transaction, piece.declined.unbounded, parcel::Layer::kLimit,
                     "more revisions, forks or authors of one record than this node takes");
  }
  return status.ok() ? Use(transaction, piece, 0, entries) : status;
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
  return owner_.disclosures_.Append(transaction, refusal).status();
}

absl::Status Receiving::Arrived::Use(store::WriteTransaction& transaction, const Piece& piece, uint64_t bytes,
                                     uint64_t entries) const {
  auto used = Used::Load(transaction, partner_->organisation);
  if (!used.ok()) return used.status();
  used->records += piece.stored + piece.remembered;
  used->records -= std::min(used->records, piece.erased);
  used->bytes += bytes;
  used->Enter(entries, now_ms_);
  return used->Save(transaction, partner_->organisation);
}

absl::StatusOr<parcel::SignedReceipt> Receiving::Arrived::Conclude(store::WriteTransaction& transaction,
                                                                   const parcel::Receipt& receipt) {
  auto status = Decline(transaction, admitted_.unwanted, parcel::Layer::kAdmission, "not admitted by our policies");
  if (!status.ok()) return status;
  status = Use(transaction, {}, bytes_, admitted_.unwanted.empty() ? 0 : 1);
  if (!status.ok()) return status;
  for (const Admitted::Batch& batch : admitted_.batches) {
    if (auto seen = KnownCheckpoints::Save(transaction, *partner_, batch.section); !seen.ok()) return seen;
  }
  if (status = after_.standing.Save(transaction, partner_->organisation); !status.ok()) return status;
  auto sealed = parcel::SignReceipt(receipt, owner_.directory_.identity().delivery_key());
  if (!sealed.ok()) return sealed.status();
  if (status = KeepReceipt(transaction, partner_->organisation, manifest_hash_, *sealed); !status.ok()) return status;
  return sealed;
}

Receiving::Refused::Refused(Receiving& owner, std::string organisation, const crypto::Hash& manifest_hash,
                            parcel::Layer layer, absl::Status reason)
    : owner_(owner),
      organisation_(std::move(organisation)),
      manifest_hash_(manifest_hash),
      layer_(layer),
      reason_(std::move(reason)) {}

absl::StatusOr<exchange::ArrivedParcel::Received> Receiving::Refused::Store() {
  parcel::Receipt receipt;
  receipt.kind = parcel::Receipt::Kind::kRefused;
  receipt.manifest_hash = manifest_hash_;
  const partner::Identity& identity = owner_.directory_.identity();
  receipt.signer_fpr = identity.delivery_fingerprint();
  receipt.at_ms = owner_.now_ms_();
  receipt.layer = layer_;
  auto sealed = parcel::SignReceipt(receipt, identity.delivery_key());
  if (!sealed.ok()) return sealed.status();
  std::string rule(reason_.message());
  if (owner_.ToBeEntered(organisation_, layer_, receipt.at_ms, rule)) {
    const ledger::Refusal refusal{receipt.at_ms, organisation_, std::string(parcel::LayerName(layer_)), manifest_hash_,
                                  std::move(rule)};
    // One in ten minutes for each layer: it may be written although the disk is full.
    auto recorded = owner_.store_.Write(store::Purpose::kTakingBack, [&](store::WriteTransaction& transaction) {
      return owner_.disclosures_.Append(transaction, refusal).status();
    });
    if (!recorded.ok()) return recorded;
  }
  return Received{*std::move(sealed), reason_};
}

}  // namespace tidegate::flow
