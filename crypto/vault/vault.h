// The vault: values at rest, blind index terms, and the keyring. The keyring has the keys for both, and the node's
// secrets.
//
//   Takes    values, with the table and key of the store where they lie; a master key
//   Gives    sealed values, which open only in their place; blind terms; named secrets
//   May call crypto/aead, crypto/kdf, crypto/hash, crypto/secret; the keyring's and the key file's own files
//   Must     never write a key unwrapped, never start with a key file that others can read
//   Threads  any number of threads at once
//   Spec     crypto/CRYPTO.md, "At rest"
#ifndef TIDEGATE_CRYPTO_VAULT_VAULT_H_
#define TIDEGATE_CRYPTO_VAULT_VAULT_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/kdf.h"
#include "crypto/secret.h"

namespace tidegate::vault {

// The first byte of a stored value.
enum class Suite : uint8_t {
  kXChaCha20Poly1305 = 1,
  kXAes256Gcm = 2,  // C2SP XAES-256-GCM: faster where there is AES hardware
};

// A sealed value is longer than its plaintext by so much: u8 suite, u32 epoch, nonce[24], tag[16].
inline constexpr size_t kValueOverhead = 1 + 4 + 24 + 16;

// Reads a whole file that holds a secret. It must be a regular file that nobody but its owner can reach, and its owner
// must be this user or root: FailedPrecondition otherwise. NotFound if there is none, InvalidArgument if it has more
// than `max_size` bytes. Messages call it `what`.
absl::StatusOr<crypto::SecretBytes> ReadPrivateFile(const std::string& path, size_t max_size, const char* what);

// The key that unwraps the keyring.
class MasterKey {
 public:
  // Reads a file of exactly 32 bytes. FailedPrecondition if others than its owner can read or write it, or if it
  // belongs neither to this user nor to root; NotFound if it is missing; InvalidArgument if it has another length.
  static absl::StatusOr<MasterKey> FromKeyFile(const std::string& path);
  // Derives the key with Argon2id. The keyring says at which cost. The passphrase must not be empty.
  static absl::StatusOr<MasterKey> FromPassphrase(crypto::SecretBytes passphrase,
                                                  crypto::Argon2Cost cost = crypto::kArgon2Moderate);
  // Writes 32 random bytes to a new file of mode 0600. AlreadyExists if there is one.
  static absl::Status CreateKeyFile(const std::string& path);

 private:
  friend class Keyring;
  MasterKey() = default;

  bool passphrase_ = false;
  crypto::SecretBytes secret_;
  crypto::Argon2Cost cost_{0, 0};
};

struct Epoch {
  uint32_t number = 0;    // unique in the keyring, never used again
  std::string retention;  // the class of values whose key this is
  bool current = false;   // new values of the class are sealed under it
};

using BlindTermBytes = std::array<uint8_t, 16>;

class Vault {
 public:
  // Writes a new keyring file of mode 0600, with fresh keys and one epoch of the default retention class. AlreadyExists
  // if there is one.
  static absl::StatusOr<std::unique_ptr<Vault>> Create(const std::string& keyring_path, MasterKey master,
                                                       Suite suite = Suite::kXChaCha20Poly1305);
  // NotFound if there is no file, Unauthenticated if the master key is wrong or a byte was changed, InvalidArgument if
  // the file is no keyring, FailedPrecondition if others can read it. New values are sealed with `suite`.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(const std::string& keyring_path, MasterKey master,
                                                     Suite suite = Suite::kXChaCha20Poly1305);
  // Another vault of the same file as it is now, for whoever reads beside the process that changes it.
  absl::StatusOr<std::unique_ptr<Vault>> OpenAgain() const;
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // Seals a value for one place under the current epoch of its retention class; NotFound if the class has none. `table`
  // has at most 255 bytes and `key` at most 65,535.
  absl::StatusOr<std::string> Seal(std::string_view table, std::string_view key, std::string_view value,
                                   std::string_view retention = "") const;
  // The same, appended.
  absl::Status SealAppend(std::string_view table, std::string_view key, std::string_view value,
                          std::string_view retention, std::string& out) const;
  // Opens a value that was sealed for this place, with either suite. Unauthenticated if a byte or the place differs,
  // NotFound if the epoch was destroyed, InvalidArgument if it is no sealed value.
  absl::StatusOr<std::string> Open(std::string_view table, std::string_view key, std::string_view sealed) const;
  absl::Status OpenAppend(std::string_view table, std::string_view key, std::string_view sealed,
                          std::string& out) const;
  // The epoch that a sealed value names. InvalidArgument if it is no sealed value.
  static absl::StatusOr<uint32_t> EpochOf(std::string_view sealed);

  // BLAKE2b-128(K_idx, "TDGidx1\0" || u16 slot || LP16(term)); a term of more than 65,535 bytes is
  // replaced by SHA-256("TDGlgt1\0" || term).
  BlindTermBytes BlindTerm(uint16_t slot, std::string_view normalised_term) const;

  // The functions below that change the keyring return when its new file is on disk. On error the vault is as before.

  // Makes a new key for a retention class (a name of at most 64 bytes); it becomes the current one. Returns the epoch's
  // number.
  absl::StatusOr<uint32_t> NewEpoch(std::string_view retention);
  // From now on nothing is sealed under this epoch: its class has no current one. NotFound if there is no such epoch.
  absl::Status RetireEpoch(uint32_t number);
  // Forgets a data key, so that nobody can open a value under it again. Writes the keyring under a fresh wrap key and
  // overwrites the bytes of the old file. If it was the current epoch, its class then has none. NotFound if there is no
  // such epoch.
  absl::Status DestroyEpoch(uint32_t number);
  std::vector<Epoch> Epochs() const;
  // Makes a new K_idx. Terms made before no longer match, so the caller must rebuild its indices.
  absl::Status ReplaceIndexKey();
  // Wraps the keyring under another master key. Older copies of the file still open under the old one.
  absl::Status ChangeMasterKey(MasterKey master);

  // Named secrets of other rooms (keys, PSKs). Names have 1 to 255 bytes, values at most 65,535.
  absl::Status SetSecret(std::string_view name, const crypto::SecretBytes& value);
  // NotFound if there is none.
  absl::StatusOr<crypto::SecretBytes> GetSecret(std::string_view name) const;
  absl::Status RemoveSecret(std::string_view name);
  // The names that begin with `prefix`, in byte order.
  std::vector<std::string> SecretNames(std::string_view prefix = "") const;

 private:
  class State;
  explicit Vault(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_VAULT_H_
