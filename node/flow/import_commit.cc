#include "node/flow/import_commit.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/derived.h"
#include "node/flow/drafts.h"
#include "node/flow/import_waiting.h"

namespace tidegate::flow {
namespace {

// A link or sighting that lacks an end is RED whatever its source says of it. This is the draft with the source's own
// marking, as strict as the ends that are held.
record::Draft WithItsOwnMarking(record::Draft draft, const WaitingLink& link,
                                const std::optional<record::Inheritance>& inherited) {
  draft.handling = link.handling;
  draft.local.named_recipients = link.recipients;
  draft = AsSigned(std::move(draft));
  // An expiry before the release is refused where the item itself inherits.
  if (inherited) InheritInto(draft, *inherited).IgnoreError();
  return draft;
}

// The marking that the item has looser than the record that is held, empty if there is none. Of what lacks an end, what
// its source says of it is compared: its RED must neither refuse a later version nor let a looser one in.
std::string LooserThanBefore(const Task& task, const record::Draft& ours) {
  const record::Draft& now = task.item->draft;
  return record::LooserMarking(task.waited ? WithItsOwnMarking(ours, *task.waited, task.inherited) : ours,
                               task.waits ? WithItsOwnMarking(now, *task.waits, task.inherited) : now);
}

}  // namespace

void ImportCommit::Commit(Task& task, const Chance& chance) const {
  if (task.reject || task.recalled) return;
  task.warnings = addressees_.Unknown(task.item->draft);
  for (std::string& doubt : record::DoubtsAbout(task.item->draft, now_ms_())) {
    task.warnings.push_back(std::move(doubt));
  }
  if (auto committed = CommitTask(task, chance); !committed.ok()) {
    task.reject = RejectFor(*task.item, request_, std::string(committed.message()));
  }
}

absl::Status ImportCommit::CommitTask(Task& task, const Chance& chance) const {
  intake::Item& item = *task.item;
  absl::StatusOr<Authored> authored;
  if (!task.held) {
    if (item.revoked) return absl::OkStatus();
    if (auto inherits = Inherit(task); !inherits.ok()) return inherits;
    authored = own_.CommitNew(std::move(item.draft), chance);
  } else if (task.verdict == Verdict::kWithdraw) {
    if (auto may = MayChange(policy::Action::kRecall, task); !may.ok()) return may;
    auto statement = record::ParseStatement(task.held->record->view.statement);
    if (!statement.ok()) return statement.status();
    authored = own_.CommitRecall(*statement);
  } else {
    if (task.verdict == Verdict::kCompare) {
      auto compared = CompareContents(*task.held, item.draft);
      if (!compared.ok()) return compared.status();
      task.verdict = *compared;
    }
    if (task.verdict != Verdict::kAmend && task.verdict != Verdict::kConflict) return absl::OkStatus();
    if (auto may = MayChange(policy::Action::kAmend, task); !may.ok()) return may;
    auto ours = DraftOf(*task.held->record);
    if (!ours.ok()) return ours.status();
    if (auto inherits = Inherit(task); !inherits.ok()) return inherits;
    item.draft = AsSigned(std::move(item.draft));
    if (task.verdict == Verdict::kConflict) {
      if (auto settled = Settle(task, *ours); !settled.ok() || task.verdict != Verdict::kAmend) return settled;
    }
    return Amend(task, *ours, chance);
  }
  if (!authored.ok()) return authored.status();
  return Prepare(task, *std::move(authored));
}

absl::Status ImportCommit::MayChange(policy::Action action, const Task& task) const {
  if (request_.may_change && request_.may_change(action, task.held->id)) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("no policy lets you ", std::string(policy::NameOf(action)),
                                                  " the record that is held under this id"));
}

absl::Status ImportCommit::Prepare(Task& task, Authored authored) const {
  if (task.verdict != Verdict::kWithdraw) {
    task.passes_on =
        std::make_shared<record::Inheritance>(record::InheritanceOf(authored.view, authored.local, /*own=*/true));
  }
  auto prepared = own_.Prepare(std::move(authored));
  if (!prepared.ok()) return prepared.status();
  task.record = *std::move(prepared);
  return absl::OkStatus();
}

// Makes a link or sighting no looser than the records that it is about, even if its source says something looser. Call
// it after the comparison with what the source said last: that compares the source's own words.
absl::Status ImportCommit::Inherit(Task& task) {
  return task.inherited ? InheritInto(task.item->draft, *task.inherited) : absl::OkStatus();
}

// Settles a conflict if the request says how: by an amendment, or by keeping ours.
absl::Status ImportCommit::Settle(Task& task, const record::Draft& ours) const {
  task.differences = Differences(task.item->draft, ours);
  const bool agree = task.differences.empty();  // both came to say the same
  if (!agree && request_.take == Take::kSource) task.verdict = Verdict::kAmend;
  if (!agree && request_.take != Take::kOurs) return absl::OkStatus();
  task.facts = task.held->record->local;
  task.facts->source = task.item->draft.local.source;
  task.facts->source.as_imported = agree;
  auto passed_on = PassedOnBy(*task.held->record);
  if (!passed_on.ok()) return passed_on.status();
  task.passes_on = std::make_shared<record::Inheritance>(*std::move(passed_on));
  return absl::OkStatus();
}

absl::Status ImportCommit::Amend(Task& task, const record::Draft& ours, const Chance& chance) const {
  const std::string looser = request_.allow_looser ? "" : LooserThanBefore(task, ours);
  if (!looser.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its marking `", looser, "` is looser than that of the record held here; --allow-looser takes it"));
  }
  auto authored = own_.CommitAmendment(std::move(task.item->draft), *task.held->record, chance);
  if (!authored.ok()) return authored.status();
  return Prepare(task, *std::move(authored));
}

}  // namespace tidegate::flow
