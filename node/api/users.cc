#include "node/api/users.h"

#include <string>
#include <vector>

#include "node/api/deciding.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

v1::UserReply ToldUser(const users::User& user) {
  v1::UserReply out;
  out.set_name(user.name);
  for (const std::string& role : user.roles) out.add_roles(role);
  out.set_enabled(user.enabled);
  out.set_made(FormatTime(user.made_ms));
  out.set_password_set(FormatTime(user.password_ms));
  out.set_sessions(static_cast<uint32_t>(user.sessions));
  return out;
}

absl::StatusOr<v1::UserReply> ToldUser(const absl::StatusOr<users::User>& user) {
  if (!user.ok()) return user.status();
  return ToldUser(*user);
}

v1::SessionLine ToldSession(const users::Session& session) {
  v1::SessionLine out;
  out.set_id(session.id);
  out.set_user(session.user);
  out.set_began(FormatTime(session.began_ms));
  out.set_ends(FormatTime(session.ends_ms));
  return out;
}

absl::StatusOr<users::Deed> UsersDeed(const policy::Principal& who, const v1::Asker& asker, uint64_t now_ms) {
  auto act = ActOf(who, asker, now_ms);
  if (!act.ok()) return act.status();
  const partner::Deed& deed = act->deed();
  return users::Deed{deed.user, deed.reason, deed.at_ms};
}

template <typename Roles>
std::vector<std::string> ListOf(const Roles& roles) {
  return {roles.begin(), roles.end()};
}

}  // namespace

absl::StatusOr<v1::LoginReply> Login(users::Accounts& accounts, const v1::LoginRequest& request, bool own_account) {
  auto in = accounts.LogIn(request.name(), request.password(), own_account);
  if (!in.ok()) return in.status();
  v1::LoginReply reply;
  reply.set_token(in->token);
  reply.set_user(in->session.user);
  for (const std::string& role : in->roles) reply.add_roles(role);
  reply.set_ends(FormatTime(in->session.ends_ms));
  reply.set_session(in->session.id);
  return reply;
}

absl::StatusOr<v1::UserReply> AddUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                      const v1::AddUserRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  return ToldUser(accounts.Add(request.name(), ListOf(request.roles()), request.password(), *deed));
}

v1::ListUsersReply ListUsers(const users::Accounts& accounts) {
  v1::ListUsersReply reply;
  for (const users::User& user : accounts.List()) *reply.add_users() = ToldUser(user);
  return reply;
}

absl::StatusOr<v1::UserReply> SetUserRoles(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                           const v1::SetUserRolesRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  return ToldUser(accounts.SetRoles(request.name(), ListOf(request.roles()), *deed));
}

absl::StatusOr<v1::UserReply> DisableUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                          const v1::DisableUserRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  return ToldUser(accounts.Disable(request.name(), *deed));
}

absl::StatusOr<v1::UserReply> EnableUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                         const v1::EnableUserRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  return ToldUser(accounts.Enable(request.name(), *deed));
}

absl::StatusOr<v1::UserReply> SetPassword(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                          const std::string& name, const v1::SetPasswordRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  if (name != who.user()) return ToldUser(accounts.SetPassword(name, request.password(), *deed));
  if (request.current().empty()) {
    return absl::InvalidArgumentError("api: whoever sets their own password gives the current one too");
  }
  // As at a login: what was stolen with a session is not the password, and guesses are slowed.
  auto again = accounts.LogIn(name, request.current());
  if (!again.ok()) return again.status();
  auto set = accounts.SetPassword(name, request.password(), *deed);  // ends every session, that one too
  if (!set.ok()) accounts.LogOut(again->token).IgnoreError();
  return ToldUser(std::move(set));
}

v1::ListSessionsReply ListSessions(const users::Accounts& accounts, const std::string& user) {
  v1::ListSessionsReply reply;
  for (const users::Session& session : accounts.Sessions(user)) *reply.add_sessions() = ToldSession(session);
  return reply;
}

absl::StatusOr<v1::SessionLine> EndSession(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                           const std::string& user, const v1::EndSessionRequest& request) {
  auto deed = UsersDeed(who, request.asker(), now_ms);
  if (!deed.ok()) return deed.status();
  auto ended = accounts.End(request.id(), user, *deed);
  if (!ended.ok()) return ended.status();
  return ToldSession(*ended);
}

}  // namespace tidegate::api
