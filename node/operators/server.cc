#include <grp.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/operators/operators.h"
#include "node/operators/own_account.h"
#include "policy/principal_mint.h"
#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::operators {
namespace {

constexpr int kMostMessageBytes = 64 << 20;
constexpr char kUserMetadata[] = "tidegate-user-bin";
constexpr char kSessionMetadata[] = "tidegate-session";
constexpr char kOwnAccountMetadata[] = "tidegate-own-account";
constexpr size_t kMostUserBytes = 200;

// Operators are the organisation's own people: they are told what went wrong, in full.
grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

// How a call that tells its answer piece by piece ended. It takes what asked for a right, and nothing else.
grpc::Status Ended(const api::AnsweredStatus& answered) { return ToGrpc(answered.status()); }

std::string MetadataOf(const grpc::ServerContext& context, const char* key) {
  const auto said = context.client_metadata().find(key);
  return said == context.client_metadata().end() ? "" : std::string(said->second.data(), said->second.size());
}

// Until there are users, the mode of the socket alone let the caller in: it is its owner, who has every role, and we
// keep the name that they give.
absl::StatusOr<policy::Principal> OwnerOfTheSocket(const std::string& said) {
  if (said.empty()) return policy::PrincipalMint::Mint("owner of the socket", false, policy::EveryRole());
  if (said.size() > kMostUserBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("operators: a user's name has at most ", kMostUserBytes, " bytes; give a shorter --user"));
  }
  return policy::PrincipalMint::Mint(said, true, policy::EveryRole());
}

absl::StatusOr<policy::Principal> WhoAsks(const grpc::ServerContext& context, const api::Api& api) {
  const std::string said = MetadataOf(context, kUserMetadata);
  if (!api.HasUsers()) return OwnerOfTheSocket(said);
  if (!said.empty()) {
    return absl::PermissionDeniedError(
        "operators: this node has users, so --user is not taken: log in as yourself, `tidegate login NAME`");
  }
  std::string token = MetadataOf(context, kSessionMetadata);
  if (token.empty()) {
    return absl::UnauthenticatedError("operators: this node has users; log in: `tidegate login NAME`");
  }
  auto user = api.Recognise(token);
  if (!user.ok()) return user.status();
  return policy::PrincipalMint::Mint(user->name, true, user->roles, std::move(token));
}

// Every rpc is the call of the same name.
class Service final : public v1::Operator::Service {
 public:
  // `share` is called after a user was added. `own` knows the node's own Unix account; null: the socket lets nobody
  // else in.
  Service(const api::Api& api, const std::unique_ptr<OwnAccount>& own, std::function<void()> share)
      : api_(api), own_(own), share_(std::move(share)) {}

 private:
  using Context = grpc::ServerContext;

  template <typename Reply, typename Request>
  using Call = api::Answered<Reply> (api::Api::*)(const policy::Principal&, const Request&) const;

  template <typename Reply, typename Request>
  grpc::Status Answer(const Context& context, Call<Reply, Request> call, const Request& request, Reply* reply) const {
    auto who = WhoAsks(context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    auto result = (api_.*call)(*who, request);
    if (!result.ok()) return ToGrpc(result.status());
    reply->Swap(&*result);
    return grpc::Status::OK;
  }

  // Whether nobody is to be told more: the asker went, or their session ended.
  bool HasGone(const Context& context, const policy::Principal& who) const {
    if (context.IsCancelled()) return true;
    return who.session().empty() ? api_.HasUsers() : !api_.Recognise(who.session()).ok();
  }

  // Whether the caller runs as the node's own Unix account, as far as that matters.
  bool IsOwnAccount(const Context& context) const {
    return own_ == nullptr || own_->Is(MetadataOf(context, kOwnAccountMetadata));
  }

  // Tells a call's answer piece by piece, and stops it at the next piece once nobody is to be told more: a bulk change
  // must not go on for somebody who was cut off.
  template <typename Reply>
  std::function<bool(const Reply&)> Telling(const Context& context, const policy::Principal& who,
                                            grpc::ServerWriter<Reply>* writer) const {
    return
        [this, &context, &who, writer](const Reply& reply) { return !HasGone(context, who) && writer->Write(reply); };
  }
  grpc::Status EndedFor(const Context& context, const policy::Principal& who,
                        const api::AnsweredStatus& answered) const {
    if (answered.ok() || context.IsCancelled() || !HasGone(context, who)) return Ended(answered);
    return {grpc::StatusCode::UNAUTHENTICATED,
            "operators: stopped, because the session has ended; what was done before stays. Log in, and do the rest"};
  }

  grpc::Status Login(Context* context, const v1::LoginRequest* request, v1::LoginReply* reply) override {
    auto result = api_.Login(*request, own_ != nullptr && IsOwnAccount(*context));
    if (!result.ok()) return ToGrpc(result.status());
    reply->Swap(&*result);
    return grpc::Status::OK;
  }
  grpc::Status Logout(Context* context, const v1::LogoutRequest* request, v1::LogoutReply* reply) override {
    return Answer(*context, &api::Api::Logout, *request, reply);
  }
  grpc::Status AddUser(Context* context, const v1::AddUserRequest* request, v1::UserReply* reply) override {
    grpc::Status added = Answer(*context, &api::Api::AddUser, *request, reply);
    if (added.ok()) share_();
    return added;
  }
  grpc::Status ListUsers(Context* context, const v1::ListUsersRequest* request, v1::ListUsersReply* reply) override {
    return Answer(*context, &api::Api::ListUsers, *request, reply);
  }
  grpc::Status SetUserRoles(Context* context, const v1::SetUserRolesRequest* request, v1::UserReply* reply) override {
    return Answer(*context, &api::Api::SetUserRoles, *request, reply);
  }
  grpc::Status DisableUser(Context* context, const v1::DisableUserRequest* request, v1::UserReply* reply) override {
    return Answer(*context, &api::Api::DisableUser, *request, reply);
  }
  grpc::Status EnableUser(Context* context, const v1::EnableUserRequest* request, v1::UserReply* reply) override {
    return Answer(*context, &api::Api::EnableUser, *request, reply);
  }
  grpc::Status SetPassword(Context* context, const v1::SetPasswordRequest* request, v1::UserReply* reply) override {
    return Answer(*context, &api::Api::SetPassword, *request, reply);
  }
  grpc::Status ListSessions(Context* context, const v1::ListSessionsRequest* request,
                            v1::ListSessionsReply* reply) override {
    return Answer(*context, &api::Api::ListSessions, *request, reply);
  }
  grpc::Status EndSession(Context* context, const v1::EndSessionRequest* request, v1::SessionLine* reply) override {
    return Answer(*context, &api::Api::EndSession, *request, reply);
  }
  grpc::Status Status(Context* context, const v1::StatusRequest* request, v1::StatusReply* reply) override {
    const bool stranger = api_.HasUsers() && MetadataOf(*context, kUserMetadata).empty() &&
                          !api_.Recognise(MetadataOf(*context, kSessionMetadata)).ok();
    if (stranger) {
      *reply = api_.StatusForStrangers();
      return grpc::Status::OK;
    }
    return Answer(*context, &api::Api::Status, *request, reply);
  }
  grpc::Status SettleReview(Context* context, const v1::SettleReviewRequest* request,
                            v1::SettleReviewReply* reply) override {
    return Answer(*context, &api::Api::SettleReview, *request, reply);
  }
  grpc::Status InvitePartner(Context* context, const v1::InvitePartnerRequest* request,
                             v1::InvitePartnerReply* reply) override {
    return Answer(*context, &api::Api::InvitePartner, *request, reply);
  }
  grpc::Status AcceptInvitation(Context* context, const v1::AcceptInvitationRequest* request,
                                v1::AcceptInvitationReply* reply) override {
    return Answer(*context, &api::Api::AcceptInvitation, *request, reply);
  }
  grpc::Status ConfirmPartner(Context* context, const v1::ConfirmPartnerRequest* request,
                              v1::PartnerReply* reply) override {
    return Answer(*context, &api::Api::ConfirmPartner, *request, reply);
  }
  grpc::Status ListPartners(Context* context, const v1::ListPartnersRequest* request,
                            v1::ListPartnersReply* reply) override {
    return Answer(*context, &api::Api::ListPartners, *request, reply);
  }
  grpc::Status SuspendPartner(Context* context, const v1::SuspendPartnerRequest* request,
                              v1::PartnerReply* reply) override {
    return Answer(*context, &api::Api::SuspendPartner, *request, reply);
  }
  grpc::Status SetPartner(Context* context, const v1::SetPartnerRequest* request, v1::PartnerReply* reply) override {
    return Answer(*context, &api::Api::SetPartner, *request, reply);
  }
  grpc::Status RemovePartner(Context* context, const v1::RemovePartnerRequest* request,
                             v1::RemovePartnerReply* reply) override {
    return Answer(*context, &api::Api::RemovePartner, *request, reply);
  }
  grpc::Status CancelPairing(Context* context, const v1::CancelPairingRequest* request,
                             v1::CancelPairingReply* reply) override {
    return Answer(*context, &api::Api::CancelPairing, *request, reply);
  }
  grpc::Status ListPartnerPlans(Context* context, const v1::ListPartnerPlansRequest* request,
                                v1::ListPartnerPlansReply* reply) override {
    return Answer(*context, &api::Api::ListPartnerPlans, *request, reply);
  }
  grpc::Status ApprovePartnerPlan(Context* context, const v1::ApprovePartnerPlanRequest* request,
                                  v1::PartnerReply* reply) override {
    return Answer(*context, &api::Api::ApprovePartnerPlan, *request, reply);
  }
  grpc::Status WithdrawPartnerPlan(Context* context, const v1::WithdrawPartnerPlanRequest* request,
                                   v1::WaitingPlan* reply) override {
    return Answer(*context, &api::Api::WithdrawPartnerPlan, *request, reply);
  }
  grpc::Status DropFromCircle(Context* context, const v1::DropFromCircleRequest* request,
                              v1::CircleReply* reply) override {
    return Answer(*context, &api::Api::DropFromCircle, *request, reply);
  }
  grpc::Status RemoveCircle(Context* context, const v1::RemoveCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(*context, &api::Api::RemoveCircle, *request, reply);
  }
  grpc::Status RenameCircle(Context* context, const v1::RenameCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(*context, &api::Api::RenameCircle, *request, reply);
  }
  grpc::Status CreateCircle(Context* context, const v1::CreateCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(*context, &api::Api::CreateCircle, *request, reply);
  }
  grpc::Status AddToCircle(Context* context, const v1::AddToCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(*context, &api::Api::AddToCircle, *request, reply);
  }
  grpc::Status ListCircles(Context* context, const v1::ListCirclesRequest* request,
                           v1::ListCirclesReply* reply) override {
    return Answer(*context, &api::Api::ListCircles, *request, reply);
  }
  grpc::Status RelatedRecords(Context* context, const v1::RelatedRecordsRequest* request,
                              v1::RelatedRecordsReply* reply) override {
    return Answer(*context, &api::Api::RelatedRecords, *request, reply);
  }
  grpc::Status SaveSearch(Context* context, const v1::SaveSearchRequest* request, v1::SavedSearch* reply) override {
    return Answer(*context, &api::Api::SaveSearch, *request, reply);
  }
  grpc::Status ListSearches(Context* context, const v1::ListSearchesRequest* request,
                            v1::ListSearchesReply* reply) override {
    return Answer(*context, &api::Api::ListSearches, *request, reply);
  }
  grpc::Status RemoveSearch(Context* context, const v1::RemoveSearchRequest* request, v1::SavedSearch* reply) override {
    return Answer(*context, &api::Api::RemoveSearch, *request, reply);
  }
  grpc::Status CountRecords(Context* context, const v1::CountRecordsRequest* request,
                            v1::CountRecordsReply* reply) override {
    return Answer(*context, &api::Api::CountRecords, *request, reply);
  }
  grpc::Status FindRecords(Context* context, const v1::FindRecordsRequest* request,
                           v1::FindRecordsReply* reply) override {
    return Answer(*context, &api::Api::FindRecords, *request, reply);
  }
  grpc::Status ShowRecord(Context* context, const v1::ShowRecordRequest* request, v1::Record* reply) override {
    return Answer(*context, &api::Api::ShowRecord, *request, reply);
  }
  grpc::Status History(Context* context, const v1::HistoryRequest* request, v1::HistoryReply* reply) override {
    return Answer(*context, &api::Api::History, *request, reply);
  }
  grpc::Status Holders(Context* context, const v1::HoldersRequest* request, v1::HoldersReply* reply) override {
    return Answer(*context, &api::Api::Holders, *request, reply);
  }
  grpc::Status CheckPolicies(Context* context, const v1::PolicyFilesRequest* request,
                             v1::CheckPoliciesReply* reply) override {
    return Answer(*context, &api::Api::CheckPolicies, *request, reply);
  }
  grpc::Status ExplainPolicy(Context* context, const v1::ExplainPolicyRequest* request,
                             v1::ExplainPolicyReply* reply) override {
    return Answer(*context, &api::Api::ExplainPolicy, *request, reply);
  }
  grpc::Status PlanPolicies(Context* context, const v1::PolicyFilesRequest* request,
                            v1::PlanPoliciesReply* reply) override {
    return Answer(*context, &api::Api::PlanPolicies, *request, reply);
  }
  grpc::Status ApplyPolicies(Context* context, const v1::ApplyPoliciesRequest* request,
                             v1::ApplyPoliciesReply* reply) override {
    return Answer(*context, &api::Api::ApplyPolicies, *request, reply);
  }
  grpc::Status ApprovePolicies(Context* context, const v1::ApprovePoliciesRequest* request,
                               v1::ApplyPoliciesReply* reply) override {
    return Answer(*context, &api::Api::ApprovePolicies, *request, reply);
  }
  grpc::Status WithdrawPolicies(Context* context, const v1::WithdrawPoliciesRequest* request,
                                v1::WithdrawPoliciesReply* reply) override {
    return Answer(*context, &api::Api::WithdrawPolicies, *request, reply);
  }
  grpc::Status ShowPolicies(Context* context, const v1::ShowPoliciesRequest* request,
                            v1::ShowPoliciesReply* reply) override {
    return Answer(*context, &api::Api::ShowPolicies, *request, reply);
  }
  grpc::Status TestPolicies(Context* context, const v1::TestPoliciesRequest* request,
                            v1::TestPoliciesReply* reply) override {
    return Answer(*context, &api::Api::TestPolicies, *request, reply);
  }
  grpc::Status PolicyMatrix(Context* context, const v1::PolicyMatrixRequest* request,
                            v1::PolicyMatrixReply* reply) override {
    return Answer(*context, &api::Api::PolicyMatrix, *request, reply);
  }
  grpc::Status PolicyHistory(Context* context, const v1::PolicyHistoryRequest* request,
                             v1::PolicyHistoryReply* reply) override {
    return Answer(*context, &api::Api::PolicyHistory, *request, reply);
  }
  grpc::Status DiffPolicies(Context* context, const v1::DiffPoliciesRequest* request,
                            v1::DiffPoliciesReply* reply) override {
    return Answer(*context, &api::Api::DiffPolicies, *request, reply);
  }
  grpc::Status Inbox(Context* context, const v1::InboxRequest* request, v1::InboxReply* reply) override {
    return Answer(*context, &api::Api::Inbox, *request, reply);
  }
  grpc::Status MarkInbox(Context* context, const v1::MarkInboxRequest* request, v1::MarkInboxReply* reply) override {
    return Answer(*context, &api::Api::MarkInbox, *request, reply);
  }
  grpc::Status ListAudit(Context* context, const v1::ListAuditRequest* request, v1::ListAuditReply* reply) override {
    return Answer(*context, &api::Api::ListAudit, *request, reply);
  }
  grpc::Status ListDue(Context* context, const v1::ListDueRequest* request, v1::ListDueReply* reply) override {
    return Answer(*context, &api::Api::ListDue, *request, reply);
  }
  grpc::Status DecideReview(Context* context, const v1::DecideReviewRequest* request,
                            v1::DecideReviewReply* reply) override {
    return Answer(*context, &api::Api::DecideReview, *request, reply);
  }
  grpc::Status HoldRecord(Context* context, const v1::HoldRecordRequest* request, v1::LegalHold* reply) override {
    return Answer(*context, &api::Api::HoldRecord, *request, reply);
  }
  grpc::Status ListHolds(Context* context, const v1::ListHoldsRequest* request, v1::ListHoldsReply* reply) override {
    return Answer(*context, &api::Api::ListHolds, *request, reply);
  }
  grpc::Status AuditSubject(Context* context, const v1::AuditSubjectRequest* request,
                            v1::AuditSubjectReply* reply) override {
    return Answer(*context, &api::Api::AuditSubject, *request, reply);
  }
  grpc::Status AddRecord(Context* context, const v1::AddRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(*context, &api::Api::AddRecord, *request, reply);
  }
  grpc::Status AmendRecord(Context* context, const v1::AmendRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(*context, &api::Api::AmendRecord, *request, reply);
  }
  grpc::Status LinkRecords(Context* context, const v1::LinkRecordsRequest* request, v1::AuthoredReply* reply) override {
    return Answer(*context, &api::Api::LinkRecords, *request, reply);
  }
  grpc::Status SightRecord(Context* context, const v1::SightRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(*context, &api::Api::SightRecord, *request, reply);
  }
  grpc::Status RecallRecord(Context* context, const v1::RecallRecordRequest* request,
                            v1::RecallRecordReply* reply) override {
    return Answer(*context, &api::Api::RecallRecord, *request, reply);
  }
  grpc::Status ListImports(Context* context, const v1::ListImportsRequest* request,
                           v1::ListImportsReply* reply) override {
    return Answer(*context, &api::Api::ListImports, *request, reply);
  }
  grpc::Status RecallRecords(Context* context, const v1::RecallRecordsRequest* request,
                             grpc::ServerWriter<v1::RecallRecordsReply>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    return EndedFor(*context, *who, api_.RecallRecords(*who, *request, Telling(*context, *who, writer)));
  }
  grpc::Status AmendRecords(Context* context, const v1::AmendRecordsRequest* request,
                            grpc::ServerWriter<v1::AmendRecordsReply>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    return EndedFor(*context, *who, api_.AmendRecords(*who, *request, Telling(*context, *who, writer)));
  }
  grpc::Status Import(Context* context, const v1::ImportRequest* request,
                      grpc::ServerWriter<v1::ImportProgress>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    if (!request->has_contents() && !IsOwnAccount(*context)) {
      return {
          grpc::StatusCode::PERMISSION_DENIED,
          "operators: this node is shared with a Unix group, so it opens files for its own Unix account alone; send "
          "the contents of the file, as `tidegate import` does"};
    }
    return EndedFor(*context, *who, api_.Import(*who, *request, Telling(*context, *who, writer)));
  }
  grpc::Status FollowRecords(Context* context, const v1::FindRecordsRequest* request,
                             grpc::ServerWriter<v1::Record>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    return Ended(api_.FollowRecords(
        *who, *request, [writer](const v1::Record& record) { return writer->Write(record); },
        [&] { return HasGone(*context, *who); }));
  }
  grpc::Status ExportAudit(Context* context, const v1::ExportAuditRequest* request,
                           grpc::ServerWriter<v1::ExportAuditPart>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    return EndedFor(*context, *who, api_.ExportAudit(*who, *request, Telling(*context, *who, writer)));
  }
  grpc::Status Alerts(Context* context, const v1::AlertsRequest* request,
                      grpc::ServerWriter<v1::Record>* writer) override {
    auto who = WhoAsks(*context, api_);
    if (!who.ok()) return ToGrpc(who.status());
    return Ended(api_.Alerts(
        *who, *request, [writer](const v1::Record& record) { return writer->Write(record); },
        [&] { return HasGone(*context, *who); }));
  }

  const api::Api& api_;
  const std::unique_ptr<OwnAccount>& own_;
  const std::function<void()> share_;
};

// The id of a Unix group. NotFound where the machine has none of that name.
absl::StatusOr<gid_t> GroupOf(const std::string& name) {
  std::vector<char> buffer(size_t{1} << 16);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return absl::NotFoundError(absl::StrCat("operators: there is no Unix group `", name,
                                            "` on this machine; correct `group` under [operator] in tidegate.toml"));
  }
  return found->gr_gid;
}

// Lets the group through the folder to the socket, and to nothing else there: of the folder it may not even list what
// is in it.
absl::Status ShareWith(gid_t group, const std::string& socket) {
  const std::string folder = socket.substr(0, socket.rfind('/'));
  if (chown(folder.c_str(), static_cast<uid_t>(-1), group) != 0 || chmod(folder.c_str(), 0710) != 0 ||
      chown(socket.c_str(), static_cast<uid_t>(-1), group) != 0 || chmod(socket.c_str(), 0660) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("operators: cannot share `", socket,
                                                      "` with its group: ", std::strerror(errno),
                                                      "; the node's own Unix account must be a member of it"));
  }
  return absl::OkStatus();
}

// A socket file that nobody answers on is left from a killed node.
absl::Status ClearSocket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("operators: `", path, "` is too long for a socket; choose a node folder with a shorter path"));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return absl::InternalError(absl::StrCat("operators: no socket: ", std::strerror(errno)));
  const bool answered = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(probe);
  if (answered) return absl::FailedPreconditionError(absl::StrCat("operators: a node already answers on `", path, "`"));
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return absl::InternalError(absl::StrCat("operators: cannot remove `", path, "`: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace

class Server::State {
 public:
  explicit State(const api::Api& to) : api(to), service(to, own, [this] { Share(); }) {}

  // Only a node with users is shared: until then, whoever reaches the socket is its owner and has every role.
  absl::Status TryShare() const {
    return group.has_value() && api.HasUsers() ? ShareWith(*group, path) : absl::OkStatus();
  }
  void Share() const {
    if (auto shared = TryShare(); !shared.ok()) spdlog::error("{}", std::string(shared.message()));
  }

  const api::Api& api;
  std::unique_ptr<OwnAccount> own;  // where the socket may be shared
  Service service;
  std::string path;
  std::optional<gid_t> group;
  std::unique_ptr<grpc::Server> server;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& socket_path, const api::Api& api,
                                                      const std::string& group) {
  auto state = std::make_unique<State>(api);
  state->path = socket_path;
  if (!group.empty()) {
    auto id = GroupOf(group);
    if (!id.ok()) return id.status();
    state->group = *id;
    auto own = OwnAccount::Make(socket_path.substr(0, socket_path.rfind('/')));
    if (!own.ok()) return own.status();
    state->own = *std::move(own);
  }
  if (auto status = ClearSocket(socket_path); !status.ok()) return status;
  // gRPC's own messages are debug lines of our log instead of lines on standard error.
  gpr_set_log_function([](gpr_log_func_args* line) { spdlog::debug("operators: grpc: {}", line->message); });
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("unix:", socket_path), grpc::InsecureServerCredentials());
  builder.RegisterService(&state->service);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  // The folder is 0700, so nobody else can reach the socket between bind and chmod.
  const mode_t before = umask(0177);
  state->server = builder.BuildAndStart();
  umask(before);
  if (state->server == nullptr || chmod(socket_path.c_str(), 0600) != 0) {
    return absl::InternalError(absl::StrCat("operators: cannot listen on `", socket_path, "`"));
  }
  if (auto shared = state->TryShare(); !shared.ok()) return shared;
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { Stop(); }

void Server::Stop() {
  if (state_->server == nullptr) return;
  state_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  state_->server->Wait();
  state_->server.reset();
  unlink(state_->path.c_str());
}

}  // namespace tidegate::operators
