// Accounts and sessions, as operator.proto has them.
#ifndef TIDEGATE_NODE_API_USERS_H_
#define TIDEGATE_NODE_API_USERS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "node/users/users.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::LoginReply> Login(users::Accounts& accounts, const v1::LoginRequest& request, bool own_account);
absl::StatusOr<v1::UserReply> AddUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                      const v1::AddUserRequest& request);
v1::ListUsersReply ListUsers(const users::Accounts& accounts);
absl::StatusOr<v1::UserReply> SetUserRoles(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                           const v1::SetUserRolesRequest& request);
absl::StatusOr<v1::UserReply> DisableUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                          const v1::DisableUserRequest& request);
absl::StatusOr<v1::UserReply> EnableUser(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                         const v1::EnableUserRequest& request);
// `name` is whose password it is.
absl::StatusOr<v1::UserReply> SetPassword(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                          const std::string& name, const v1::SetPasswordRequest& request);
// Of one user, or where `user` is empty of all.
v1::ListSessionsReply ListSessions(const users::Accounts& accounts, const std::string& user);
// Where `user` is not empty, one of theirs.
absl::StatusOr<v1::SessionLine> EndSession(users::Accounts& accounts, const policy::Principal& who, uint64_t now_ms,
                                           const std::string& user, const v1::EndSessionRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_USERS_H_
