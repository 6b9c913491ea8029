#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/vault/keyring_file.h"
#include "crypto/vault/vault.h"

namespace tidegate::vault {
namespace {

constexpr size_t kMasterKeySize = 32;
constexpr char kMasterKeyFile[] = "key file";

}  // namespace

absl::StatusOr<MasterKey> MasterKey::FromKeyFile(const std::string& path) {
  absl::StatusOr<crypto::SecretBytes> bytes = ReadPrivateFile(path, size_t{1} << 20, kMasterKeyFile);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() != kMasterKeySize) {
    return absl::InvalidArgumentError(absl::StrCat("vault: key file `", path, "` has ", bytes->size(),
                                                   " bytes and not the 32 of a key; it may be another file"));
  }
  MasterKey master;
  master.secret_ = *std::move(bytes);
  return master;
}

absl::StatusOr<MasterKey> MasterKey::FromPassphrase(crypto::SecretBytes passphrase, crypto::Argon2Cost cost) {
  if (passphrase.empty()) return absl::InvalidArgumentError("vault: the passphrase is empty");
  MasterKey master;
  master.passphrase_ = true;
  master.secret_ = std::move(passphrase);
  master.cost_ = cost;
  return master;
}

absl::Status MasterKey::CreateKeyFile(const std::string& path) {
  const crypto::Secret<kMasterKeySize> key = crypto::Secret<kMasterKeySize>::Random();
  return WriteNewPrivateFile(path, key.Expose(), kMasterKeyFile);
}

}  // namespace tidegate::vault
