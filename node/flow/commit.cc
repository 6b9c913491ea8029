#include "node/flow/commit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "crypto/secret.h"
#include "node/flow/embargo.h"
#include "node/flow/prepared_batch.h"

namespace tidegate::flow {
namespace {

// How operators may say a word of handling, and how record::Handling::Set knows it.
std::string HandlingWord(std::string_view field) {
  std::string word = absl::StrReplaceAll(std::string(field), {{"-", "_"}});
  if (word == "purpose") return "purposes";
  if (word == "condition") return "conditions";
  return word;
}

bool IsHandlingWord(std::string_view word) {
  constexpr std::string_view kWords[] = {
      "tlp",    "handling_code", "source_grade", "intelligence_grade", "grade",      "purposes", "legal_basis",
      "onward", "expiry",        "not_before",   "retention",          "conditions", "pap"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

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

}  // namespace

absl::StatusOr<Authored> CommitNew(const Rooms& rooms, const record::Draft& draft) {
  record::CommitContext context;
  context.author_fpr = rooms.directory.identity().log_fingerprint();
  context.record_id = crypto::RandomArray<16>();
  context.created_ms = rooms.now_ms();
  auto view = record::Commit(draft, context, crypto::RandomArray<32>());
  if (!view.ok()) return view.status();
  return Authored{*std::move(view), draft.local};
}

absl::StatusOr<Authored> CommitAmendment(const Rooms& rooms, const record::Draft& draft,
                                         const store::StoredRecord& predecessor) {
  auto statement = record::ParseStatement(predecessor.view.statement);
  if (!statement.ok()) return statement.status();
  if (!predecessor.own)
    return absl::PermissionDeniedError("flow: only its author can amend a record; add a `sighting`");
  if (predecessor.erased || statement->act == record::Act::kRecall) {
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  }
  record::CommitContext context;
  context.author_fpr = rooms.directory.identity().log_fingerprint();
  context.record_id = statement->record_id;
  context.revision = statement->revision + 1;
  context.prev_leaf = record::LogLeaf(predecessor.view.statement);
  context.created_ms = rooms.now_ms();
  context.act = record::Act::kAmend;
  auto view = record::Commit(draft, context, crypto::RandomArray<32>());
  if (!view.ok()) return view.status();
  return Authored{*std::move(view), draft.local};
}

absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Rooms& rooms, const std::vector<Authored>& authored,
                                                    ledger::Change entry) {
  std::vector<store::PutRequest> requests(authored.size());
  for (size_t i = 0; i < authored.size(); ++i) {
    requests[i].view = &authored[i].view;
    requests[i].origin = rooms.directory.identity().names().organisation;
    requests[i].local = authored[i].local;
    requests[i].arrived_ms = rooms.now_ms();
  }
  auto batch = PreparedBatch::Prepare(rooms.store, std::move(requests));
  if (!batch.ok()) return batch.status();
  entry.at_ms = rooms.now_ms();
  entry.count = authored.size();
  std::vector<uint64_t> indices;
  auto status = rooms.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    indices.clear();
    for (size_t i = 0; i < batch->size(); ++i) {
      auto index = rooms.log.Append(transaction, authored[i].view.leaf());
      if (!index.ok()) return index.status();
      auto prepared = batch->Take(i);
      if (!prepared.ok()) return prepared.status();
      prepared->set_log_index(*index);
      auto put = transaction.Put(*std::move(prepared));
      if (!put.ok()) return put.status();
      if (put->outcome != store::PutOutcome::kStored) {
        return absl::FailedPreconditionError(
            "flow: the record was recalled or changed in the meantime; look at it again");
      }
      if (i == 0) entry.first_seq = put->seq;
      entry.last_seq = put->seq;
      indices.push_back(*index);
      const std::optional<uint64_t> not_before_ms = authored[i].view.handling().not_before_ms;
      if (not_before_ms && *not_before_ms > entry.at_ms) {
        if (auto waits = Embargo(transaction, put->seq, *not_before_ms); !waits.ok()) return waits;
      }
    }
    return rooms.disclosures.Append(transaction, entry).status();
  });
  if (!status.ok()) return status;
  return indices;
}

absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record) {
  auto view = record::Verify(record.view);
  if (!view.ok()) return view.status();
  record::Draft draft;
  draft.kind = &view->kind();
  draft.handling = view->handling();
  draft.local = record.local;
  for (size_t i = 0; i < view->size(); ++i) {
    draft.fields[view->view().opened[i].slot] = {view->value(i), view->attributes(i)};
  }
  return draft;
}

absl::Status Assign(record::Draft& draft, std::string_view field, std::string_view value) {
  if (field == "recipient" || field == "recipients") {
    AssignList(draft.local.named_recipients, value);
    return absl::OkStatus();
  }
  if (field == "tag") {
    AssignList(draft.local.tags, value);
    return absl::OkStatus();
  }
  const std::string_view slot = field.substr(0, field.find('.'));
  if (draft.kind->FindSlot(slot) == nullptr) {
    const std::string word = HandlingWord(field);
    if (IsHandlingWord(word)) return draft.handling.Set(word, value);
  }
  if (value.empty()) {
    if (draft.ClearField(field)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("flow: there is no field `", std::string(field), "` to take out"));
  }
  return draft.SetField(field, value);
}

}  // namespace tidegate::flow
