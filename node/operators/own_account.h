// Knows callers who run as the Unix account of the node: they can read a file of that account. gRPC tells nothing of
// who is at the other end of a Unix socket. Private to the room.
#ifndef TIDEGATE_NODE_OPERATORS_OWN_ACCOUNT_H_
#define TIDEGATE_NODE_OPERATORS_OWN_ACCOUNT_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::operators {

class OwnAccount {
 public:
  // Writes a new secret into `folder`/operator.own, of mode 0600.
  static absl::StatusOr<std::unique_ptr<OwnAccount>> Make(const std::string& folder);
  ~OwnAccount();  // removes the file
  OwnAccount(const OwnAccount&) = delete;
  OwnAccount& operator=(const OwnAccount&) = delete;

  // Whether that is the secret. The time does not tell how much of it is right.
  bool Is(std::string_view said) const;

 private:
  OwnAccount(std::string path, std::string secret) : path_(std::move(path)), secret_(std::move(secret)) {}

  const std::string path_;
  const std::string secret_;  // hexadecimal
};

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_OWN_ACCOUNT_H_
