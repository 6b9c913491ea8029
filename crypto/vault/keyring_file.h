// Writing the two files of this room, the keyring and the key file. Private to the room; vault.h reads them.
#ifndef TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_
#define TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tidegate::vault {

// Writes a new file of mode 0600. When it returns, the file and its directory entry are on disk. AlreadyExists if there
// is a file. Messages call the file `what`.
absl::Status WriteNewPrivateFile(const std::string& path, std::string_view bytes, const char* what);

// Replaces a file in one step: after a crash, either the old or the new file is there, whole. Then overwrites the
// blocks of the old file, as far as the file system keeps them in place.
absl::Status ReplacePrivateFile(const std::string& path, std::string_view bytes, const char* what);

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_KEYRING_FILE_H_
