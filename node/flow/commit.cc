#include "node/flow/commit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "crypto/secret.h"
#include "node/flow/embargo.h"
#include "node/flow/imports.h"
#include "node/flow/recalled.h"
#include "text/text.h"

namespace tidegate::flow {
namespace {

void AssignList(std::vector<std::string>& list, std::string_view value) {
  list.clear();
  const std::string text(value);
  for (absl::string_view item : absl::StrSplit(text, ';')) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) list.emplace_back(item);
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

absl::StatusOr<Authored> Committed(record::Draft draft, const record::CommitContext& context, const Chance& chance) {
  record::KeepNamesHome(draft);
  record::SettleTags(draft.local.tags);
  record::LocalFacts local = draft.local;
  auto view = record::Commit(std::move(draft), context, chance.seed);
  if (!view.ok()) return view.status();
  return Authored{*std::move(view), std::move(local)};
}

}  // namespace

void Draw(std::span<Chance> chances) {
  static_assert(sizeof(Chance) == sizeof(record::RecordId) + sizeof(record::Seed), "nothing but random bytes");
  crypto::FillRandom({reinterpret_cast<uint8_t*>(chances.data()), chances.size_bytes()});
}

absl::StatusOr<Authored> CommitNew(const Desk& desk, record::Draft draft, const Chance& chance) {
  record::CommitContext context;
  context.author_fpr = desk.identity.log_fingerprint();
  context.record_id = chance.id;
  context.created_ms = desk.now_ms();
  return Committed(std::move(draft), context, chance);
}

absl::StatusOr<Authored> CommitAmendment(const Desk& desk, record::Draft draft, const store::StoredRecord& predecessor,
                                         const Chance& chance) {
  auto statement = record::ParseStatement(predecessor.view.statement);
  if (!statement.ok()) return statement.status();
  if (!predecessor.own)
    return absl::PermissionDeniedError("flow: only its author can amend a record; add a `sighting`");
  if (predecessor.erased || statement->act == record::Act::kRecall) {
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  }
  record::CommitContext context;
  context.author_fpr = desk.identity.log_fingerprint();
  context.record_id = statement->record_id;
  context.revision = statement->revision + 1;
  context.prev_leaf = record::LogLeaf(predecessor.view.statement);
  context.created_ms = desk.now_ms();
  context.act = record::Act::kAmend;
  auto authored = Committed(std::move(draft), context, chance);
  if (authored.ok()) authored->follows = predecessor.seq;
  return authored;
}

absl::StatusOr<Prepared> PrepareAuthored(const Desk& desk, Authored authored) {
  store::PutRequest request;
  request.view = &authored.view;
  request.origin = desk.identity.names().organisation;
  request.local = std::move(authored.local);
  request.arrived_ms = desk.now_ms();
  auto put = desk.store.Prepare(request);
  if (!put.ok()) return put.status();
  const record::Statement& statement = authored.view.statement();
  return Prepared{*std::move(put), authored.view.handling().not_before_ms,
                  record::RecordKey{statement.author_fpr, statement.record_id}, authored.follows,
                  statement.act == record::Act::kRecall};
}

absl::Status MayAuthor(const Desk& desk) { return desk.may_author ? desk.may_author() : absl::OkStatus(); }

absl::Status AskBack(const Desk& desk, store::WriteTransaction& transaction, const record::RecordId& record,
                     uint64_t now_ms, const std::vector<std::string>& others) {
  auto revisions = transaction.OwnRevisions(record);
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto asked = desk.disclosures.AskBack(transaction, record, seq, now_ms, /*recall=*/true, others);
    if (!asked.ok()) return asked.status();
  }
  return absl::OkStatus();
}

namespace {

absl::Status ChangedMeanwhile() {
  return absl::FailedPreconditionError("flow: the record was recalled or changed in the meantime; look at it again");
}

// Stores one revision; gives its arrival and index in the log.
absl::StatusOr<std::pair<uint64_t, uint64_t>> StoreOne(const Desk& desk, store::WriteTransaction& transaction,
                                                       Prepared& one, uint64_t now_ms) {
  if (one.follows != 0) {
    auto newest = transaction.FindRecord(one.key);
    if (!newest.ok()) return newest.status();
    if (*newest != one.follows) return ChangedMeanwhile();
  }
  if (one.recall) {
    if (auto noted = NoteRecalled(transaction, one.key.id, now_ms); !noted.ok()) return noted;
    if (auto asked = AskBack(desk, transaction, one.key.id, now_ms); !asked.ok()) return asked;
  }
  auto index = desk.log.Append(transaction, one.put.leaf());
  if (!index.ok()) return index.status();
  one.put.set_log_index(*index);
  auto put = transaction.Put(one.put);
  if (!put.ok()) return put.status();
  if (put->outcome != store::PutOutcome::kStored) return ChangedMeanwhile();
  if (one.not_before_ms && *one.not_before_ms > now_ms) {
    if (auto waits = Embargo(transaction, put->seq, *one.not_before_ms); !waits.ok()) return waits;
  }
  return std::pair{put->seq, *index};
}

// The refusal of a field that this kind does not have. It names those that can be set.
absl::Status UnknownField(const record::Kind& kind, std::string_view field) {
  std::vector<std::string_view> known = {"recipient", "tag"};
  for (const record::Slot& slot : kind.slots) known.push_back(slot.name);
  for (const record::HandlingWord& word : record::kHandlingWords) {
    known.push_back(word.name);
    if (!word.one.empty()) known.push_back(word.one);
  }
  const std::string kind_name(kind.name);
  return absl::InvalidArgumentError(absl::StrCat("flow: kind `", kind_name, "` has no field `",
                                                 std::string(field.substr(0, 40)), "`", text::DidYouMean(field, known),
                                                 "; `tidegate fields ", kind_name, "` lists them"));
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Desk& desk, std::vector<Prepared>& prepared,
                                                    ledger::Change entry) {
  return StoreWanted(desk, prepared, std::move(entry),
                     [](store::WriteTransaction&, size_t) -> absl::StatusOr<bool> { return true; });
}

absl::StatusOr<std::vector<uint64_t>> StoreWanted(const Desk& desk, std::vector<Prepared>& prepared,
                                                  ledger::Change entry, Wanted wanted) {
  entry.at_ms = desk.now_ms();
  std::vector<uint64_t> indices;
  const bool recalls = std::all_of(prepared.begin(), prepared.end(), [](const Prepared& one) { return one.recall; });
  const store::Purpose purpose = recalls ? store::Purpose::kProtection : store::Purpose::kOrdinary;
  auto status = desk.store.Write(purpose, [&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto may = MayAuthor(desk); !may.ok()) return may;
    indices.assign(prepared.size(), 0);
    entry.count = 0;
    // A recall that is left out was not made.
    if (recalls) entry.records.clear();
    for (size_t i = 0; i < prepared.size(); ++i) {
      auto take = wanted(transaction, i);
      if (!take.ok()) return take.status();
      if (!*take) continue;
      auto stored = StoreOne(desk, transaction, prepared[i], entry.at_ms);
      if (!stored.ok()) return stored.status();
      if (entry.count++ == 0) entry.first_seq = stored->first;
      entry.last_seq = stored->first;
      if (recalls) entry.records.push_back(prepared[i].key.id);
      indices[i] = stored->second;
    }
    if (entry.count == 0) return absl::OkStatus();
    auto entered = desk.disclosures.Append(transaction, entry);
    if (!entered.ok() || entry.import == 0) return entered.status();
    return CountInImport(transaction, *entered, entry);
  });
  if (!status.ok()) return status;
  return indices;
}

absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Desk& desk, const std::vector<Authored>& authored,
                                                    ledger::Change entry) {
  std::vector<Prepared> prepared;
  prepared.reserve(authored.size());
  for (const Authored& one : authored) {
    auto ready = PrepareAuthored(desk, {one.view, one.local, one.follows});
    if (!ready.ok()) return ready.status();
    prepared.push_back(*std::move(ready));
  }
  return StoreAuthored(desk, prepared, std::move(entry));
}

absl::Status Rehearse(const Desk& desk, const Authored& authored,
                      absl::FunctionRef<absl::Status(const store::Reader&)> look) {
  auto prepared = PrepareAuthored(desk, {authored.view, authored.local, authored.follows});
  if (!prepared.ok()) return prepared.status();
  absl::Status looked;
  bool stored = false;
  const auto undone = desk.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    stored = false;
    auto one = StoreOne(desk, transaction, *prepared, desk.now_ms());
    if (!one.ok()) return one.status();
    stored = true;
    looked = look(transaction);
    return absl::CancelledError("flow: this was a rehearsal");
  });
  return stored ? looked : undone;
}

absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record) {
  auto view = record::Verify(record.view);
  if (!view.ok()) return view.status();
  record::Draft draft;
  draft.kind = &view->kind();
  draft.handling = view->handling();
  draft.local = record.local;
  draft.local.source.as_imported = false;
  for (size_t i = 0; i < view->size(); ++i) {
    draft.fields[view->view().opened[i].slot] = {view->value(i), view->attributes(i)};
  }
  record::RestoreNames(draft);
  return draft;
}

absl::Status Assign(record::Draft& draft, std::string_view field, std::string_view value) {
  if (field == "recipient" || field == "recipients") {
    AssignList(draft.local.named_recipients, value);
    return absl::OkStatus();
  }
  if (field == "tag") {
    AssignList(draft.local.tags, value);
    record::SettleTags(draft.local.tags);
    return absl::OkStatus();
  }
  const std::string_view slot = field.substr(0, field.find('.'));
  if (draft.kind->FindSlot(slot) == nullptr) {
    const record::HandlingWord* word = record::HandlingWordSaid(field);
    return word == nullptr ? UnknownField(*draft.kind, slot) : draft.handling.Set(word->name, value);
  }
  if (value.empty()) {
    if (draft.ClearField(field)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("flow: there is no field `", std::string(field), "` to take out"));
  }
  return draft.SetField(field, value);
}

}  // namespace tidegate::flow
