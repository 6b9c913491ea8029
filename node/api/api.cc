// Each call to the file that answers it; for what changes records, messages to flow's own structs and back.
#include "node/api/api.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/api/auditing.h"
#include "node/api/authoring.h"
#include "node/api/bulk.h"
#include "node/api/circles.h"
#include "node/api/exporting.h"
#include "node/api/importing.h"
#include "node/api/inbox.h"
#include "node/api/oversight.h"
#include "node/api/partner_plans.h"
#include "node/api/partners.h"
#include "node/api/policies.h"
#include "node/api/policy_review.h"
#include "node/api/policy_versions.h"
#include "node/api/reading.h"
#include "node/api/retention.h"
#include "node/api/review.h"
#include "node/api/searches.h"
#include "node/api/subject.h"
#include "threads/threads.h"

namespace tidegate::api {
Api::Api(store::Store& store, ledger::Log& log, ledger::Register& disclosures, partner::Directory& directory,
         decision::Decisions& decisions, reading::Reading& reading, flow::Authoring& author, flow::Lines& lines,
         flow::Governance& governance, flow::PolicyGovernance& policies, flow::Removals& removals,
         flow::Leftovers& leftovers, flow::Retention& retention, std::function<uint64_t()> now_ms,
         users::Accounts* accounts)
    : store_(store),
      log_(log),
      disclosures_(disclosures),
      directory_(directory),
      decisions_(decisions),
      reading_(reading),
      author_(author),
      lines_(lines),
      governance_(governance),
      policies_(policies),
      removals_(removals),
      leftovers_(leftovers),
      retention_(retention),
      now_ms_(std::move(now_ms)),
      accounts_(accounts) {}

absl::Status Api::CheckMay(const Who& who, policy::Action action, const std::string& id,
                           std::string_view origin) const {
  auto whole = reading_.WholeId(who, id);
  if (!whole.ok()) return whole.status();
  if (!reading_.Knows(who, *whole, origin)) return author_.NotHeld(*whole);
  if (reading_.May(who, action, *whole, origin)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("refused: no policy lets `", who.user(), "` ", std::string(policy::NameOf(action)), " this record"));
}

AnsweredStatus Api::Import(const Who& who, const v1::ImportRequest& request,
                           const std::function<bool(const v1::ImportProgress&)>& tell) const {
  return AskToTell("Import", who, [&] { return api::Import(author_, reading_, who, request, tell); });
}

Answered<v1::AuthoredReply> Api::AddRecord(const Who& who, const v1::AddRecordRequest& request) const {
  return Ask<v1::AuthoredReply>("AddRecord", who, [&]() -> absl::StatusOr<v1::AuthoredReply> {
    // These say something about another record, which needs a right of its own.
    if (request.kind() == "link" || request.kind() == "sighting") {
      return absl::InvalidArgumentError(absl::StrCat("api: use `tidegate ",
                                                     request.kind() == "link" ? "link" : "sighting",
                                                     "`, which asks whether you may say so of that record"));
    }
    return api::AddRecord(author_, who, request);
  });
}

Answered<v1::AuthoredReply> Api::AmendRecord(const Who& who, const v1::AmendRecordRequest& request) const {
  return Ask<v1::AuthoredReply>("AmendRecord", who, [&]() -> absl::StatusOr<v1::AuthoredReply> {
    if (auto may = CheckMay(who, policy::Action::kAmend, request.id()); !may.ok()) return may;
    return api::AmendRecord(author_, reading_, flow::Keeping(store_, disclosures_, directory_, decisions_), who,
                            now_ms_(), request);
  });
}

Answered<v1::AuthoredReply> Api::LinkRecords(const Who& who, const v1::LinkRecordsRequest& request) const {
  return Ask<v1::AuthoredReply>("LinkRecords", who, [&]() -> absl::StatusOr<v1::AuthoredReply> {
    for (const std::string& end : {request.from(), request.to()}) {
      if (auto may = CheckMay(who, policy::Action::kSight, end); !may.ok()) return may;
    }
    return api::LinkRecords(author_, reading_, who, request);
  });
}

Answered<v1::AuthoredReply> Api::SightRecord(const Who& who, const v1::SightRecordRequest& request) const {
  return Ask<v1::AuthoredReply>("SightRecord", who, [&]() -> absl::StatusOr<v1::AuthoredReply> {
    if (auto may = CheckMay(who, policy::Action::kSight, request.id(), request.origin()); !may.ok()) return may;
    return api::SightRecord(author_, reading_, who, request);
  });
}

Answered<v1::RecallRecordReply> Api::RecallRecord(const Who& who, const v1::RecallRecordRequest& request) const {
  return Ask<v1::RecallRecordReply>("RecallRecord", who, [&]() -> absl::StatusOr<v1::RecallRecordReply> {
    if (auto may = CheckMay(who, policy::Action::kRecall, request.id()); !may.ok()) return may;
    return api::RecallRecord(author_, reading_, lines_, who, request);
  });
}

AnsweredStatus Api::RecallRecords(const Who& who, const v1::RecallRecordsRequest& request,
                                  const std::function<bool(const v1::RecallRecordsReply&)>& tell) const {
  return AskToTell("RecallRecords", who,
                   [&] { return api::RecallRecords(author_, reading_, lines_, who, request, tell); });
}

AnsweredStatus Api::AmendRecords(const Who& who, const v1::AmendRecordsRequest& request,
                                 const std::function<bool(const v1::AmendRecordsReply&)>& tell) const {
  return AskToTell("AmendRecords", who, [&] {
    return api::AmendRecords(author_, reading_, flow::Keeping(store_, disclosures_, directory_, decisions_), who,
                             now_ms_(), request, tell);
  });
}

Answered<v1::InboxReply> Api::Inbox(const Who& who, const v1::InboxRequest& request) const {
  return Ask<v1::InboxReply>(
      "Inbox", who, [&] { return api::Inbox(store_, reading_, author_, directory_, who, now_ms_(), request); });
}

Answered<v1::MarkInboxReply> Api::MarkInbox(const Who& who, const v1::MarkInboxRequest& request) const {
  return Ask<v1::MarkInboxReply>("MarkInbox", who,
                                 [&] { return api::MarkInbox(store_, reading_, author_, who, request); });
}

Answered<v1::ListImportsReply> Api::ListImports(const Who& who, const v1::ListImportsRequest& request) const {
  return Ask<v1::ListImportsReply>("ListImports", who, [&] { return api::ListImports(author_, request); });
}

std::vector<v1::ReviewItem> Api::ToReview() const {
  v1::StatusReply reply;
  // Nobody asks: the log names the records, for who reads the machine's own log.
  FillReview(
      directory_, leftovers_, [](const record::RecordId&) { return true; }, reply);
  return {reply.review().begin(), reply.review().end()};
}

Answered<v1::SettleReviewReply> Api::SettleReview(const Who& who, const v1::SettleReviewRequest& request) const {
  return Ask<v1::SettleReviewReply>("SettleReview", who, [&]() -> absl::StatusOr<v1::SettleReviewReply> {
    // Who settles what an upgrade left is shown the ids of that, and of nothing else.
    auto list = leftovers_.Open();
    if (!list.ok()) return list.status();
    const auto may_know = [&](const record::RecordId& one) { return !reading_.IsKeptFrom(who, one); };
    auto id = reading_.WholeIdAmong(request.record(), [&](const record::RecordId& one) {
      return may_know(one) && std::any_of(list->open.begin(), list->open.end(),
                                          [&one](const flow::Leftover& of) { return of.id == one; });
    });
    if (!id.ok()) return id.status();
    // A whole id is not looked up: it is answered here as one that is not listed.
    if (auto whole = record::ParseRecordId(*id); whole.ok() && !may_know(*whole)) {
      return absl::NotFoundError(absl::StrCat("flow: `", *id, "` is not among what `tidegate review` lists"));
    }
    v1::SettleReviewRequest meant = request;
    meant.set_record(*id);
    return api::SettleReview(directory_, leftovers_, who, now_ms_(), may_know, meant);
  });
}

AnsweredStatus Api::Alerts(const Who& who, const v1::AlertsRequest& request,
                           const std::function<bool(const v1::Record&)>& write,
                           const std::function<bool()>& cancelled) const {
  return AskToTell("Alerts", who, [&] { return api::Alerts(reading_, who, request, write, cancelled); });
}

Answered<v1::StatusReply> Api::Status(const Who& who, const v1::StatusRequest&) const {
  return Ask<v1::StatusReply>("Status", who, [&]() -> absl::StatusOr<v1::StatusReply> {
    auto status = NodeStatus(store_, log_, disclosures_, directory_.identity(), decisions_, policies_, lines_);
    if (!status.ok()) return status;
    // It names records, and says how they are tagged: for those who settle it.
    if (decisions_.engine()->Allow(who, policy::Action::kGovern, policy::Area::kPartners).allowed()) {
      FillReview(
          directory_, leftovers_, [&](const record::RecordId& one) { return !reading_.IsKeptFrom(who, one); }, *status);
    }
    status->set_read_only(author_.ReadOnly());
    status->set_circles_damaged(!directory_.circles_whole());
    if (auto counted = FillInbox(store_, reading_, author_, directory_, now_ms_(), *status); !counted.ok())
      return counted;
    auto waiting = governance_.Waiting();
    if (!waiting.ok()) return waiting.status();
    status->set_pending_partner_plans(static_cast<uint32_t>(*waiting));
    if (HasUsers()) {
      status->set_user(who.user());
      for (const std::string& role : who.roles()) status->add_roles(role);
    }
    return status;
  });
}

Answered<v1::InvitePartnerReply> Api::InvitePartner(const Who& who, const v1::InvitePartnerRequest& request) const {
  return Ask<v1::InvitePartnerReply>("InvitePartner", who,
                                     [&] { return api::InvitePartner(directory_, who, now_ms_(), lines_, request); });
}

Answered<v1::AcceptInvitationReply> Api::AcceptInvitation(const Who& who,
                                                          const v1::AcceptInvitationRequest& request) const {
  return Ask<v1::AcceptInvitationReply>(
      "AcceptInvitation", who, [&] { return api::AcceptInvitation(directory_, who, now_ms_(), lines_, request); });
}

Answered<v1::PartnerReply> Api::ConfirmPartner(const Who& who, const v1::ConfirmPartnerRequest& request) const {
  return Ask<v1::PartnerReply>("ConfirmPartner", who, [&] {
    return api::ConfirmPartner(directory_, who, now_ms_(), lines_, governance_, request);
  });
}

Answered<v1::ListPartnersReply> Api::ListPartners(const Who& who, const v1::ListPartnersRequest&) const {
  return Ask<v1::ListPartnersReply>("ListPartners", who, [&] { return api::ListPartners(directory_, now_ms_()); });
}

Answered<v1::PartnerReply> Api::SuspendPartner(const Who& who, const v1::SuspendPartnerRequest& request) const {
  return Ask<v1::PartnerReply>("SuspendPartner", who,
                               [&] { return api::SuspendPartner(directory_, who, now_ms_(), governance_, request); });
}

Answered<v1::RemovePartnerReply> Api::RemovePartner(const Who& who, const v1::RemovePartnerRequest& request) const {
  return Ask<v1::RemovePartnerReply>("RemovePartner", who,
                                     [&] { return api::RemovePartner(who, now_ms_(), removals_, request); });
}

Answered<v1::PartnerReply> Api::SetPartner(const Who& who, const v1::SetPartnerRequest& request) const {
  return Ask<v1::PartnerReply>("SetPartner", who, [&] { return api::SetPartner(directory_, who, now_ms_(), request); });
}

Answered<v1::CancelPairingReply> Api::CancelPairing(const Who& who, const v1::CancelPairingRequest& request) const {
  return Ask<v1::CancelPairingReply>("CancelPairing", who,
                                     [&] { return api::CancelPairing(directory_, who, now_ms_(), request); });
}

Answered<v1::ListPartnerPlansReply> Api::ListPartnerPlans(const Who& who, const v1::ListPartnerPlansRequest&) const {
  return Ask<v1::ListPartnerPlansReply>("ListPartnerPlans", who, [&] { return api::ListPartnerPlans(governance_); });
}

Answered<v1::PartnerReply> Api::ApprovePartnerPlan(const Who& who, const v1::ApprovePartnerPlanRequest& request) const {
  return Ask<v1::PartnerReply>("ApprovePartnerPlan", who, [&] {
    return api::ApprovePartnerPlan(directory_, who, now_ms_(), lines_, governance_, request);
  });
}

Answered<v1::WaitingPlan> Api::WithdrawPartnerPlan(const Who& who,
                                                   const v1::WithdrawPartnerPlanRequest& request) const {
  return Ask<v1::WaitingPlan>("WithdrawPartnerPlan", who,
                              [&] { return api::WithdrawPartnerPlan(who, now_ms_(), governance_, request); });
}

Answered<v1::CircleReply> Api::DropFromCircle(const Who& who, const v1::DropFromCircleRequest& request) const {
  return Ask<v1::CircleReply>("DropFromCircle", who,
                              [&] { return api::DropFromCircle(directory_, who, now_ms_(), governance_, request); });
}

Answered<v1::CircleReply> Api::RemoveCircle(const Who& who, const v1::RemoveCircleRequest& request) const {
  return Ask<v1::CircleReply>("RemoveCircle", who, [&] {
    return api::RemoveCircle(directory_, decisions_, who, now_ms_(), governance_, request);
  });
}

Answered<v1::CircleReply> Api::RenameCircle(const Who& who, const v1::RenameCircleRequest& request) const {
  return Ask<v1::CircleReply>("RenameCircle", who, [&] {
    return api::RenameCircle(directory_, decisions_, who, now_ms_(), governance_, request);
  });
}

Answered<v1::CircleReply> Api::CreateCircle(const Who& who, const v1::CreateCircleRequest& request) const {
  return Ask<v1::CircleReply>("CreateCircle", who,
                              [&] { return api::CreateCircle(directory_, decisions_, who, now_ms_(), request); });
}

Answered<v1::CircleReply> Api::AddToCircle(const Who& who, const v1::AddToCircleRequest& request) const {
  return Ask<v1::CircleReply>("AddToCircle", who,
                              [&] { return api::AddToCircle(directory_, who, now_ms_(), governance_, request); });
}

Answered<v1::ListCirclesReply> Api::ListCircles(const Who& who, const v1::ListCirclesRequest&) const {
  return Ask<v1::ListCirclesReply>("ListCircles", who, [&] { return api::ListCircles(directory_); });
}

Answered<v1::RelatedRecordsReply> Api::RelatedRecords(const Who& who, const v1::RelatedRecordsRequest& request) const {
  return Ask<v1::RelatedRecordsReply>("RelatedRecords", who,
                                      [&] { return api::RelatedRecords(reading_, who, request); });
}

Answered<v1::SavedSearch> Api::SaveSearch(const Who& who, const v1::SaveSearchRequest& request) const {
  return Ask<v1::SavedSearch>("SaveSearch", who,
                              [&] { return api::SaveSearch(store_, disclosures_, who, now_ms_(), request); });
}

Answered<v1::ListSearchesReply> Api::ListSearches(const Who& who, const v1::ListSearchesRequest&) const {
  return Ask<v1::ListSearchesReply>("ListSearches", who, [&] { return api::ListSearches(store_); });
}

Answered<v1::SavedSearch> Api::RemoveSearch(const Who& who, const v1::RemoveSearchRequest& request) const {
  return Ask<v1::SavedSearch>("RemoveSearch", who,
                              [&] { return api::RemoveSearch(store_, disclosures_, who, now_ms_(), request); });
}

Answered<v1::CountRecordsReply> Api::CountRecords(const Who& who, const v1::CountRecordsRequest& request) const {
  return Ask<v1::CountRecordsReply>("CountRecords", who, [&] { return api::CountRecords(reading_, who, request); });
}

AnsweredStatus Api::FollowRecords(const Who& who, const v1::FindRecordsRequest& request,
                                  const std::function<bool(const v1::Record&)>& write,
                                  const std::function<bool()>& cancelled) const {
  return AskToTell("FollowRecords", who, [&] { return api::FollowRecords(reading_, who, request, write, cancelled); });
}

Answered<v1::FindRecordsReply> Api::FindRecords(const Who& who, const v1::FindRecordsRequest& request) const {
  return Ask<v1::FindRecordsReply>("FindRecords", who, [&] { return api::FindRecords(reading_, who, request); });
}

Answered<v1::Record> Api::ShowRecord(const Who& who, const v1::ShowRecordRequest& request) const {
  return Ask<v1::Record>("ShowRecord", who, [&] { return api::ShowRecord(reading_, who, request); });
}

Answered<v1::HistoryReply> Api::History(const Who& who, const v1::HistoryRequest& request) const {
  return Ask<v1::HistoryReply>("History", who, [&] { return api::History(reading_, who, request); });
}

Answered<v1::HoldersReply> Api::Holders(const Who& who, const v1::HoldersRequest& request) const {
  return Ask<v1::HoldersReply>("Holders", who, [&]() -> absl::StatusOr<v1::HoldersReply> {
    if (!reading_.MayKnowOf(who, request.id(), request.origin())) return reading::Reading::NotHeld(request.id());
    return api::Holders(reading_, who, request, author_.ReadOnly());
  });
}

Answered<v1::CheckPoliciesReply> Api::CheckPolicies(const Who& who, const v1::PolicyFilesRequest& request) const {
  return Ask<v1::CheckPoliciesReply>("CheckPolicies", who,
                                     [&] { return api::CheckPolicies(decisions_, KnownNames(), request); });
}

Answered<v1::ExplainPolicyReply> Api::ExplainPolicy(const Who& who, const v1::ExplainPolicyRequest& request) const {
  return Ask<v1::ExplainPolicyReply>("ExplainPolicy", who,
                                     [&] { return api::ExplainPolicy(directory_, reading_, who, request); });
}

Answered<v1::PlanPoliciesReply> Api::PlanPolicies(const Who& who, const v1::PolicyFilesRequest& request) const {
  return Ask<v1::PlanPoliciesReply>("PlanPolicies", who, [&] {
    return api::PlanPolicies(decisions_, policies_, KnownNames(), reading_, who, request);
  });
}

Answered<v1::ApplyPoliciesReply> Api::ApplyPolicies(const Who& who, const v1::ApplyPoliciesRequest& request) const {
  return Ask<v1::ApplyPoliciesReply>("ApplyPolicies", who,
                                     [&] { return api::ApplyPolicies(decisions_, policies_, who, request); });
}

Answered<v1::ApplyPoliciesReply> Api::ApprovePolicies(const Who& who, const v1::ApprovePoliciesRequest& request) const {
  return Ask<v1::ApplyPoliciesReply>("ApprovePolicies", who,
                                     [&] { return api::ApprovePolicies(policies_, who, request); });
}

Answered<v1::WithdrawPoliciesReply> Api::WithdrawPolicies(const Who& who,
                                                          const v1::WithdrawPoliciesRequest& request) const {
  return Ask<v1::WithdrawPoliciesReply>("WithdrawPolicies", who,
                                        [&] { return api::WithdrawPolicies(policies_, who, request); });
}

Answered<v1::ShowPoliciesReply> Api::ShowPolicies(const Who& who, const v1::ShowPoliciesRequest& request) const {
  return Ask<v1::ShowPoliciesReply>("ShowPolicies", who,
                                    [&] { return api::ShowPolicies(decisions_, policies_, request); });
}

Answered<v1::TestPoliciesReply> Api::TestPolicies(const Who& who, const v1::TestPoliciesRequest& request) const {
  return Ask<v1::TestPoliciesReply>("TestPolicies", who,
                                    [&] { return api::TestPolicies(decisions_, KnownNames(), request); });
}

Answered<v1::PolicyMatrixReply> Api::PolicyMatrix(const Who& who, const v1::PolicyMatrixRequest& request) const {
  return Ask<v1::PolicyMatrixReply>("PolicyMatrix", who,
                                    [&] { return api::PolicyMatrix(decisions_, directory_, KnownNames(), request); });
}

Answered<v1::PolicyHistoryReply> Api::PolicyHistory(const Who& who, const v1::PolicyHistoryRequest&) const {
  return Ask<v1::PolicyHistoryReply>("PolicyHistory", who, [&] { return api::PolicyHistory(decisions_, policies_); });
}

Answered<v1::DiffPoliciesReply> Api::DiffPolicies(const Who& who, const v1::DiffPoliciesRequest& request) const {
  return Ask<v1::DiffPoliciesReply>("DiffPolicies", who,
                                    [&] { return api::DiffPolicies(decisions_, directory_, request); });
}

Answered<v1::ListAuditReply> Api::ListAudit(const Who& who, const v1::ListAuditRequest& request) const {
  return Ask<v1::ListAuditReply>("ListAudit", who,
                                 [&] { return api::ListAudit(disclosures_, decisions_, reading_, who, request); });
}

Answered<v1::ListDueReply> Api::ListDue(const Who& who, const v1::ListDueRequest& request) const {
  return Ask<v1::ListDueReply>("ListDue", who,
                               [&] { return api::ListDue(retention_, reading_, who, now_ms_(), request); });
}

Answered<v1::DecideReviewReply> Api::DecideReview(const Who& who, const v1::DecideReviewRequest& request) const {
  return Ask<v1::DecideReviewReply>("DecideReview", who, [&]() -> absl::StatusOr<v1::DecideReviewReply> {
    const policy::Action action = request.decision() == "amend" ? policy::Action::kAmend : policy::Action::kRecall;
    if (auto may = CheckMay(who, action, request.id(), request.origin()); !may.ok()) return may;
    return api::DecideReview(retention_, author_, reading_, who, request);
  });
}

Answered<v1::LegalHold> Api::HoldRecord(const Who& who, const v1::HoldRecordRequest& request) const {
  return Ask<v1::LegalHold>("HoldRecord", who, [&]() -> absl::StatusOr<v1::LegalHold> {
    if (auto may = CheckMay(who, policy::Action::kRecall, request.id(), request.origin()); !may.ok()) return may;
    return api::HoldRecord(retention_, reading_, who, request);
  });
}

Answered<v1::ListHoldsReply> Api::ListHolds(const Who& who, const v1::ListHoldsRequest&) const {
  return Ask<v1::ListHoldsReply>("ListHolds", who, [&] { return api::ListHolds(retention_, reading_, who); });
}

Answered<v1::AuditSubjectReply> Api::AuditSubject(const Who& who, const v1::AuditSubjectRequest& request) const {
  return Ask<v1::AuditSubjectReply>("AuditSubject", who,
                                    [&] { return api::AuditSubject(decisions_, reading_, who, request); });
}

AnsweredStatus Api::ExportAudit(const Who& who, const v1::ExportAuditRequest& request,
                                const std::function<bool(const v1::ExportAuditPart&)>& write) const {
  return AskToTell("ExportAudit", who, [&] {
    return api::ExportAudit(store_, disclosures_, decisions_, reading_, who, now_ms_(), request, write);
  });
}

}  // namespace tidegate::api
