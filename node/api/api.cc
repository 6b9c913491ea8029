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
         flow::Leftovers& leftovers, flow::Retention& retention, std::function<uint64_t()> now_ms)
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
      now_ms_(std::move(now_ms)) {}

absl::Status Api::Import(const Who& who, const v1::ImportRequest& request,
                         const std::function<bool(const v1::ImportProgress&)>& tell) const {
  return api::Import(author_, who, request, tell);
}

absl::StatusOr<v1::AuthoredReply> Api::AddRecord(const Who& who, const v1::AddRecordRequest& request) const {
  return api::AddRecord(author_, who, request);
}

absl::StatusOr<v1::AuthoredReply> Api::AmendRecord(const Who& who, const v1::AmendRecordRequest& request) const {
  return api::AmendRecord(author_, reading_, flow::Keeping(store_, disclosures_, directory_, decisions_), who,
                          now_ms_(), request);
}

absl::StatusOr<v1::AuthoredReply> Api::LinkRecords(const Who& who, const v1::LinkRecordsRequest& request) const {
  return api::LinkRecords(author_, reading_, who, request);
}

absl::StatusOr<v1::AuthoredReply> Api::SightRecord(const Who& who, const v1::SightRecordRequest& request) const {
  return api::SightRecord(author_, reading_, who, request);
}

absl::StatusOr<v1::RecallRecordReply> Api::RecallRecord(const Who& who, const v1::RecallRecordRequest& request) const {
  return api::RecallRecord(author_, reading_, lines_, who, request);
}

absl::Status Api::RecallRecords(const Who& who, const v1::RecallRecordsRequest& request,
                                const std::function<bool(const v1::RecallRecordsReply&)>& tell) const {
  return api::RecallRecords(author_, reading_, lines_, who, request, tell);
}

absl::Status Api::AmendRecords(const Who& who, const v1::AmendRecordsRequest& request,
                               const std::function<bool(const v1::AmendRecordsReply&)>& tell) const {
  return api::AmendRecords(author_, reading_, flow::Keeping(store_, disclosures_, directory_, decisions_), who,
                           now_ms_(), request, tell);
}

absl::StatusOr<v1::InboxReply> Api::Inbox(const Who& who, const v1::InboxRequest& request) const {
  return api::Inbox(store_, reading_, author_, directory_, who, now_ms_(), request);
}

absl::StatusOr<v1::MarkInboxReply> Api::MarkInbox(const Who&, const v1::MarkInboxRequest& request) const {
  return api::MarkInbox(store_, author_, request);
}

absl::StatusOr<v1::ListImportsReply> Api::ListImports(const Who&, const v1::ListImportsRequest& request) const {
  return api::ListImports(author_, request);
}

std::vector<v1::ReviewItem> Api::ToReview() const {
  v1::StatusReply reply;
  FillReview(directory_, leftovers_, reply);
  return {reply.review().begin(), reply.review().end()};
}

absl::StatusOr<v1::SettleReviewReply> Api::SettleReview(const Who& who, const v1::SettleReviewRequest& request) const {
  auto id = reading_.WholeId(request.record());
  if (!id.ok()) return id.status();
  v1::SettleReviewRequest meant = request;
  meant.set_record(*id);
  return api::SettleReview(directory_, leftovers_, who, now_ms_(), meant);
}

absl::Status Api::Alerts(const Who& who, const v1::AlertsRequest& request,
                         const std::function<bool(const v1::Record&)>& write,
                         const std::function<bool()>& cancelled) const {
  return api::Alerts(reading_, who, request, write, cancelled);
}

absl::StatusOr<v1::StatusReply> Api::Status(const Who&, const v1::StatusRequest&) const {
  auto status = NodeStatus(store_, log_, disclosures_, directory_.identity(), decisions_, policies_, lines_);
  if (!status.ok()) return status;
  FillReview(directory_, leftovers_, *status);
  status->set_read_only(author_.ReadOnly());
  status->set_circles_damaged(!directory_.circles_whole());
  if (auto counted = FillInbox(store_, reading_, author_, directory_, now_ms_(), *status); !counted.ok())
    return counted;
  auto waiting = governance_.Waiting();
  if (!waiting.ok()) return waiting.status();
  status->set_pending_partner_plans(static_cast<uint32_t>(*waiting));
  return status;
}

absl::StatusOr<v1::InvitePartnerReply> Api::InvitePartner(const Who& who,
                                                          const v1::InvitePartnerRequest& request) const {
  return api::InvitePartner(directory_, who, now_ms_(), lines_, request);
}

absl::StatusOr<v1::AcceptInvitationReply> Api::AcceptInvitation(const Who& who,
                                                                const v1::AcceptInvitationRequest& request) const {
  return api::AcceptInvitation(directory_, who, now_ms_(), lines_, request);
}

absl::StatusOr<v1::PartnerReply> Api::ConfirmPartner(const Who& who, const v1::ConfirmPartnerRequest& request) const {
  return api::ConfirmPartner(directory_, who, now_ms_(), lines_, governance_, request);
}

absl::StatusOr<v1::ListPartnersReply> Api::ListPartners(const Who&, const v1::ListPartnersRequest&) const {
  return api::ListPartners(directory_, now_ms_());
}

absl::StatusOr<v1::PartnerReply> Api::SuspendPartner(const Who& who, const v1::SuspendPartnerRequest& request) const {
  return api::SuspendPartner(directory_, who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::RemovePartnerReply> Api::RemovePartner(const Who& who,
                                                          const v1::RemovePartnerRequest& request) const {
  return api::RemovePartner(who, now_ms_(), removals_, request);
}

absl::StatusOr<v1::PartnerReply> Api::SetPartner(const Who& who, const v1::SetPartnerRequest& request) const {
  return api::SetPartner(directory_, who, now_ms_(), request);
}

absl::StatusOr<v1::CancelPairingReply> Api::CancelPairing(const Who& who,
                                                          const v1::CancelPairingRequest& request) const {
  return api::CancelPairing(directory_, who, now_ms_(), request);
}

absl::StatusOr<v1::ListPartnerPlansReply> Api::ListPartnerPlans(const Who&, const v1::ListPartnerPlansRequest&) const {
  return api::ListPartnerPlans(governance_);
}

absl::StatusOr<v1::PartnerReply> Api::ApprovePartnerPlan(const Who& who,
                                                         const v1::ApprovePartnerPlanRequest& request) const {
  return api::ApprovePartnerPlan(directory_, who, now_ms_(), lines_, governance_, request);
}

absl::StatusOr<v1::WaitingPlan> Api::WithdrawPartnerPlan(const Who& who,
                                                         const v1::WithdrawPartnerPlanRequest& request) const {
  return api::WithdrawPartnerPlan(who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::DropFromCircle(const Who& who, const v1::DropFromCircleRequest& request) const {
  return api::DropFromCircle(directory_, who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::RemoveCircle(const Who& who, const v1::RemoveCircleRequest& request) const {
  return api::RemoveCircle(directory_, decisions_, who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::RenameCircle(const Who& who, const v1::RenameCircleRequest& request) const {
  return api::RenameCircle(directory_, decisions_, who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::CreateCircle(const Who& who, const v1::CreateCircleRequest& request) const {
  return api::CreateCircle(directory_, decisions_, who, now_ms_(), request);
}

absl::StatusOr<v1::CircleReply> Api::AddToCircle(const Who& who, const v1::AddToCircleRequest& request) const {
  return api::AddToCircle(directory_, who, now_ms_(), governance_, request);
}

absl::StatusOr<v1::ListCirclesReply> Api::ListCircles(const Who&, const v1::ListCirclesRequest&) const {
  return api::ListCircles(directory_);
}

absl::StatusOr<v1::RelatedRecordsReply> Api::RelatedRecords(const Who& who,
                                                            const v1::RelatedRecordsRequest& request) const {
  return api::RelatedRecords(reading_, who, request);
}

absl::StatusOr<v1::SavedSearch> Api::SaveSearch(const Who& who, const v1::SaveSearchRequest& request) const {
  return api::SaveSearch(store_, disclosures_, who, now_ms_(), request);
}

absl::StatusOr<v1::ListSearchesReply> Api::ListSearches(const Who&, const v1::ListSearchesRequest&) const {
  return api::ListSearches(store_);
}

absl::StatusOr<v1::SavedSearch> Api::RemoveSearch(const Who& who, const v1::RemoveSearchRequest& request) const {
  return api::RemoveSearch(store_, disclosures_, who, now_ms_(), request);
}

absl::StatusOr<v1::CountRecordsReply> Api::CountRecords(const Who& who, const v1::CountRecordsRequest& request) const {
  return api::CountRecords(reading_, who, request);
}

absl::Status Api::FollowRecords(const Who& who, const v1::FindRecordsRequest& request,
                                const std::function<bool(const v1::Record&)>& write,
                                const std::function<bool()>& cancelled) const {
  return api::FollowRecords(reading_, who, request, write, cancelled);
}

absl::StatusOr<v1::FindRecordsReply> Api::FindRecords(const Who& who, const v1::FindRecordsRequest& request) const {
  return api::FindRecords(reading_, who, request);
}

absl::StatusOr<v1::Record> Api::ShowRecord(const Who& who, const v1::ShowRecordRequest& request) const {
  return api::ShowRecord(reading_, who, request);
}

absl::StatusOr<v1::HistoryReply> Api::History(const Who& who, const v1::HistoryRequest& request) const {
  return api::History(reading_, who, request);
}

absl::StatusOr<v1::HoldersReply> Api::Holders(const Who& who, const v1::HoldersRequest& request) const {
  return api::Holders(reading_, who, request, author_.ReadOnly());
}

absl::StatusOr<v1::CheckPoliciesReply> Api::CheckPolicies(const Who&, const v1::PolicyFilesRequest& request) const {
  return api::CheckPolicies(decisions_, KnownNames(), request);
}

absl::StatusOr<v1::ExplainPolicyReply> Api::ExplainPolicy(const Who& who,
                                                          const v1::ExplainPolicyRequest& request) const {
  return api::ExplainPolicy(directory_, reading_, who, request);
}

absl::StatusOr<v1::PlanPoliciesReply> Api::PlanPolicies(const Who& who, const v1::PolicyFilesRequest& request) const {
  return api::PlanPolicies(decisions_, policies_, KnownNames(), reading_, who, request);
}

absl::StatusOr<v1::ApplyPoliciesReply> Api::ApplyPolicies(const Who& who,
                                                          const v1::ApplyPoliciesRequest& request) const {
  return api::ApplyPolicies(decisions_, policies_, who, request);
}

absl::StatusOr<v1::ApplyPoliciesReply> Api::ApprovePolicies(const Who& who,
                                                            const v1::ApprovePoliciesRequest& request) const {
  return api::ApprovePolicies(policies_, who, request);
}

absl::StatusOr<v1::WithdrawPoliciesReply> Api::WithdrawPolicies(const Who& who,
                                                                const v1::WithdrawPoliciesRequest& request) const {
  return api::WithdrawPolicies(policies_, who, request);
}

absl::StatusOr<v1::ShowPoliciesReply> Api::ShowPolicies(const Who&, const v1::ShowPoliciesRequest& request) const {
  return api::ShowPolicies(decisions_, policies_, request);
}

absl::StatusOr<v1::TestPoliciesReply> Api::TestPolicies(const Who&, const v1::TestPoliciesRequest& request) const {
  return api::TestPolicies(decisions_, KnownNames(), request);
}

absl::StatusOr<v1::PolicyMatrixReply> Api::PolicyMatrix(const Who&, const v1::PolicyMatrixRequest& request) const {
  return api::PolicyMatrix(decisions_, directory_, KnownNames(), request);
}

absl::StatusOr<v1::PolicyHistoryReply> Api::PolicyHistory(const Who&, const v1::PolicyHistoryRequest&) const {
  return api::PolicyHistory(decisions_, policies_);
}

absl::StatusOr<v1::DiffPoliciesReply> Api::DiffPolicies(const Who&, const v1::DiffPoliciesRequest& request) const {
  return api::DiffPolicies(decisions_, directory_, request);
}

absl::StatusOr<v1::ListAuditReply> Api::ListAudit(const Who& who, const v1::ListAuditRequest& request) const {
  return api::ListAudit(disclosures_, decisions_, reading_, who, request);
}

absl::StatusOr<v1::ListDueReply> Api::ListDue(const Who& who, const v1::ListDueRequest& request) const {
  return api::ListDue(retention_, who, now_ms_(), request);
}

absl::StatusOr<v1::DecideReviewReply> Api::DecideReview(const Who& who, const v1::DecideReviewRequest& request) const {
  return api::DecideReview(retention_, author_, reading_, who, request);
}

absl::StatusOr<v1::LegalHold> Api::HoldRecord(const Who& who, const v1::HoldRecordRequest& request) const {
  return api::HoldRecord(retention_, reading_, who, request);
}

absl::StatusOr<v1::ListHoldsReply> Api::ListHolds(const Who&, const v1::ListHoldsRequest&) const {
  return api::ListHolds(retention_);
}

absl::StatusOr<v1::AuditSubjectReply> Api::AuditSubject(const Who& who, const v1::AuditSubjectRequest& request) const {
  return api::AuditSubject(decisions_, reading_, who, request);
}

absl::Status Api::ExportAudit(const Who& who, const v1::ExportAuditRequest& request,
                              const std::function<bool(const v1::ExportAuditPart&)>& write) const {
  return api::ExportAudit(store_, disclosures_, decisions_, reading_, who, now_ms_(), request, write);
}

}  // namespace tidegate::api
