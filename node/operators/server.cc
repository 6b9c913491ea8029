#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/oversight.h"
#include "node/api/partners.h"
#include "node/api/policies.h"
#include "node/api/policy_review.h"
#include "node/api/policy_versions.h"
#include "node/api/reading.h"
#include "node/operators/operators.h"
#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::operators {
namespace {

constexpr int kMostMessageBytes = 64 << 20;

// Operators are the organisation's own people: they are told what went wrong, in full.
grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

template <typename Reply>
grpc::Status Answer(absl::StatusOr<Reply> result, Reply* reply) {
  if (!result.ok()) return ToGrpc(result.status());
  reply->Swap(&*result);
  return grpc::Status::OK;
}

class Service final : public v1::Operator::Service {
 public:
  Service(api::Rooms rooms, api::Actions& actions) : rooms_(std::move(rooms)), actions_(actions) {}

 private:
  using Context = grpc::ServerContext;

  grpc::Status Status(Context*, const v1::StatusRequest*, v1::StatusReply* reply) override {
    return Answer(api::NodeStatus(rooms_, actions_), reply);
  }
  grpc::Status InvitePartner(Context*, const v1::InvitePartnerRequest* request,
                             v1::InvitePartnerReply* reply) override {
    return Answer(api::InvitePartner(rooms_, actions_, *request), reply);
  }
  grpc::Status AcceptInvitation(Context*, const v1::AcceptInvitationRequest* request,
                                v1::AcceptInvitationReply* reply) override {
    return Answer(api::AcceptInvitation(rooms_, actions_, *request), reply);
  }
  grpc::Status ConfirmPartner(Context*, const v1::ConfirmPartnerRequest* request, v1::PartnerReply* reply) override {
    return Answer(api::ConfirmPartner(rooms_, actions_, *request), reply);
  }
  grpc::Status ListPartners(Context*, const v1::ListPartnersRequest*, v1::ListPartnersReply* reply) override {
    *reply = api::ListPartners(rooms_);
    return grpc::Status::OK;
  }
  grpc::Status SuspendPartner(Context*, const v1::SuspendPartnerRequest* request, v1::PartnerReply* reply) override {
    return Answer(api::SuspendPartner(rooms_, *request), reply);
  }
  grpc::Status SetPartner(Context*, const v1::SetPartnerRequest* request, v1::PartnerReply* reply) override {
    return Answer(api::SetPartner(rooms_, *request), reply);
  }
  grpc::Status CancelPairing(Context*, const v1::CancelPairingRequest* request,
                             v1::CancelPairingReply* reply) override {
    return Answer(api::CancelPairing(rooms_, *request), reply);
  }
  grpc::Status DropFromCircle(Context*, const v1::DropFromCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(api::DropFromCircle(rooms_, *request), reply);
  }
  grpc::Status RemoveCircle(Context*, const v1::RemoveCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(api::RemoveCircle(rooms_, *request), reply);
  }
  grpc::Status CreateCircle(Context*, const v1::CreateCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(api::CreateCircle(rooms_, *request), reply);
  }
  grpc::Status AddToCircle(Context*, const v1::AddToCircleRequest* request, v1::CircleReply* reply) override {
    return Answer(api::AddToCircle(rooms_, *request), reply);
  }
  grpc::Status ListCircles(Context*, const v1::ListCirclesRequest*, v1::ListCirclesReply* reply) override {
    *reply = api::ListCircles(rooms_);
    return grpc::Status::OK;
  }
  grpc::Status Import(Context*, const v1::ImportRequest* request,
                      grpc::ServerWriter<v1::ImportProgress>* writer) override {
    return ToGrpc(
        actions_.Import(*request, [writer](const v1::ImportProgress& progress) { return writer->Write(progress); }));
  }
  grpc::Status AddRecord(Context*, const v1::AddRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(actions_.Add(*request), reply);
  }
  grpc::Status AmendRecord(Context*, const v1::AmendRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(actions_.Amend(*request), reply);
  }
  grpc::Status LinkRecords(Context*, const v1::LinkRecordsRequest* request, v1::AuthoredReply* reply) override {
    return Answer(actions_.Link(*request), reply);
  }
  grpc::Status SightRecord(Context*, const v1::SightRecordRequest* request, v1::AuthoredReply* reply) override {
    return Answer(actions_.Sight(*request), reply);
  }
  grpc::Status RecallRecord(Context*, const v1::RecallRecordRequest* request, v1::RecallRecordReply* reply) override {
    return Answer(actions_.Recall(*request), reply);
  }
  grpc::Status FindRecords(Context*, const v1::FindRecordsRequest* request, v1::FindRecordsReply* reply) override {
    return Answer(api::FindRecords(rooms_, *request), reply);
  }
  grpc::Status ShowRecord(Context*, const v1::ShowRecordRequest* request, v1::Record* reply) override {
    return Answer(api::ShowRecord(rooms_, *request), reply);
  }
  grpc::Status Alerts(Context* context, const v1::AlertsRequest* request,
                      grpc::ServerWriter<v1::Record>* writer) override {
    return ToGrpc(api::Alerts(
        rooms_, *request, [writer](const v1::Record& record) { return writer->Write(record); },
        [context] { return context->IsCancelled(); }));
  }
  grpc::Status Holders(Context*, const v1::HoldersRequest* request, v1::HoldersReply* reply) override {
    return Answer(api::Holders(rooms_, *request), reply);
  }
  grpc::Status CheckPolicies(Context*, const v1::PolicyFilesRequest* request, v1::CheckPoliciesReply* reply) override {
    *reply = api::CheckPolicies(rooms_, *request);
    return grpc::Status::OK;
  }
  grpc::Status ExplainPolicy(Context*, const v1::ExplainPolicyRequest* request,
                             v1::ExplainPolicyReply* reply) override {
    return Answer(api::ExplainPolicy(rooms_, *request), reply);
  }
  grpc::Status PlanPolicies(Context*, const v1::PolicyFilesRequest* request, v1::PlanPoliciesReply* reply) override {
    return Answer(api::PlanPolicies(rooms_, *request), reply);
  }
  grpc::Status ApplyPolicies(Context*, const v1::ApplyPoliciesRequest* request,
                             v1::ApplyPoliciesReply* reply) override {
    return Answer(api::ApplyPolicies(rooms_, *request), reply);
  }
  grpc::Status ApprovePolicies(Context*, const v1::ApprovePoliciesRequest* request,
                               v1::ApplyPoliciesReply* reply) override {
    return Answer(api::ApprovePolicies(rooms_, *request), reply);
  }
  grpc::Status WithdrawPolicies(Context*, const v1::WithdrawPoliciesRequest* request,
                                v1::WithdrawPoliciesReply* reply) override {
    return Answer(api::WithdrawPolicies(rooms_, *request), reply);
  }
  grpc::Status ShowPolicies(Context*, const v1::ShowPoliciesRequest* request, v1::ShowPoliciesReply* reply) override {
    return Answer(api::ShowPolicies(rooms_, *request), reply);
  }
  grpc::Status TestPolicies(Context*, const v1::TestPoliciesRequest* request, v1::TestPoliciesReply* reply) override {
    return Answer(api::TestPolicies(rooms_, *request), reply);
  }
  grpc::Status PolicyMatrix(Context*, const v1::PolicyMatrixRequest* request, v1::PolicyMatrixReply* reply) override {
    return Answer(api::PolicyMatrix(rooms_, *request), reply);
  }
  grpc::Status PolicyHistory(Context*, const v1::PolicyHistoryRequest*, v1::PolicyHistoryReply* reply) override {
    return Answer(api::PolicyHistory(rooms_), reply);
  }
  grpc::Status DiffPolicies(Context*, const v1::DiffPoliciesRequest* request, v1::DiffPoliciesReply* reply) override {
    return Answer(api::DiffPolicies(rooms_, *request), reply);
  }
  grpc::Status ListAudit(Context*, const v1::ListAuditRequest* request, v1::ListAuditReply* reply) override {
    return Answer(api::ListAudit(rooms_, *request), reply);
  }

  api::Rooms rooms_;
  api::Actions& actions_;
};

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
  State(api::Rooms rooms, api::Actions& actions) : service(std::move(rooms), actions) {}

  Service service;
  std::string path;
  std::unique_ptr<grpc::Server> server;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& socket_path, api::Rooms rooms,
                                                      api::Actions& actions) {
  if (auto status = ClearSocket(socket_path); !status.ok()) return status;
  auto state = std::make_unique<State>(std::move(rooms), actions);
  state->path = socket_path;
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
