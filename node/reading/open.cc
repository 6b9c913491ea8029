#include "node/reading/open.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::reading {

std::string StateOf(const store::StoredRecord& record) {
  if (record.event == store::Event::kRecall) return "recalled";
  if (record.erased) return "withdrawn";
  if (record.forked) return "forked";
  return record.superseded ? "amended" : "current";
}

namespace {

// All but the view, the proof and what only this node knows.
absl::StatusOr<Seen> Outline(const store::StoredRecord& record) {
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  Seen seen;
  seen.statement = *std::move(statement);
  seen.leaf = record::LogLeaf(record.view.statement);
  seen.state = StateOf(record);
  seen.origin = record.origin;
  seen.log_index = record.log_index;
  seen.arrival = record.seq;
  seen.arrived_ms = record.arrived_ms;
  for (const store::Claim& claim : record.claims) seen.givers.push_back(claim.giver);
  return seen;
}

absl::StatusOr<Seen> With(record::VerifiedView view, const store::StoredRecord& record) {
  auto seen = Outline(record);
  if (seen.ok()) seen->view = std::move(view);
  return seen;
}

std::vector<NotShown> NotShownBy(const policy::Access& access, const record::Kind& kind) {
  std::vector<NotShown> fields;
  for (const policy::HiddenField& hidden : access.hidden()) {
    if (hidden.slot >= kind.slots.size()) continue;
    const record::Slot& slot = kind.slots[hidden.slot];
    NotShown& field = fields.emplace_back();
    field.name = std::string(slot.name);
    field.field_class = std::string(record::FieldClassName(slot.field_class));
    const bool by_rule = hidden.why != nullptr && !hidden.why->rules.empty();
    field.why =
        absl::StrCat("not for your role", by_rule ? ": " : "", by_rule ? hidden.why->rules.front().Where() : "");
  }
  return fields;
}

}  // namespace

absl::StatusOr<Seen> Open(policy::Access access, const store::StoredRecord& record, uint64_t now_ms) {
  if (!access.Allows(record::LogLeaf(record.view.statement))) {
    return absl::PermissionDeniedError("reading: access was given to another record");
  }
  absl::StatusOr<record::View> narrowed = record.view;
  if (access.narrows()) narrowed = record::Narrow(record.view, access.rungs());
  if (absl::IsFailedPrecondition(narrowed.status())) {
    return absl::PermissionDeniedError("refused: policy lets you see none of the fields that the record fills");
  }
  if (!narrowed.ok()) return narrowed.status();
  auto view = record::Verify(*std::move(narrowed));
  if (!view.ok()) return view.status();
  const bool expired = view->handling().expiry_ms && *view->handling().expiry_ms <= now_ms;
  // Nobody else is to see it from then on. Its author still looks after it.
  if (expired && !record.own) {
    return absl::PermissionDeniedError("reading: this record has expired and is withheld");
  }
  auto seen = With(*std::move(view), record);
  if (!seen.ok()) return seen;
  seen->own = record.own;
  if (expired) seen->state = "expired";
  seen->not_shown = NotShownBy(access, seen->view->kind());
  if (record.own) seen->recipients = record.local.named_recipients;
  seen->tags = record.local.tags;
  return seen;
}

absl::StatusOr<Seen> Open(policy::Disclosure disclosure, const store::StoredRecord& record, uint64_t now_ms) {
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  if (!disclosure.Allows(leaf, disclosure.partner(), static_cast<int64_t>(now_ms))) {
    return absl::PermissionDeniedError("reading: the disclosure is of another record, or not of now");
  }
  auto narrowed = record::Narrow(record.view, disclosure.rungs());
  if (absl::IsFailedPrecondition(narrowed.status())) {
    return absl::PermissionDeniedError(
        "refused: policy lets this partner see none of the fields that the record fills");
  }
  if (!narrowed.ok()) return narrowed.status();
  auto view = record::Verify(*std::move(narrowed));
  if (!view.ok()) return view.status();
  return With(*std::move(view), record);
}

absl::StatusOr<Seen> NarrowedTo(const policy::Access& access, Seen seen) {
  if (!access.narrows() || !seen.view) return seen;
  auto narrowed = record::Narrow(seen.view->view(), access.rungs());
  if (absl::IsFailedPrecondition(narrowed.status())) {
    return absl::PermissionDeniedError(
        "refused: policy lets you see none of the fields that this partner would be sent");
  }
  if (!narrowed.ok()) return narrowed.status();
  auto view = record::Verify(*std::move(narrowed));
  if (!view.ok()) return view.status();
  seen.view = *std::move(view);
  return seen;
}

absl::StatusOr<Seen> OpenTombstone(const store::StoredRecord& record) {
  auto seen = Outline(record);
  if (seen.ok()) seen->own = record.own;
  return seen;
}

}  // namespace tidegate::reading
