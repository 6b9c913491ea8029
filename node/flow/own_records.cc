#include "node/flow/own_records.h"

#include <algorithm>

#include "crypto/secret.h"
#include "node/flow/embargo.h"
#include "node/flow/expiry.h"
#include "node/flow/imports.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {
namespace {

absl::StatusOr<Authored> Committed(record::Draft draft, const record::CommitContext& context, const Chance& chance) {
  record::KeepNamesHome(draft);
  record::SettleTags(draft.local.tags);
  record::LocalFacts local = draft.local;
  auto view = record::Commit(std::move(draft), context, chance.seed);
  if (!view.ok()) return view.status();
  return Authored{*std::move(view), std::move(local)};
}

absl::Status ChangedMeanwhile() {
  return absl::FailedPreconditionError("flow: the record was recalled or changed in the meantime; look at it again");
}

}  // namespace

void Draw(std::span<Chance> chances) {
  static_assert(sizeof(Chance) == sizeof(record::RecordId) + sizeof(record::Seed), "nothing but random bytes");
  crypto::FillRandom({reinterpret_cast<uint8_t*>(chances.data()), chances.size_bytes()});
}

absl::StatusOr<Authored> OwnRecords::CommitNew(record::Draft draft, const Chance& chance) const {
  record::CommitContext context;
  context.author_fpr = identity_.log_fingerprint();
  context.record_id = chance.id;
  context.created_ms = now_ms_();
  return Committed(std::move(draft), context, chance);
}

absl::StatusOr<Authored> OwnRecords::CommitAmendment(record::Draft draft, const store::StoredRecord& predecessor,
                                                     const Chance& chance) const {
  auto statement = record::ParseStatement(predecessor.view.statement);
  if (!statement.ok()) return statement.status();
  if (!predecessor.own)
    return absl::PermissionDeniedError("flow: only its author can amend a record; add a `sighting`");
  if (predecessor.erased || statement->act == record::Act::kRecall) {
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  }
  record::CommitContext context;
  context.author_fpr = identity_.log_fingerprint();
  context.record_id = statement->record_id;
  context.revision = statement->revision + 1;
  context.prev_leaf = record::LogLeaf(predecessor.view.statement);
  context.created_ms = now_ms_();
  context.act = record::Act::kAmend;
  auto authored = Committed(std::move(draft), context, chance);
  if (authored.ok()) authored->follows = predecessor.seq;
  return authored;
}

absl::StatusOr<Authored> OwnRecords::CommitRecall(const record::Statement& newest) const {
  auto recall = record::CommitRecall(newest, identity_.log_fingerprint(), now_ms_());
  if (!recall.ok()) return recall.status();
  return Authored{*std::move(recall), {}};
}

absl::StatusOr<Prepared> OwnRecords::Prepare(Authored authored) const {
  store::PutRequest request;
  request.view = &authored.view;
  request.origin = organisation();
  request.local = std::move(authored.local);
  request.arrived_ms = now_ms_();
  auto put = store_.Prepare(request);
  if (!put.ok()) return put.status();
  const record::Statement& statement = authored.view.statement();
  return Prepared{*std::move(put), authored.view.handling().not_before_ms,
                  record::RecordKey{statement.author_fpr, statement.record_id}, authored.follows,
                  statement.act == record::Act::kRecall};
}

absl::Status OwnRecords::AskBack(store::WriteTransaction& transaction, const record::RecordId& record, uint64_t now_ms,
                                 const std::vector<std::string>& others) {
  auto revisions = transaction.OwnRevisions(record);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto asked = disclosures_.AskBack(transaction, record, seq, now_ms, /*recall=*/true, others);
    if (!asked.ok()) return asked.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> OwnRecords::StoreOne(store::WriteTransaction& transaction, Prepared& one, uint64_t now_ms) {
  if (one.follows != 0) {
    auto newest = transaction.FindRecord(one.key);
    if (!newest.ok()) return newest.status();
    if (*newest != one.follows) return ChangedMeanwhile();
  }
  if (one.recall) {
    if (auto noted = NoteRecalled(transaction, one.key.id, now_ms); !noted.ok()) return noted;
    if (auto asked = AskBack(transaction, one.key.id, now_ms); !asked.ok()) return asked;
  }
  auto index = log_.Append(transaction, one.put.leaf());
  if (!index.ok()) return index.status();
  one.put.set_log_index(*index);
  auto put = transaction.Put(one.put);
  if (!put.ok()) return put.status();
  if (put->outcome != store::PutOutcome::kStored) return ChangedMeanwhile();
  if (one.not_before_ms && *one.not_before_ms > now_ms) {
    if (auto waits = Embargo(transaction, put->seq, *one.not_before_ms); !waits.ok()) return waits;
  }
  if (const auto expiry = one.put.expiry_ms()) {
    if (auto noted = NoteExpiry(transaction, put->seq, *expiry); !noted.ok()) return noted;
  }
  one.log_index = *index;
  return put->seq;
}

absl::Status OwnRecords::Write(store::Purpose purpose, ledger::Change entry, bool kept, Note work,
                               std::optional<ledger::Change> also) {
  entry.at_ms = now_ms_();
  if (also) also->at_ms = entry.at_ms;
  return store_.Write(purpose, [&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto may = continuity_.MayAuthor(); !may.ok()) return may;
    entry.count = 0;
    if (auto done = work(transaction, entry); !done.ok()) return done;
    if (entry.count == 0) return absl::OkStatus();
    auto entered = disclosures_.Append(transaction, entry);
    if (entered.ok() && also) {
      if (auto second = disclosures_.Append(transaction, *also); !second.ok()) return second.status();
    }
    if (!entered.ok() || entry.import == 0) return entered.status();
    return CountInImport(transaction, *entered, entry, kept);
  });
}

absl::Status OwnRecords::StoreWanted(std::vector<Prepared>& prepared, ledger::Change entry, Wanted wanted,
                                     std::optional<ledger::Change> also) {
  const bool recalls = std::all_of(prepared.begin(), prepared.end(), [](const Prepared& one) { return one.recall; });
  const store::Purpose purpose = recalls ? store::Purpose::kProtection : store::Purpose::kOrdinary;
  const auto put_all = [&](store::WriteTransaction& transaction, ledger::Change& change) -> absl::Status {
    // A recall that is left out was not made.
    if (recalls) change.records.clear();
    for (size_t i = 0; i < prepared.size(); ++i) {
      prepared[i].log_index = 0;
      auto take = wanted(transaction, i);
      if (!take.ok()) return take.status();
      if (!*take) continue;
      auto stored = StoreOne(transaction, prepared[i], change.at_ms);
      if (!stored.ok()) return stored.status();
      if (change.count++ == 0) change.first_seq = *stored;
      change.last_seq = *stored;
      if (recalls) change.records.push_back(prepared[i].key.id);
    }
    return absl::OkStatus();
  };
  return Write(purpose, std::move(entry), /*kept=*/false, put_all, std::move(also));
}

absl::Status OwnRecords::NoteFacts(ledger::Change entry, Note note) {
  return Write(store::Purpose::kOrdinary, std::move(entry), /*kept=*/true, note);
}

absl::StatusOr<uint64_t> OwnRecords::Store(const Authored& authored, ledger::Change entry,
                                           std::optional<ledger::Change> also) {
  auto ready = Prepare({authored.view, authored.local, authored.follows});
  if (!ready.ok()) return ready.status();
  std::vector<Prepared> one;
  one.push_back(*std::move(ready));
  const auto all = [](store::WriteTransaction&, size_t) -> absl::StatusOr<bool> { return true; };
  auto stored = StoreWanted(one, std::move(entry), all, std::move(also));
  if (!stored.ok()) return stored;
  return one.front().log_index;
}

absl::Status OwnRecords::Rehearse(const Authored& authored,
                                  absl::FunctionRef<absl::Status(const store::Reader&)> look) {
  auto prepared = Prepare({authored.view, authored.local, authored.follows});
  if (!prepared.ok()) return prepared.status();
  absl::Status looked;
  bool stored = false;
  const auto undone = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    stored = false;
    if (auto may = continuity_.MayAuthor(); !may.ok()) return may;
    auto one = StoreOne(transaction, *prepared, now_ms_());
    if (!one.ok()) return one.status();
    stored = true;
    looked = look(transaction);
    return absl::CancelledError("flow: this was a rehearsal");
  });
  return stored ? looked : undone;
}

}  // namespace tidegate::flow
