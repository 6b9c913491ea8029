#include "crypto/sign.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "crypto/bytes.h"

namespace tidegate::crypto {
namespace {}  // namespace

SigningKey SigningKey::Make(std::string_view seed) {
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.key_.ExposeForWriting().data(), Octets(seed));
  return key;
}

SigningKey SigningKey::Generate() { return Make(Secret<32>::Random().Expose()); }

absl::StatusOr<SigningKey> SigningKey::FromSeed(std::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) return absl::InvalidArgumentError("crypto: an Ed25519 seed has 32 bytes");
  return Make(seed);
}

Signature SigningKey::Sign(std::string_view message) const {
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, Octets(message), message.size(), Octets(key_.Expose()));
  return signature;
}

std::string_view SigningKey::ExposeSeed() const { return key_.Expose().substr(0, crypto_sign_SEEDBYTES); }

absl::Status Verify(const PublicKey& key, std::string_view message, std::string_view signature) {
  if (signature.size() != crypto_sign_BYTES) {
    return absl::InvalidArgumentError("crypto: an Ed25519 signature has 64 bytes");
  }
  if (crypto_sign_verify_detached(Octets(signature), Octets(message), message.size(), key.data()) != 0) {
    return absl::UnauthenticatedError("crypto: the signature is not this key's over these bytes");
  }
  return absl::OkStatus();
}

absl::StatusOr<PublicKey> PublicKeyFrom(std::string_view bytes) {
  PublicKey key;
  if (bytes.size() != key.size()) return absl::InvalidArgumentError("crypto: a public key has 32 bytes");
  std::memcpy(key.data(), bytes.data(), key.size());
  return key;
}

}  // namespace tidegate::crypto
