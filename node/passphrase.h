// The passphrase that unlocks a node, from its file. Private to this room.
#ifndef TIDEGATE_NODE_PASSPHRASE_H_
#define TIDEGATE_NODE_PASSPHRASE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/secret.h"

namespace tidegate::node {

// The file's text without the line ends behind it. The file must be as private as a key file: the refusals are those of
// vault::ReadPrivateFile.
absl::StatusOr<crypto::SecretBytes> ReadPassphrase(const std::string& path);

// InvalidArgument for a passphrase that is easy to guess: less than 15 characters, less than 8 different ones, or one
// piece again and again. It cannot tell whether somebody else knows it.
absl::Status CheckNewPassphrase(std::string_view passphrase);

}  // namespace tidegate::node

#endif  // TIDEGATE_NODE_PASSPHRASE_H_
