// Authenticated encryption with associated data.
//
//   Takes    a key, and for each message a nonce that this key never saw before
//   Gives    ciphertext || 16-byte tag
//   Must     give out no plaintext that did not verify. WARNING: GCM and ChaCha20-Poly1305 do not commit to their key
//   Threads  one thread at a time for each Aead, which keeps a working context
#ifndef TIDEGATE_CRYPTO_AEAD_H_
#define TIDEGATE_CRYPTO_AEAD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::crypto {

enum class AeadAlgorithm : uint8_t {
  kAes128Gcm,          // 16-byte key, 12-byte nonce; NIST SP 800-38D
  kAes256Gcm,          // 32, 12
  kChaCha20Poly1305,   // 32, 12; RFC 8439
  kXChaCha20Poly1305,  // 32, 24; draft-irtf-cfrg-xchacha: the nonce may be random
  kXAes256Gcm,         // 32, 24; C2SP XAES-256-GCM: the nonce may be random
};

inline constexpr size_t kAeadTagSize = 16;
size_t AeadKeySize(AeadAlgorithm algorithm);
size_t AeadNonceSize(AeadAlgorithm algorithm);

// A cipher under one key. The key's schedule is computed once. Every failure to open is Unauthenticated, and the error
// says nothing else. A nonce of the wrong size, or a message beyond 2^31 - 64 bytes, is InvalidArgument.
class Aead {
 public:
  static absl::StatusOr<Aead> Create(AeadAlgorithm algorithm, std::string_view key);
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  ~Aead();

  AeadAlgorithm algorithm() const { return algorithm_; }

  absl::StatusOr<std::string> Seal(std::string_view nonce, std::string_view aad, std::string_view plaintext);
  absl::StatusOr<std::string> Open(std::string_view nonce, std::string_view aad, std::string_view ciphertext);

  // The same, but they append the result to `out`. On error `out` is unchanged. `out` must not overlap the input.
  absl::Status SealAppend(std::string_view nonce, std::string_view aad, std::string_view plaintext, std::string& out);
  absl::Status OpenAppend(std::string_view nonce, std::string_view aad, std::string_view ciphertext, std::string& out);

  // The same on buffer[from, end), without a copy. Sealing appends the tag; reserve 16 bytes for it, or the buffer is
  // copied. Opening removes the tag. If opening fails, the buffer is cut back to `from`.
  absl::Status SealInPlace(std::string_view nonce, std::string_view aad, std::string& buffer, size_t from = 0);
  absl::Status OpenInPlace(std::string_view nonce, std::string_view aad, std::string& buffer, size_t from = 0);

 private:
  class Cipher;
  class EvpCipher;
  class XChaCha;
  class XAes;
  Aead(AeadAlgorithm algorithm, std::unique_ptr<Cipher> cipher);
  absl::Status Check(std::string_view nonce, std::string_view aad, size_t length) const;

  AeadAlgorithm algorithm_;
  std::unique_ptr<Cipher> cipher_;
};

// For a key that is used once.
absl::StatusOr<std::string> AeadSeal(AeadAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view aad, std::string_view plaintext);
absl::StatusOr<std::string> AeadOpen(AeadAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view aad, std::string_view ciphertext);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_AEAD_H_
