// Makes a Principal. For the edges alone, which let people in: tests/tidy holds that no other room reads this header.
#ifndef TIDEGATE_POLICY_PRINCIPAL_MINT_H_
#define TIDEGATE_POLICY_PRINCIPAL_MINT_H_

#include <string>
#include <utility>
#include <vector>

#include "policy/principal.h"

namespace tidegate::policy {

class PrincipalMint {
 public:
  // `user` is never empty. `named` where somebody said who they are.
  static Principal Mint(std::string user, bool named, std::vector<std::string> roles) {
    return Principal(std::move(user), named, std::move(roles));
  }
};

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_PRINCIPAL_MINT_H_
