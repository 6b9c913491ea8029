// Who asks: a person of this node's own organisation, as far as the edge that took the request knows them.
#ifndef TIDEGATE_POLICY_PRINCIPAL_H_
#define TIDEGATE_POLICY_PRINCIPAL_H_

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::policy {

// What a person of the organisation may be. A user has one or several; what each may do stands in the policies.
inline constexpr std::string_view kRoles[] = {"analyst",       "investigator", "supervisor", "screening",
                                              "administrator", "auditor",      "service"};
inline std::vector<std::string> EveryRole() { return {std::begin(kRoles), std::end(kRoles)}; }

// Only an edge makes one, with PrincipalMint. So a function that takes a Principal was called for somebody whom an edge
// let in.
class Principal {
 public:
  // The name for policies and the register. Never empty.
  const std::string& user() const { return user_; }
  // Somebody said who they are; otherwise `user` only says by which door they came.
  bool named() const { return named_; }
  const std::vector<std::string>& roles() const { return roles_; }
  // The token of their session, for who ends it; empty where there is none. Never shown, never kept.
  const std::string& session() const { return session_; }

 private:
  friend class PrincipalMint;
  Principal(std::string user, bool named, std::vector<std::string> roles, std::string session)
      : user_(std::move(user)), named_(named), roles_(std::move(roles)), session_(std::move(session)) {}

  std::string user_;
  bool named_ = false;
  std::vector<std::string> roles_;
  std::string session_;
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_PRINCIPAL_H_
