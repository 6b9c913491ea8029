// The keyring: what it holds, its bytes, and how it is wrapped. Private to the room.
//
//   File      "TDGkrg1\0" || u8 kdf || u32 ops || u64 mem || salt[16] || nonce[24] || XChaCha20-Poly1305(contents),
//             with everything before the ciphertext as associated data
//   kdf 0     wrap key = HKDF-SHA-256(salt, master key, "TDG keyring wrap"); ops and mem are 0
//   kdf 1     wrap key = Argon2id(passphrase, salt, ops, mem)
//   contents  u8 version=1 || u32 next_epoch || K_idx[32]
//             || u16 n || n * (u32 number || u8 current || LP8(retention) || key[32]), numbers ascending
//             || u32 n || n * (LP8(name) || LP16(value)), names ascending
#ifndef TIDEGATE_CRYPTO_VAULT_KEYRING_H_
#define TIDEGATE_CRYPTO_VAULT_KEYRING_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/secret.h"
#include "crypto/vault/vault.h"

namespace tidegate::vault {

inline constexpr size_t kMaxKeyringSize = size_t{16} << 20;
inline constexpr size_t kMaxEpochs = 4096;
inline constexpr size_t kMaxRetentionSize = 64;

struct DataKey {
  std::string retention;
  bool current = false;
  crypto::Secret<32> key;
};

struct Contents {
  uint32_t next_epoch = 1;
  crypto::Secret<32> index_key;
  std::map<uint32_t, DataKey> epochs;
  std::map<std::string, crypto::SecretBytes, std::less<>> secrets;

  Contents Clone() const;
};

// Writes the contents into one buffer, which never moves while it grows and has `spare` free bytes at its end. The
// caller must encrypt the buffer in place or zeroise it.
std::string EncodeContents(const Contents& contents, size_t spare);
// Strict: it accepts one form. The caller must zeroise `bytes`.
absl::StatusOr<Contents> DecodeContents(std::string_view bytes);

// The wrapping: the header's cost and salt, and the key derived from them and the master key.
class Keyring {
 public:
  struct Opened;

  // A fresh salt.
  static absl::StatusOr<Keyring> Make(MasterKey master);
  // Unauthenticated if the master key is wrong or a byte was changed.
  static absl::StatusOr<Opened> Unwrap(std::string_view file, MasterKey master);

  // The file's bytes. The nonce is fresh each time.
  absl::StatusOr<std::string> Wrap(const Contents& contents) const;
  // The same master key, wrapping under a fresh salt.
  absl::StatusOr<Keyring> Renewed() const;
  // A copy.
  MasterKey Master() const;

 private:
  Keyring(MasterKey master, const std::array<uint8_t, 16>& salt, crypto::Secret<32> wrap_key);
  static absl::StatusOr<crypto::Secret<32>> Derive(const MasterKey& master, const std::array<uint8_t, 16>& salt);

  MasterKey master_;
  std::array<uint8_t, 16> salt_;
  crypto::Secret<32> wrap_key_;
};

struct Keyring::Opened {
  Keyring keyring;
  Contents contents;
};

}  // namespace tidegate::vault

#endif  // TIDEGATE_CRYPTO_VAULT_KEYRING_H_
