// The calls about accounts and sessions: one's own by the right to keep it, those of others by the right to govern.
#include <algorithm>
#include <string>

#include "node/api/api.h"
#include "node/api/users.h"

namespace tidegate::api {
namespace {

absl::Status NoUsersYet() {
  return absl::FailedPreconditionError(
      "api: this node has no users yet; make the first: `tidegate user add NAME --role administrator`");
}

}  // namespace

absl::StatusOr<users::User> Api::Recognise(const std::string& token) const {
  if (!HasUsers()) return NoUsersYet();
  return accounts_->Recognise(token);
}

absl::StatusOr<v1::LoginReply> Api::Login(const v1::LoginRequest& request, bool own_account) const {
  if (!HasUsers()) return NoUsersYet();
  return api::Login(*accounts_, request, own_account);
}

v1::StatusReply Api::StatusForStrangers() const {
  v1::StatusReply reply;
  reply.set_organisation(directory_.identity().names().organisation);
  reply.set_node(directory_.identity().names().node);
  reply.set_login_needed(true);
  return reply;
}

Answered<v1::UserReply> Api::AddUser(const Who& who, const v1::AddUserRequest& request) const {
  return Ask<v1::UserReply>("AddUser", who, [&]() -> absl::StatusOr<v1::UserReply> {
    if (accounts_ == nullptr) return NoUsersYet();
    return api::AddUser(*accounts_, who, now_ms_(), request);
  });
}

Answered<v1::ListUsersReply> Api::ListUsers(const Who& who, const v1::ListUsersRequest&) const {
  return Ask<v1::ListUsersReply>(
      "ListUsers", who, [&] { return accounts_ == nullptr ? v1::ListUsersReply() : api::ListUsers(*accounts_); });
}

Answered<v1::UserReply> Api::SetUserRoles(const Who& who, const v1::SetUserRolesRequest& request) const {
  return Ask<v1::UserReply>("SetUserRoles", who, [&]() -> absl::StatusOr<v1::UserReply> {
    if (!HasUsers()) return NoUsersYet();
    return api::SetUserRoles(*accounts_, who, now_ms_(), request);
  });
}

Answered<v1::UserReply> Api::DisableUser(const Who& who, const v1::DisableUserRequest& request) const {
  return Ask<v1::UserReply>("DisableUser", who, [&]() -> absl::StatusOr<v1::UserReply> {
    if (!HasUsers()) return NoUsersYet();
    return api::DisableUser(*accounts_, who, now_ms_(), request);
  });
}

Answered<v1::UserReply> Api::EnableUser(const Who& who, const v1::EnableUserRequest& request) const {
  return Ask<v1::UserReply>("EnableUser", who, [&]() -> absl::StatusOr<v1::UserReply> {
    if (!HasUsers()) return NoUsersYet();
    return api::EnableUser(*accounts_, who, now_ms_(), request);
  });
}

Answered<v1::UserReply> Api::SetPassword(const Who& who, const v1::SetPasswordRequest& request) const {
  const std::string& name = request.name().empty() ? who.user() : request.name();
  const auto set = [&]() -> absl::StatusOr<v1::UserReply> {
    if (!HasUsers()) return NoUsersYet();
    return api::SetPassword(*accounts_, who, now_ms_(), name, request);
  };
  if (name == who.user()) return Ask<v1::UserReply>("SetPassword", who, set);
  return Ask<v1::UserReply>("SetPasswordOfAnother", who, set);
}

Answered<v1::ListSessionsReply> Api::ListSessions(const Who& who, const v1::ListSessionsRequest& request) const {
  const auto list = [&] {
    if (accounts_ == nullptr) return v1::ListSessionsReply();
    return api::ListSessions(*accounts_, request.all() ? "" : who.user());
  };
  if (request.all()) return Ask<v1::ListSessionsReply>("ListAllSessions", who, list);
  return Ask<v1::ListSessionsReply>("ListSessions", who, list);
}

Answered<v1::SessionLine> Api::EndSession(const Who& who, const v1::EndSessionRequest& request) const {
  const auto end = [&](const std::string& user) -> absl::StatusOr<v1::SessionLine> {
    if (!HasUsers()) return NoUsersYet();
    return api::EndSession(*accounts_, who, now_ms_(), user, request);
  };
  const std::vector<users::Session> own = HasUsers() ? accounts_->Sessions(who.user()) : std::vector<users::Session>();
  const bool hers =
      std::any_of(own.begin(), own.end(), [&](const users::Session& one) { return one.id == request.id(); });
  if (hers) return Ask<v1::SessionLine>("EndSession", who, [&] { return end(who.user()); });
  return Ask<v1::SessionLine>("EndSessionOfAnother", who, [&] { return end(""); });
}

Answered<v1::LogoutReply> Api::Logout(const Who& who, const v1::LogoutRequest& request) const {
  static_cast<void>(request);
  return Ask<v1::LogoutReply>("Logout", who, [&]() -> absl::StatusOr<v1::LogoutReply> {
    if (!HasUsers() || who.session().empty()) return NoUsersYet();
    if (auto status = accounts_->LogOut(who.session()); !status.ok()) return status;
    return v1::LogoutReply();
  });
}

}  // namespace tidegate::api
