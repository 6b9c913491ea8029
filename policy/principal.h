// Who asks: a person of this node's own organisation. The edge that took the request says who it is, as far as it
// knows.
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
  // True if they said who they are. Otherwise `user` says by which door they came, and no more.
  bool named() const { return named_; }
  const std::vector<std::string>& roles() const { return roles_; }
  // The token of their session, for the code that ends the session. Empty if there is no session. It is never shown and
  // never kept.
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
