#include "node/flow/retention.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/flow/budget.h"
#include "node/flow/deed.h"

namespace tidegate::flow {
namespace {

constexpr uint64_t kOneDayMs = uint64_t{24} * 3600 * 1000;
constexpr uint64_t kYearMs = uint64_t{365} * kOneDayMs + kOneDayMs / 4;
constexpr uint64_t kShortestMs = 6 * kYearMs;
constexpr size_t kMostHolds = 10'000;
constexpr std::string_view kDecidedScope = "decided";
constexpr std::string_view kDecidedLabel = crypto::Label("TDGrvd1");

uint64_t PeriodOf(std::string_view group) {
  // MoPI: groups 1 and 2 are reviewed every ten years; group 3, and whatever has no group, after six.
  return group == "mopi-1" || group == "mopi-2" ? 10 * kYearMs : kShortestMs;
}

std::string KeyOf(const record::RecordKey& key) { return crypto::ByteWriter(48).Raw(key.author).Raw(key.id).Take(); }

// When a record that somebody decided to keep is due again.
absl::StatusOr<std::optional<uint64_t>> DecidedUntil(const store::Reader& reader, const record::RecordKey& key) {
  auto value = reader.GetNamed(store::Named::kRetention, kDecidedScope, KeyOf(key));
  if (StoreFails(value.status())) return value.status();
  if (!value.ok()) return std::optional<uint64_t>();  // what cannot be read was not decided: it is reviewed again
  crypto::ByteReader in(*value);
  if (in.Raw(kDecidedLabel.size()) != kDecidedLabel) in.Fail();
  in.Array<48>();
  const uint64_t until = in.U64();
  return in.Finish("decision").ok() ? std::optional<uint64_t>(until) : std::nullopt;
}

absl::Status PutDecided(store::WriteTransaction& transaction, const record::RecordKey& key, uint64_t until_ms) {
  crypto::ByteWriter value(64);
  value.Raw(kDecidedLabel).Raw(key.author).Raw(key.id).U64(until_ms);
  return transaction.PutNamed(store::Named::kRetention, kDecidedScope, KeyOf(key), value.view());
}

absl::Status DropDecided(store::WriteTransaction& transaction, const record::RecordKey& key) {
  const absl::Status gone = transaction.DeleteNamed(store::Named::kRetention, kDecidedScope, KeyOf(key));
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

// Keys of records that are due again by then, because somebody said so.
absl::StatusOr<std::vector<record::RecordKey>> DecidedBefore(const store::Reader& reader, uint64_t before_ms,
                                                             size_t most) {
  std::vector<record::RecordKey> keys;
  store::Damage damage;
  auto status = reader.ForEachNamed(store::Named::kRetention, kDecidedScope, damage,
                                    [&](std::string_view, std::string_view value) -> absl::StatusOr<bool> {
                                      crypto::ByteReader in(value);
                                      if (in.Raw(kDecidedLabel.size()) != kDecidedLabel) in.Fail();
                                      record::RecordKey key{in.Array<32>(), in.Array<16>()};
                                      const uint64_t until = in.U64();
                                      if (in.Finish("decision").ok() && until <= before_ms) keys.push_back(key);
                                      return keys.size() < most;
                                    });
  if (!status.ok()) return status;
  return keys;
}

// A record that is held and shown, with what retention asks about it; none for anything else.
std::optional<std::pair<DueRecord, record::RecordKey>> KeptRecord(const store::StoredRecord& record) {
  if (record.erased || record.superseded || record.event == store::Event::kRecall) return std::nullopt;
  const auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return std::nullopt;
  const auto handling = record::DecodeHandling(statement->handling);
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
  DueRecord due;
  due.id = statement->record_id;
  due.kind = kind == nullptr ? "" : std::string(kind->name);
  due.origin = record.origin;
  due.group = handling.ok() ? handling->retention : "";
  due.own = record.own;
  due.due_ms = ReviewDue(due.group, record.arrived_ms);
  return std::pair{std::move(due), record::RecordKey{statement->author_fpr, statement->record_id}};
}

absl::Status NeedsReason(const std::string& reason) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (!reason.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("flow: give a reason with --reason; the register keeps it");
}

}  // namespace

uint64_t ReviewDue(std::string_view group, uint64_t arrived_ms) { return arrived_ms + PeriodOf(group); }

// The record that is meant, with all its revisions.
struct Retention::Meant {
  record::RecordKey key;
  store::StoredRecord newest;
  std::vector<uint64_t> revisions;
};

absl::StatusOr<Retention::Meant> Retention::Find(const Whose& whose) const {
  auto id = record::ParseRecordId(whose.id);
  if (!id.ok()) return id.status();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto seq = (*snapshot)->FindById(*id, whose.origin);
  if (absl::IsNotFound(seq.status())) {
    return absl::NotFoundError(absl::StrCat("flow: no record `", whose.id, "` is held here"));
  }
  if (!seq.ok()) return seq.status();
  Meant meant;
  auto record = (*snapshot)->GetRecord(*seq);
  if (!record.ok()) return record.status();
  meant.newest = *std::move(record);
  auto statement = record::ParseStatement(meant.newest.view.statement);
  if (!statement.ok()) return statement.status();
  meant.key = {statement->author_fpr, statement->record_id};
  auto revisions = (*snapshot)->Revisions(meant.key);
  if (!revisions.ok()) return revisions.status();
  meant.revisions = *std::move(revisions);
  return meant;
}

absl::StatusOr<DueList> Retention::Due(const policy::Principal& who, const std::string& reason, uint64_t ahead_ms,
                                       uint64_t from, size_t limit,
                                       const std::function<bool(const DueRecord&)>& may_know) const {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  limit = std::clamp<size_t>(limit == 0 ? kMostDue : limit, 1, kMostDue);
  const uint64_t before = now_ms_() + ahead_ms;
  DueList list;
  std::set<record::RecordKey> listed;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const store::Reader& reader = **snapshot;
  const auto add = [&](const store::StoredRecord& record) -> absl::Status {
    auto kept = KeptRecord(record);
    if (!kept) return absl::OkStatus();
    auto decided = DecidedUntil(reader, kept->second);
    if (!decided.ok()) return decided.status();
    if (*decided) kept->first.due_ms = **decided;
    if (kept->first.due_ms > before || !listed.insert(kept->second).second) return absl::OkStatus();
    auto hold = reader.HoldOf(kept->second);
    if (!hold.ok() && !store::Damaged(hold.status())) return hold.status();
    kept->first.held = !hold.ok() || hold->has_value();
    list.records.push_back(std::move(kept->first));
    return absl::OkStatus();
  };
  // What somebody decided to look at again may be young. It is on the first page.
  if (from == 0) {
    auto keys = DecidedBefore(reader, before, limit);
    if (!keys.ok()) return keys.status();
    for (const record::RecordKey& key : *keys) {
      auto seq = reader.FindRecord(key);
      auto record = seq.ok() ? reader.GetRecord(*seq) : absl::StatusOr<store::StoredRecord>(seq.status());
      if (!record.ok()) continue;
      if (auto added = add(*record); !added.ok()) return added;
    }
  }
  // Records stand in the order of their arrival. Behind the first that is too young for any group, none is due.
  const uint64_t last = reader.LastSeq();
  uint64_t seq = std::max<uint64_t>(from, 1);
  for (uint64_t rows = 0; seq <= last && rows < most_rows_ && list.records.size() < limit; ++seq, ++rows) {
    auto arrival = reader.Get(seq);
    if (!arrival.ok() && !store::Damaged(arrival.status())) return arrival.status();
    if (!arrival.ok()) {
      ++list.unreadable;
      continue;
    }
    if (arrival->at_ms + kShortestMs > before) {
      seq = last + 1;
      break;
    }
    if (!arrival->record) continue;
    if (auto added = add(*arrival->record); !added.ok()) return added;
  }
  list.next = seq > last ? 0 : seq;
  snapshot->reset();
  if (may_know) std::erase_if(list.records, [&](const DueRecord& one) { return !may_know(one); });
  std::vector<record::RecordId> ids;
  for (const DueRecord& due : list.records) ids.push_back(due.id);
  if (ids.empty()) return list;
  if (auto noted = author_.NoteLook(std::move(ids), who, reason, "review list"); !noted.ok()) return noted;
  return list;
}

absl::StatusOr<uint64_t> Retention::Decide(ledger::Keeping keeping, const policy::Principal& who,
                                           const std::string& reason, const Whose& whose,
                                           std::optional<uint64_t> until_ms, bool dry_run) const {
  if (auto status = NeedsReason(reason); !status.ok()) return status;
  auto meant = Find(whose);
  if (!meant.ok()) return meant.status();
  const auto kept = KeptRecord(meant->newest);
  if (!kept) {
    return absl::FailedPreconditionError("flow: nothing of this record is held any more, so there is nothing to keep");
  }
  const uint64_t now_ms = now_ms_();
  const uint64_t until = until_ms.value_or(ReviewDue(kept->first.group, now_ms));
  if (until <= now_ms) return absl::InvalidArgumentError("flow: the next review must be later than now");
  if (dry_run) return until;
  const ledger::KeepingDecided entry{keeping, now_ms, who.user(), reason, meant->key.id, until};
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto put = PutDecided(transaction, meant->key, until); !put.ok()) return put;
    return disclosures_.Append(transaction, entry).status();
  });
  if (!status.ok()) return status;
  return until;
}

absl::StatusOr<uint64_t> Retention::Retain(const policy::Principal& who, const std::string& reason, const Whose& whose,
                                           std::optional<uint64_t> until_ms, bool dry_run) const {
  return Decide(ledger::Keeping::kRetain, who, reason, whose, until_ms, dry_run);
}

absl::StatusOr<uint64_t> Retention::NoteAmended(const policy::Principal& who, const std::string& reason,
                                                const Whose& whose, bool dry_run) const {
  return Decide(ledger::Keeping::kAmend, who, reason, whose, std::nullopt, dry_run);
}

absl::StatusOr<Disposed> Retention::Dispose(const policy::Principal& who, const std::string& reason, const Whose& whose,
                                            bool dry_run, const std::optional<crypto::Hash>& shown) const {
  if (auto status = NeedsReason(reason); !status.ok()) return status;
  auto meant = Find(whose);
  if (!meant.ok()) return meant.status();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto hold = (*snapshot)->HoldOf(meant->key);
  if (!hold.ok()) return hold.status();
  snapshot->reset();
  if (hold->has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("flow: the record is under legal hold, by `", (*hold)->user,
                                                      "`; `tidegate hold ", whose.id,
                                                      " --release --reason R` ends it"));
  }
  Disposed disposed;
  disposed.own = meant->newest.own;
  if (!disposed.own) {
    disposed.digest = DigestOfErasure(meant->key.id, meant->newest.seq, {});
    if (auto status = CheckShown(shown, disposed.digest); !status.ok()) return status;
    if (dry_run) {
      auto noted = author_.NoteLook({meant->key.id}, who, reason, "review --dispose --dry-run");
      if (!noted.ok()) return noted;
      return disposed;
    }
    if (auto erased = EraseReceived(who, reason, *meant); !erased.ok()) return erased;
    disposed.disposed = true;
    return disposed;
  }
  RecallRecord recall{whose.id, dry_run};
  recall.disposal = true;
  recall.shown = shown;
  auto recalled = author_.Recall(who, reason, recall);
  if (!recalled.ok()) return recalled.status();
  disposed.disposed = recalled->recalled;
  disposed.holders = std::move(recalled->holders);
  disposed.note = std::move(recalled->note);
  disposed.digest = recalled->digest;
  return disposed;
}

absl::Status Retention::EraseReceived(const policy::Principal& who, const std::string& reason,
                                      const Meant& meant) const {
  const uint64_t now_ms = now_ms_();
  ledger::Change change = ChangeBy(ledger::Deed::kErasure, who, reason, "disposal", {meant.key.id});
  change.at_ms = now_ms;
  const ledger::KeepingDecided entry{ledger::Keeping::kDispose, now_ms, who.user(), reason, meant.key.id, 0};
  auto status = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
    change.count = 0;
    for (const uint64_t seq : meant.revisions) {
      const auto record = transaction.GetRecord(seq);
      auto erased = transaction.Erase(seq, now_ms);
      if (!erased.ok()) return erased.status();
      if (!*erased) continue;
      ++change.count;
      if (!record.ok() || record->erased || record->claims.empty()) continue;
      // Its giver has room for another record again.
      auto given_back = Used::GiveBackOne(transaction, record->claims.front().giver);
      if (!given_back.ok()) return given_back;
    }
    if (auto dropped = DropDecided(transaction, meant.key); !dropped.ok()) return dropped;
    if (auto entered = disclosures_.Append(transaction, entry); !entered.ok()) return entered.status();
    return disclosures_.Append(transaction, change).status();
  });
  store_.Nudge();
  return status;
}

absl::StatusOr<HeldRecord> Retention::Hold(const policy::Principal& who, const std::string& reason,
                                           const Whose& whose) const {
  if (auto status = NeedsReason(reason); !status.ok()) return status;
  auto meant = Find(whose);
  if (!meant.ok()) return meant.status();
  HeldRecord held;
  held.id = record::FormatRecordId(meant->key.id);
  held.origin = meant->newest.origin;
  held.hold = {meant->key, now_ms_(), who.user(), reason};
  const ledger::KeepingDecided entry{ledger::Keeping::kHold, held.hold.at_ms, who.user(), reason, meant->key.id, 0};
  auto status = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto put = transaction.PutHold(held.hold); !put.ok()) return put;
    return disclosures_.Append(transaction, entry).status();
  });
  if (!status.ok()) return status;
  return held;
}

absl::StatusOr<HeldRecord> Retention::Release(const policy::Principal& who, const std::string& reason,
                                              const Whose& whose) const {
  if (auto status = NeedsReason(reason); !status.ok()) return status;
  auto meant = Find(whose);
  if (!meant.ok()) return meant.status();
  HeldRecord released;
  released.id = record::FormatRecordId(meant->key.id);
  released.origin = meant->newest.origin;
  released.hold = {meant->key, now_ms_(), who.user(), reason};
  const uint64_t now_ms = released.hold.at_ms;
  const ledger::KeepingDecided entry{ledger::Keeping::kRelease, now_ms, who.user(), reason, meant->key.id, 0};
  auto status = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
    auto copies = transaction.DropHold(meant->key, now_ms);
    if (absl::IsNotFound(copies.status())) {
      return absl::FailedPreconditionError(absl::StrCat("flow: record `", released.id, "` is not under legal hold"));
    }
    if (!copies.ok()) return copies.status();
    released.copies = *copies;
    if (auto entered = disclosures_.Append(transaction, entry); !entered.ok()) return entered.status();
    if (*copies == 0) return absl::OkStatus();
    ledger::Change change = ChangeBy(ledger::Deed::kErasure, who, reason, "end of legal hold", {meant->key.id});
    change.at_ms = now_ms;
    change.count = 1;
    return disclosures_.Append(transaction, change).status();
  });
  if (!status.ok()) return status;
  store_.Nudge();
  return released;
}

absl::StatusOr<std::vector<HeldRecord>> Retention::Held(uint32_t* unreadable) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  store::Damage damage;
  auto holds = (*snapshot)->Holds(kMostHolds, damage);
  if (!holds.ok()) return holds.status();
  std::vector<HeldRecord> list;
  for (store::Hold& hold : *holds) {
    HeldRecord& one = list.emplace_back();
    one.id = record::FormatRecordId(hold.key.id);
    auto copies = (*snapshot)->CopiesUnderHold(hold.key, damage);
    if (!copies.ok()) return copies.status();
    one.copies = copies->size();
    const auto seq = (*snapshot)->FindRecord(hold.key);
    const auto record = seq.ok() ? (*snapshot)->GetRecord(*seq) : absl::StatusOr<store::StoredRecord>(seq.status());
    if (record.ok()) one.origin = record->origin;
    one.hold = std::move(hold);
  }
  *unreadable = static_cast<uint32_t>(damage.rows);
  return list;
}

}  // namespace tidegate::flow
