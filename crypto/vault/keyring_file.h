// The two files of this room, the keyring and the key file, on disk. Private to the room.
#ifndef TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_
#define TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/secret.h"

namespace tidegate::vault {

// Reads a whole regular file. Only its owner may reach it, and the owner must be this user or root; otherwise
// FailedPrecondition. NotFound if there is none, InvalidArgument beyond `max_size`. `what` names the file in messages.
absl::StatusOr<crypto::SecretBytes> ReadPrivateFile(const std::string& path, size_t max_size, const char* what);

// Writes a new file of mode 0600. On return, file and directory entry are on disk. AlreadyExists if there is one.
absl::Status WriteNewPrivateFile(const std::string& path, std::string_view bytes, const char* what);

// Replaces a file in one step: after a crash, either the old or the new file is there, whole. Then overwrites the
// blocks of the old file, as far as the file system keeps them in place.
absl::Status ReplacePrivateFile(const std::string& path, std::string_view bytes, const char* what);

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_
