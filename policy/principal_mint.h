// Makes a Principal. Only the edges let people in, so only they may include this header; tests/tidy holds it.
#ifndef TIDEGATE_POLICY_PRINCIPAL_MINT_H_
#define TIDEGATE_POLICY_PRINCIPAL_MINT_H_

#include <string>
#include <utility>
#include <vector>

#include "policy/principal.h"

namespace tidegate::policy {

class PrincipalMint {
 public:
  // `user` is never empty. `named` is true if somebody said who they are.
  static Principal Mint(std::string user, bool named, std::vector<std::string> roles, std::string session = "") {
    return Principal(std::move(user), named, std::move(roles), std::move(session));
  }
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_PRINCIPAL_MINT_H_
