// api: the organisation's own API as calls. Any edge may make them.
//   Takes    who asks (a Principal that the edge minted), and messages of operator.proto
//   Gives    messages of operator.proto: records, partners, policies, the register
//   May call flow for what changes something or reaches partners; reading for records and the register; ledger,
//   partner,
//            decision, policy and policy/review for what is shown of them; store for counts
//   Must     show no record but as reading gives it (tests/tidy)
//   Never    know a socket or HTTP; fill in a name or a reason that nobody gave
//   Threads  any
//   Spec     proto/tidegate/v1/operator.proto
#ifndef TIDEGATE_NODE_API_API_H_
#define TIDEGATE_NODE_API_API_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/api/rights.h"
#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/reading/reading.h"
#include "node/store/store.h"
#include "node/users/users.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// One call for each rpc of operator.proto, with its name. A refusal says everything, because our own people ask.
class Api {
 public:
  using Who = policy::Principal;

  // All outlive the Api.
  Api(store::Store& store, ledger::Log& log, ledger::Register& disclosures, partner::Directory& directory,
      decision::Decisions& decisions, reading::Reading& reading, flow::Authoring& author, flow::Lines& lines,
      flow::Governance& governance, flow::PolicyGovernance& policies, flow::Removals& removals,
      flow::Leftovers& leftovers, flow::Retention& retention, std::function<uint64_t()> now_ms,
      users::Accounts* accounts = nullptr);

  // Whether somebody must log in: there are users.
  bool HasUsers() const { return accounts_ != nullptr && accounts_->any(); }
  // Whose session a token is, for the edge that mints the Principal. Unauthenticated where it is nobody's.
  absl::StatusOr<users::User> Recognise(const std::string& token) const;
  // For whom nobody knows yet: the only calls without a Principal.
  absl::StatusOr<v1::LoginReply> Login(const v1::LoginRequest& request, bool own_account = false) const;
  // What a stranger may know of a node that has users: that it serves, and that they must log in.
  v1::StatusReply StatusForStrangers() const;

  Answered<v1::StatusReply> Status(const Who& who, const v1::StatusRequest& request) const;
  Answered<v1::SettleReviewReply> SettleReview(const Who& who, const v1::SettleReviewRequest& request) const;

  Answered<v1::InvitePartnerReply> InvitePartner(const Who& who, const v1::InvitePartnerRequest& request) const;
  Answered<v1::AcceptInvitationReply> AcceptInvitation(const Who& who,
                                                       const v1::AcceptInvitationRequest& request) const;
  Answered<v1::PartnerReply> ConfirmPartner(const Who& who, const v1::ConfirmPartnerRequest& request) const;
  Answered<v1::ListPartnersReply> ListPartners(const Who& who, const v1::ListPartnersRequest& request) const;
  Answered<v1::PartnerReply> SuspendPartner(const Who& who, const v1::SuspendPartnerRequest& request) const;
  Answered<v1::PartnerReply> SetPartner(const Who& who, const v1::SetPartnerRequest& request) const;
  Answered<v1::RemovePartnerReply> RemovePartner(const Who& who, const v1::RemovePartnerRequest& request) const;
  Answered<v1::CancelPairingReply> CancelPairing(const Who& who, const v1::CancelPairingRequest& request) const;
  Answered<v1::ListPartnerPlansReply> ListPartnerPlans(const Who& who,
                                                       const v1::ListPartnerPlansRequest& request) const;
  Answered<v1::PartnerReply> ApprovePartnerPlan(const Who& who, const v1::ApprovePartnerPlanRequest& request) const;
  Answered<v1::WaitingPlan> WithdrawPartnerPlan(const Who& who, const v1::WithdrawPartnerPlanRequest& request) const;
  Answered<v1::CircleReply> DropFromCircle(const Who& who, const v1::DropFromCircleRequest& request) const;
  Answered<v1::CircleReply> RemoveCircle(const Who& who, const v1::RemoveCircleRequest& request) const;
  Answered<v1::CircleReply> RenameCircle(const Who& who, const v1::RenameCircleRequest& request) const;
  Answered<v1::CircleReply> CreateCircle(const Who& who, const v1::CreateCircleRequest& request) const;
  Answered<v1::CircleReply> AddToCircle(const Who& who, const v1::AddToCircleRequest& request) const;
  Answered<v1::ListCirclesReply> ListCircles(const Who& who, const v1::ListCirclesRequest& request) const;

  // Calls `tell` again and again with how far it is. `tell` gives false when the asker has gone.
  AnsweredStatus Import(const Who& who, const v1::ImportRequest& request,
                        const std::function<bool(const v1::ImportProgress&)>& tell) const;
  Answered<v1::AuthoredReply> AddRecord(const Who& who, const v1::AddRecordRequest& request) const;
  Answered<v1::AuthoredReply> AmendRecord(const Who& who, const v1::AmendRecordRequest& request) const;
  Answered<v1::AuthoredReply> LinkRecords(const Who& who, const v1::LinkRecordsRequest& request) const;
  Answered<v1::AuthoredReply> SightRecord(const Who& who, const v1::SightRecordRequest& request) const;
  Answered<v1::RecallRecordReply> RecallRecord(const Who& who, const v1::RecallRecordRequest& request) const;

  // Both call `tell` again and again with how far they are, at last with all; `tell` gives false when the asker has
  // gone.
  AnsweredStatus RecallRecords(const Who& who, const v1::RecallRecordsRequest& request,
                               const std::function<bool(const v1::RecallRecordsReply&)>& tell) const;
  AnsweredStatus AmendRecords(const Who& who, const v1::AmendRecordsRequest& request,
                              const std::function<bool(const v1::AmendRecordsReply&)>& tell) const;
  Answered<v1::ListImportsReply> ListImports(const Who& who, const v1::ListImportsRequest& request) const;

  Answered<v1::FindRecordsReply> FindRecords(const Who& who, const v1::FindRecordsRequest& request) const;
  Answered<v1::CountRecordsReply> CountRecords(const Who& who, const v1::CountRecordsRequest& request) const;
  // Calls `write` for each record that answers from now on, until it gives false or `cancelled` does true.
  AnsweredStatus FollowRecords(const Who& who, const v1::FindRecordsRequest& request,
                               const std::function<bool(const v1::Record&)>& write,
                               const std::function<bool()>& cancelled) const;
  Answered<v1::RelatedRecordsReply> RelatedRecords(const Who& who, const v1::RelatedRecordsRequest& request) const;
  Answered<v1::SavedSearch> SaveSearch(const Who& who, const v1::SaveSearchRequest& request) const;
  Answered<v1::ListSearchesReply> ListSearches(const Who& who, const v1::ListSearchesRequest& request) const;
  Answered<v1::SavedSearch> RemoveSearch(const Who& who, const v1::RemoveSearchRequest& request) const;
  Answered<v1::HistoryReply> History(const Who& who, const v1::HistoryRequest& request) const;
  Answered<v1::Record> ShowRecord(const Who& who, const v1::ShowRecordRequest& request) const;
  // Calls `write` for each alert until it gives false; with `follow` stays until `cancelled`.
  AnsweredStatus Alerts(const Who& who, const v1::AlertsRequest& request,
                        const std::function<bool(const v1::Record&)>& write,
                        const std::function<bool()>& cancelled) const;
  Answered<v1::HoldersReply> Holders(const Who& who, const v1::HoldersRequest& request) const;

  Answered<v1::CheckPoliciesReply> CheckPolicies(const Who& who, const v1::PolicyFilesRequest& request) const;
  Answered<v1::ExplainPolicyReply> ExplainPolicy(const Who& who, const v1::ExplainPolicyRequest& request) const;
  Answered<v1::PlanPoliciesReply> PlanPolicies(const Who& who, const v1::PolicyFilesRequest& request) const;
  Answered<v1::ApplyPoliciesReply> ApplyPolicies(const Who& who, const v1::ApplyPoliciesRequest& request) const;
  Answered<v1::ApplyPoliciesReply> ApprovePolicies(const Who& who, const v1::ApprovePoliciesRequest& request) const;
  Answered<v1::WithdrawPoliciesReply> WithdrawPolicies(const Who& who,
                                                       const v1::WithdrawPoliciesRequest& request) const;
  Answered<v1::ShowPoliciesReply> ShowPolicies(const Who& who, const v1::ShowPoliciesRequest& request) const;
  Answered<v1::TestPoliciesReply> TestPolicies(const Who& who, const v1::TestPoliciesRequest& request) const;
  Answered<v1::PolicyMatrixReply> PolicyMatrix(const Who& who, const v1::PolicyMatrixRequest& request) const;
  Answered<v1::PolicyHistoryReply> PolicyHistory(const Who& who, const v1::PolicyHistoryRequest& request) const;
  Answered<v1::DiffPoliciesReply> DiffPolicies(const Who& who, const v1::DiffPoliciesRequest& request) const;

  Answered<v1::InboxReply> Inbox(const Who& who, const v1::InboxRequest& request) const;
  Answered<v1::MarkInboxReply> MarkInbox(const Who& who, const v1::MarkInboxRequest& request) const;
  Answered<v1::ListAuditReply> ListAudit(const Who& who, const v1::ListAuditRequest& request) const;
  Answered<v1::ListDueReply> ListDue(const Who& who, const v1::ListDueRequest& request) const;
  Answered<v1::DecideReviewReply> DecideReview(const Who& who, const v1::DecideReviewRequest& request) const;
  Answered<v1::LegalHold> HoldRecord(const Who& who, const v1::HoldRecordRequest& request) const;
  Answered<v1::ListHoldsReply> ListHolds(const Who& who, const v1::ListHoldsRequest& request) const;
  Answered<v1::AuditSubjectReply> AuditSubject(const Who& who, const v1::AuditSubjectRequest& request) const;
  // Calls `write` with the pieces of the file until it gives false.
  AnsweredStatus ExportAudit(const Who& who, const v1::ExportAuditRequest& request,
                             const std::function<bool(const v1::ExportAuditPart&)>& write) const;

  Answered<v1::UserReply> AddUser(const Who& who, const v1::AddUserRequest& request) const;
  Answered<v1::ListUsersReply> ListUsers(const Who& who, const v1::ListUsersRequest& request) const;
  Answered<v1::UserReply> SetUserRoles(const Who& who, const v1::SetUserRolesRequest& request) const;
  Answered<v1::UserReply> DisableUser(const Who& who, const v1::DisableUserRequest& request) const;
  Answered<v1::UserReply> EnableUser(const Who& who, const v1::EnableUserRequest& request) const;
  // One's own by the right to keep it, others' by the right to govern.
  Answered<v1::UserReply> SetPassword(const Who& who, const v1::SetPasswordRequest& request) const;
  Answered<v1::ListSessionsReply> ListSessions(const Who& who, const v1::ListSessionsRequest& request) const;
  Answered<v1::SessionLine> EndSession(const Who& who, const v1::EndSessionRequest& request) const;
  Answered<v1::LogoutReply> Logout(const Who& who, const v1::LogoutRequest& request) const;

  // The items that an administrator must still look at after an upgrade. Each start logs them, and `status` shows them.
  std::vector<v1::ReviewItem> ToReview() const;

 private:
  // Does `work` if policy gives `who` the right that the operation needs.
  template <typename T, typename Work>
  Answered<T> Ask(Operation operation, const Who& who, Work work) const {
    auto right = decisions_.engine()->Allow(who, operation.needed().action, operation.needed().area);
    if (!right.allowed()) return Answered<T>(right.refusal());
    return Answered<T>(*std::move(right), work());
  }
  template <typename Work>
  AnsweredStatus AskToTell(Operation operation, const Who& who, Work work) const {
    auto right = decisions_.engine()->Allow(who, operation.needed().action, operation.needed().area);
    if (!right.allowed()) return AnsweredStatus(right.refusal());
    return AnsweredStatus(*std::move(right), work());
  }
  // NotFound, as where it is not held, for a record of which this user may not know. Ask before anything else is
  // looked at, so that no other refusal tells the two apart. PermissionDenied where they may not do that to it.
  absl::Status CheckMay(const Who& who, policy::Action action, const std::string& id,
                        std::string_view origin = {}) const;

  // The names of organisations that policies, cases and records may use.
  std::vector<std::string> KnownNames() const { return partner::KnownOrganisations(directory_, now_ms_()); }

  store::Store& store_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  partner::Directory& directory_;
  decision::Decisions& decisions_;
  reading::Reading& reading_;
  flow::Authoring& author_;
  flow::Lines& lines_;
  flow::Governance& governance_;
  flow::PolicyGovernance& policies_;
  flow::Removals& removals_;
  flow::Leftovers& leftovers_;
  flow::Retention& retention_;
  const std::function<uint64_t()> now_ms_;
  users::Accounts* const accounts_;  // null only in tests: there are no users
};

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_API_H_
