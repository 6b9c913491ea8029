// Signatures: Ed25519 (RFC 8032), through libsodium, which refuses small-order and non-canonical points.
//
//   Takes    messages that begin with a label of their own (a key signs one kind of message)
//   Gives    64-byte deterministic signatures
//   Must     use each key for one purpose; never turn a signing key into an X25519 key
//   Threads  any number of threads may use one SigningKey
#ifndef TIDEGATE_CRYPTO_SIGN_H_
#define TIDEGATE_CRYPTO_SIGN_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/secret.h"

namespace tidegate::crypto {

using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

class SigningKey {
 public:
  static SigningKey Generate();
  // The 32-byte seed of RFC 8032, else InvalidArgument.
  static absl::StatusOr<SigningKey> FromSeed(std::string_view seed);

  const PublicKey& public_key() const { return public_key_; }
  Signature Sign(std::string_view message) const;
  // Only for the keyring.
  std::string_view ExposeSeed() const;

 private:
  SigningKey() = default;
  static SigningKey Make(std::string_view seed);

  Secret<64> key_;  // seed || public key, as libsodium keeps it
  PublicKey public_key_{};
};

// OK if the signature is this key's over this message. Unauthenticated if not, InvalidArgument for a wrong length.
absl::Status Verify(const PublicKey& key, std::string_view message, std::string_view signature);

// `bytes` has exactly 32 bytes, else InvalidArgument. It does not check that they are a point of the curve.
absl::StatusOr<PublicKey> PublicKeyFrom(std::string_view bytes);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_SIGN_H_
