#include "node/api/retention.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/api/deciding.h"
#include "node/api/display.h"
#include "node/api/instant.h"

namespace tidegate::api {
namespace {

constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
constexpr uint32_t kUsualDays = 90;
constexpr uint32_t kMostDays = 36'500;

void Fill(const flow::HeldRecord& held, v1::LegalHold* out) {
  out->set_id(held.id);
  out->set_origin(held.origin);
  out->set_since(FormatTime(held.hold.at_ms));
  out->set_user(held.hold.user);
  out->set_reason(held.hold.reason);
  out->set_copies(held.copies);
}

absl::StatusOr<v1::DecideReviewReply> DecideRetain(const flow::Retention& retention, const policy::Principal& who,
                                                   const flow::Whose& whose, const v1::DecideReviewRequest& request) {
  std::optional<uint64_t> until;
  if (!request.until().empty()) {
    auto instant = InstantOf(request.until(), false);
    if (!instant.ok()) return instant.status();
    until = *instant;
  }
  auto due = retention.Retain(who, request.asker().reason(), whose, until, request.dry_run());
  if (!due.ok()) return due.status();
  v1::DecideReviewReply reply;
  reply.set_next_review(FormatTime(*due));
  return reply;
}

absl::StatusOr<v1::DecideReviewReply> DecideAmend(const flow::Retention& retention, flow::Authoring& author,
                                                  const policy::Principal& who, const flow::Whose& whose,
                                                  const v1::DecideReviewRequest& request) {
  if (request.set().empty()) {
    return absl::InvalidArgumentError("api: name with --set FIELD=VALUE what to amend");
  }
  if (request.asker().reason().empty()) {
    return absl::InvalidArgumentError("api: give a reason with --reason; the register keeps it");
  }
  flow::AmendRecord what{whose.id, {}};
  for (const v1::Assignment& one : request.set()) what.set.push_back({one.field(), one.value()});
  if (request.dry_run()) what.rehearse = [](const store::Reader&) { return absl::OkStatus(); };
  if (auto amended = author.Amend(who, request.asker().reason(), what); !amended.ok()) return amended.status();
  auto due = retention.NoteAmended(who, request.asker().reason(), whose, request.dry_run());
  if (!due.ok()) return due.status();
  v1::DecideReviewReply reply;
  reply.set_next_review(FormatTime(*due));
  return reply;
}

absl::StatusOr<v1::DecideReviewReply> DecideDispose(const flow::Retention& retention, const policy::Principal& who,
                                                    const flow::Whose& whose, const v1::DecideReviewRequest& request) {
  std::optional<crypto::Hash> shown;
  if (!request.plan().empty()) {
    auto digest = ShownDigest(request.plan());
    if (!digest.ok()) return digest.status();
    shown = *digest;
  }
  auto disposed = retention.Dispose(who, request.asker().reason(), whose, request.dry_run(), shown);
  if (!disposed.ok()) return disposed.status();
  v1::DecideReviewReply reply;
  reply.set_disposed(disposed->disposed);
  for (const std::string& holder : disposed->holders) reply.add_holders(holder);
  reply.set_note(disposed->note);
  reply.set_digest(HexOf(disposed->digest));
  if (!disposed->own) {
    reply.set_note(
        "Another organisation wrote it, so it is erased on this node alone, and this node does not take it again.");
  }
  return reply;
}

}  // namespace

absl::StatusOr<v1::ListDueReply> ListDue(const flow::Retention& retention, const reading::Reading& reading,
                                         const policy::Principal& who, uint64_t now_ms,
                                         const v1::ListDueRequest& request) {
  uint64_t from = 0;
  if (!request.cursor().empty() && !absl::SimpleAtoi(request.cursor(), &from)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `review list` printed");
  }
  if (request.days() > kMostDays) {
    return absl::InvalidArgumentError(absl::StrCat("api: --days is at most ", kMostDays));
  }
  const uint64_t days = request.days() == 0 ? kUsualDays : request.days();
  auto due = retention.Due(
      who, request.asker().reason(), days * kDayMs, from, request.limit(),
      [&](const flow::DueRecord& one) { return reading.MayKnowOf(who, record::FormatRecordId(one.id), one.origin); });
  if (!due.ok()) return due.status();
  v1::ListDueReply reply;
  for (const flow::DueRecord& record : due->records) {
    v1::DueRecord* out = reply.add_records();
    out->set_id(record::FormatRecordId(record.id));
    out->set_kind(record.kind);
    out->set_origin(record.origin);
    out->set_retention(record.group);
    out->set_due(FormatTime(record.due_ms));
    out->set_overdue(record.due_ms <= now_ms);
    out->set_held(record.held);
  }
  if (due->next != 0) reply.set_cursor(absl::StrCat(due->next));
  reply.set_unreadable(due->unreadable);
  return reply;
}

absl::StatusOr<v1::DecideReviewReply> DecideReview(const flow::Retention& retention, flow::Authoring& author,
                                                   const reading::Reading& reading, const policy::Principal& who,
                                                   const v1::DecideReviewRequest& request) {
  auto id = reading.WholeId(who, request.id());
  if (!id.ok()) return id.status();
  if (!request.plan().empty() && request.decision() != "dispose") {
    return absl::InvalidArgumentError("api: --plan goes with --dispose");
  }
  const flow::Whose whose{*id, request.origin()};
  absl::StatusOr<v1::DecideReviewReply> reply =
      absl::InvalidArgumentError("api: a review ends with --retain, --dispose or --amend");
  if (request.decision() == "retain") reply = DecideRetain(retention, who, whose, request);
  if (request.decision() == "amend") reply = DecideAmend(retention, author, who, whose, request);
  if (request.decision() == "dispose") reply = DecideDispose(retention, who, whose, request);
  if (!reply.ok()) return reply;
  reply->set_id(*id);
  reply->set_decision(request.decision());
  reply->set_dry_run(request.dry_run());
  return reply;
}

absl::StatusOr<v1::LegalHold> HoldRecord(const flow::Retention& retention, const reading::Reading& reading,
                                         const policy::Principal& who, const v1::HoldRecordRequest& request) {
  auto id = reading.WholeId(who, request.id());
  if (!id.ok()) return id.status();
  const flow::Whose whose{*id, request.origin()};
  const std::string& reason = request.asker().reason();
  auto held = request.release() ? retention.Release(who, reason, whose) : retention.Hold(who, reason, whose);
  if (!held.ok()) return held.status();
  v1::LegalHold reply;
  Fill(*held, &reply);
  return reply;
}

absl::StatusOr<v1::ListHoldsReply> ListHolds(const flow::Retention& retention, const reading::Reading& reading,
                                             const policy::Principal& who) {
  uint32_t unreadable = 0;
  auto holds = retention.Held(&unreadable);
  if (!holds.ok()) return holds.status();
  v1::ListHoldsReply reply;
  for (const flow::HeldRecord& held : *holds) {
    if (reading.MayKnowOf(who, held.id, held.origin)) Fill(held, reply.add_holds());
  }
  reply.set_unreadable(unreadable);
  return reply;
}

}  // namespace tidegate::api
