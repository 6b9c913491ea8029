// The vault: values at rest, blind index terms, and the keyring that holds the keys for both and the node's secrets.
//
//   Takes    values with the table and key they are stored under; a master key
//   Gives    sealed values bound to their place; blind terms; named secrets
//   May call crypto/aead, crypto/kdf, crypto/hash, crypto/secret; the keyring's and the key file's own files
//   Must     never write a key unwrapped, never start with a key file that others can read
//   Threads  any thread at once
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

// u8 suite, u32 epoch, nonce[24], tag[16]: what a sealed value is longer than its plaintext.
inline constexpr size_t kValueOverhead = 1 + 4 + 24 + 16;

// What unwraps the keyring.
class MasterKey {
 public:
  // A file of exactly 32 bytes. FailedPrecondition when others than its owner can read or write it, or when it belongs
  // neither to this user nor to root; NotFound when it is missing; InvalidArgument when it has another length.
  static absl::StatusOr<MasterKey> FromKeyFile(const std::string& path);
  // Argon2id; the cost is written in the keyring when it is created. The passphrase is not empty.
  static absl::StatusOr<MasterKey> FromPassphrase(crypto::SecretBytes passphrase,
                                                  crypto::Argon2Cost cost = crypto::kArgon2Moderate);
  // Writes 32 random bytes to a new file of mode 0600; AlreadyExists when there is one.
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
  // A new keyring file (AlreadyExists when there is one) of mode 0600, with fresh keys and one epoch of the default
  // retention class.
  static absl::StatusOr<std::unique_ptr<Vault>> Create(const std::string& keyring_path, MasterKey master,
                                                       Suite suite = Suite::kXChaCha20Poly1305);
  // NotFound without a file, Unauthenticated under a wrong master key or when a byte was changed, InvalidArgument when
  // the file is no keyring, FailedPrecondition when others can read it. `suite` is what new values are sealed with.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(const std::string& keyring_path, MasterKey master,
                                                     Suite suite = Suite::kXChaCha20Poly1305);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // Seals a value for one place under the current epoch of its retention class (NotFound when the class has none).
  // `table` has at most 255 bytes and `key` at most 65,535.
  absl::StatusOr<std::string> Seal(std::string_view table, std::string_view key, std::string_view value,
                                   std::string_view retention = "") const;
  // The same, appended.
  absl::Status SealAppend(std::string_view table, std::string_view key, std::string_view value,
                          std::string_view retention, std::string& out) const;
  // Opens what was sealed for this place, under either suite. Unauthenticated when a byte or the place differs,
  // NotFound when the epoch was destroyed, InvalidArgument when it is no sealed value.
  absl::StatusOr<std::string> Open(std::string_view table, std::string_view key, std::string_view sealed) const;
  absl::Status OpenAppend(std::string_view table, std::string_view key, std::string_view sealed,
                          std::string& out) const;
  // The epoch a sealed value names; InvalidArgument when it is no sealed value.
  static absl::StatusOr<uint32_t> EpochOf(std::string_view sealed);

  // BLAKE2b-128(K_idx, "TDGidx1\0" || u16 slot || LP16(term)); a term beyond 65,535 bytes stands for itself by
  // its SHA-256 ("TDGlgt1\0" || term).
  BlindTermBytes BlindTerm(uint16_t slot, std::string_view normalised_term) const;

  // Everything below changes the keyring, and returns after the new file is on disk. On error the vault is as before.

  // A new key for a retention class (at most 64 bytes), which becomes its current one. Gives the epoch's number.
  absl::StatusOr<uint32_t> NewEpoch(std::string_view retention);
  // Forgets a data key, so that no value under it can be opened again. The keyring is written under a fresh wrap key
  // and the old file's bytes are overwritten. A destroyed current epoch leaves its class without one. NotFound if
  // unknown.
  absl::Status DestroyEpoch(uint32_t number);
  std::vector<Epoch> Epochs() const;
  // A new K_idx: terms made before no longer match, so the caller rebuilds its indices.
  absl::Status ReplaceIndexKey();
  // Wraps the keyring under another master key; older copies of the file still open under the old one.
  absl::Status ChangeMasterKey(MasterKey master);

  // Named secrets of other rooms (keys, PSKs): names of 1 to 255 bytes, values of at most 65,535.
  absl::Status SetSecret(std::string_view name, const crypto::SecretBytes& value);
  // NotFound when there is none.
  absl::StatusOr<crypto::SecretBytes> GetSecret(std::string_view name) const;
  absl::Status RemoveSecret(std::string_view name);
  // Names only, in byte order, of those that begin with `prefix`.
  std::vector<std::string> SecretNames(std::string_view prefix = "") const;

 private:
  class State;
  explicit Vault(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_VAULT_H_
