// Each call to the file that answers it; for what changes records, messages to flow's own structs and back.
#include "node/api/api.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/api/circles.h"
#include "node/api/importing.h"
#include "node/api/oversight.h"
#include "node/api/partner_plans.h"
#include "node/api/partners.h"
#include "node/api/policies.h"
#include "node/api/policy_review.h"
#include "node/api/policy_versions.h"
#include "node/api/reading.h"
#include "node/api/review.h"
#include "node/api/rooms.h"
#include "threads/threads.h"

namespace tidegate::api {
namespace {

template <typename Assignments>
std::vector<flow::Assignment> AssignmentsOf(const Assignments& set) {
  std::vector<flow::Assignment> assignments;
  for (const v1::Assignment& one : set) assignments.push_back({one.field(), one.value()});
  return assignments;
}

absl::StatusOr<v1::AuthoredReply> Told(const absl::StatusOr<flow::AuthoredRecord>& authored) {
  if (!authored.ok()) return authored.status();
  v1::AuthoredReply reply;
  reply.set_id(record::FormatRecordId(authored->id));
  reply.set_revision(authored->revision);
  reply.set_log_index(authored->log_index);
  for (const std::string& warning : authored->warnings) reply.add_warnings(warning);
  return reply;
}

}  // namespace

Api::Api(store::Store& store, ledger::Log& log, ledger::Register& disclosures, partner::Directory& directory,
         decision::Decisions& decisions, reading::Reading& reading, flow::Authoring& author, flow::Lines& lines,
         flow::Governance& governance, flow::PolicyGovernance& policies, flow::Removals& removals,
         flow::Leftovers& leftovers, std::function<uint64_t()> now_ms)
    : rooms_(std::make_unique<const Rooms>(
          Rooms{store, log, disclosures, directory, decisions, policies, std::move(now_ms)})),
      reading_(reading),
      author_(author),
      lines_(lines),
      governance_(governance),
      removals_(removals),
      leftovers_(leftovers) {}

Api::~Api() = default;

absl::Status Api::Import(const Who& who, const v1::ImportRequest& request,
                         const std::function<bool(const v1::ImportProgress&)>& tell) const {
  return api::Import(author_, who, request, tell);
}

absl::StatusOr<v1::AuthoredReply> Api::AddRecord(const Who& who, const v1::AddRecordRequest& request) const {
  return Told(author_.Add(who, request.asker().reason(), {request.kind(), AssignmentsOf(request.set())}));
}

absl::StatusOr<v1::AuthoredReply> Api::AmendRecord(const Who& who, const v1::AmendRecordRequest& request) const {
  const flow::KeptRooms rooms{rooms_->store, rooms_->disclosures, rooms_->directory, rooms_->decisions};
  const auto id = record::ParseRecordId(request.id());
  const record::RecordKey key{rooms_->directory.identity().log_fingerprint(), id.value_or(record::RecordId{})};
  const auto held = flow::HeldOf(rooms, key);
  auto authored = author_.Amend(who, request.asker().reason(), {request.id(), AssignmentsOf(request.set())});
  auto reply = Told(authored);
  if (!reply.ok() || !held.ok()) return reply;
  auto kept = flow::KeptOf(rooms, key, *held, static_cast<int64_t>(rooms_->now_ms()));
  // It is amended; what cannot be told of it now, `holders` tells.
  if (!kept.ok()) return reply;
  for (const flow::Kept& one : *kept) {
    v1::Amended* out = reply->add_partners();
    out->set_organisation(one.organisation);
    out->set_reached(one.reached);
    for (const std::string& field : one.gets) out->add_gets(field);
    for (const std::string& field : one.loses) out->add_loses(field);
  }
  return reply;
}

absl::StatusOr<v1::AuthoredReply> Api::LinkRecords(const Who& who, const v1::LinkRecordsRequest& request) const {
  return Told(
      author_.Link(who, request.asker().reason(),
                   {request.from(), request.verb(), request.to(), AssignmentsOf(request.set()), request.origin()}));
}

absl::StatusOr<v1::AuthoredReply> Api::SightRecord(const Who& who, const v1::SightRecordRequest& request) const {
  return Told(
      author_.Sight(who, request.asker().reason(),
                    {request.id(), request.outcome(), request.note(), request.origin(), AssignmentsOf(request.set())}));
}

absl::StatusOr<v1::RecallRecordReply> Api::RecallRecord(const Who& who, const v1::RecallRecordRequest& request) const {
  auto recalled = author_.Recall(who, request.asker().reason(), {request.id(), request.dry_run()});
  if (!recalled.ok()) return recalled.status();
  v1::RecallRecordReply reply;
  reply.set_id(request.id());
  for (const std::string& holder : recalled->holders) reply.add_holders(holder);
  for (const flow::Line& line : lines_.List()) {
    const std::vector<std::string>& holders = recalled->holders;
    if (line.followed && std::find(holders.begin(), holders.end(), line.organisation) != holders.end()) {
      reply.add_connected(line.organisation);
    }
  }
  reply.set_recalled(recalled->recalled);
  reply.set_note(recalled->note);
  return reply;
}

std::vector<v1::ReviewItem> Api::ToReview() const {
  v1::StatusReply reply;
  FillReview(*rooms_, leftovers_, reply);
  return {reply.review().begin(), reply.review().end()};
}

absl::StatusOr<v1::SettleReviewReply> Api::SettleReview(const Who& who, const v1::SettleReviewRequest& request) const {
  return api::SettleReview(*rooms_, leftovers_, who, request);
}

absl::Status Api::Alerts(const Who& who, const v1::AlertsRequest& request,
                         const std::function<bool(const v1::Record&)>& write,
                         const std::function<bool()>& cancelled) const {
  return api::Alerts(reading_, who, request, write, cancelled);
}

absl::StatusOr<v1::StatusReply> Api::Status(const Who&, const v1::StatusRequest&) const {
  auto status = NodeStatus(*rooms_, lines_);
  if (!status.ok()) return status;
  FillReview(*rooms_, leftovers_, *status);
  status->set_read_only(author_.ReadOnly());
  auto waiting = governance_.Waiting();
  if (!waiting.ok()) return waiting.status();
  status->set_pending_partner_plans(static_cast<uint32_t>(*waiting));
  return status;
}

absl::StatusOr<v1::InvitePartnerReply> Api::InvitePartner(const Who& who,
                                                          const v1::InvitePartnerRequest& request) const {
  return api::InvitePartner(*rooms_, who, lines_, request);
}

absl::StatusOr<v1::AcceptInvitationReply> Api::AcceptInvitation(const Who& who,
                                                                const v1::AcceptInvitationRequest& request) const {
  return api::AcceptInvitation(*rooms_, who, lines_, request);
}

absl::StatusOr<v1::PartnerReply> Api::ConfirmPartner(const Who& who, const v1::ConfirmPartnerRequest& request) const {
  return api::ConfirmPartner(*rooms_, who, lines_, governance_, request);
}

absl::StatusOr<v1::ListPartnersReply> Api::ListPartners(const Who&, const v1::ListPartnersRequest&) const {
  return api::ListPartners(*rooms_);
}

absl::StatusOr<v1::PartnerReply> Api::SuspendPartner(const Who& who, const v1::SuspendPartnerRequest& request) const {
  return api::SuspendPartner(*rooms_, who, governance_, request);
}

absl::StatusOr<v1::RemovePartnerReply> Api::RemovePartner(const Who& who,
                                                          const v1::RemovePartnerRequest& request) const {
  return api::RemovePartner(*rooms_, who, removals_, request);
}

absl::StatusOr<v1::PartnerReply> Api::SetPartner(const Who& who, const v1::SetPartnerRequest& request) const {
  return api::SetPartner(*rooms_, who, request);
}

absl::StatusOr<v1::CancelPairingReply> Api::CancelPairing(const Who& who,
                                                          const v1::CancelPairingRequest& request) const {
  return api::CancelPairing(*rooms_, who, request);
}

absl::StatusOr<v1::ListPartnerPlansReply> Api::ListPartnerPlans(const Who&, const v1::ListPartnerPlansRequest&) const {
  return api::ListPartnerPlans(governance_);
}

absl::StatusOr<v1::PartnerReply> Api::ApprovePartnerPlan(const Who& who,
                                                         const v1::ApprovePartnerPlanRequest& request) const {
  return api::ApprovePartnerPlan(*rooms_, who, lines_, governance_, request);
}

absl::StatusOr<v1::WaitingPlan> Api::WithdrawPartnerPlan(const Who& who,
                                                         const v1::WithdrawPartnerPlanRequest& request) const {
  return api::WithdrawPartnerPlan(*rooms_, who, governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::DropFromCircle(const Who& who, const v1::DropFromCircleRequest& request) const {
  return api::DropFromCircle(*rooms_, who, governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::RemoveCircle(const Who& who, const v1::RemoveCircleRequest& request) const {
  return api::RemoveCircle(*rooms_, who, governance_, request);
}

absl::StatusOr<v1::CircleReply> Api::CreateCircle(const Who& who, const v1::CreateCircleRequest& request) const {
  return api::CreateCircle(*rooms_, who, request);
}

absl::StatusOr<v1::CircleReply> Api::AddToCircle(const Who& who, const v1::AddToCircleRequest& request) const {
  return api::AddToCircle(*rooms_, who, governance_, request);
}

absl::StatusOr<v1::ListCirclesReply> Api::ListCircles(const Who&, const v1::ListCirclesRequest&) const {
  return api::ListCircles(*rooms_);
}

absl::StatusOr<v1::FindRecordsReply> Api::FindRecords(const Who& who, const v1::FindRecordsRequest& request) const {
  return api::FindRecords(reading_, who, request);
}

absl::StatusOr<v1::Record> Api::ShowRecord(const Who& who, const v1::ShowRecordRequest& request) const {
  return api::ShowRecord(reading_, who, request);
}

absl::StatusOr<v1::HoldersReply> Api::Holders(const Who& who, const v1::HoldersRequest& request) const {
  return api::Holders(reading_, who, request, author_.ReadOnly());
}

absl::StatusOr<v1::CheckPoliciesReply> Api::CheckPolicies(const Who&, const v1::PolicyFilesRequest& request) const {
  return api::CheckPolicies(*rooms_, request);
}

absl::StatusOr<v1::ExplainPolicyReply> Api::ExplainPolicy(const Who& who,
                                                          const v1::ExplainPolicyRequest& request) const {
  return api::ExplainPolicy(*rooms_, reading_, who, request);
}

absl::StatusOr<v1::PlanPoliciesReply> Api::PlanPolicies(const Who& who, const v1::PolicyFilesRequest& request) const {
  return api::PlanPolicies(*rooms_, reading_, who, request);
}

absl::StatusOr<v1::ApplyPoliciesReply> Api::ApplyPolicies(const Who& who,
                                                          const v1::ApplyPoliciesRequest& request) const {
  return api::ApplyPolicies(*rooms_, who, request);
}

absl::StatusOr<v1::ApplyPoliciesReply> Api::ApprovePolicies(const Who& who,
                                                            const v1::ApprovePoliciesRequest& request) const {
  return api::ApprovePolicies(*rooms_, who, request);
}

absl::StatusOr<v1::WithdrawPoliciesReply> Api::WithdrawPolicies(const Who& who,
                                                                const v1::WithdrawPoliciesRequest& request) const {
  return api::WithdrawPolicies(*rooms_, who, request);
}

absl::StatusOr<v1::ShowPoliciesReply> Api::ShowPolicies(const Who&, const v1::ShowPoliciesRequest& request) const {
  return api::ShowPolicies(*rooms_, request);
}

absl::StatusOr<v1::TestPoliciesReply> Api::TestPolicies(const Who&, const v1::TestPoliciesRequest& request) const {
  return api::TestPolicies(*rooms_, request);
}

absl::StatusOr<v1::PolicyMatrixReply> Api::PolicyMatrix(const Who&, const v1::PolicyMatrixRequest& request) const {
  return api::PolicyMatrix(*rooms_, request);
}

absl::StatusOr<v1::PolicyHistoryReply> Api::PolicyHistory(const Who&, const v1::PolicyHistoryRequest&) const {
  return api::PolicyHistory(*rooms_);
}

absl::StatusOr<v1::DiffPoliciesReply> Api::DiffPolicies(const Who&, const v1::DiffPoliciesRequest& request) const {
  return api::DiffPolicies(*rooms_, request);
}

absl::StatusOr<v1::ListAuditReply> Api::ListAudit(const Who& who, const v1::ListAuditRequest& request) const {
  return api::ListAudit(*rooms_, reading_, who, request);
}

}  // namespace tidegate::api
