#include "crypto/agree.h"

#include <sodium.h>

#include <utility>

#include "crypto/bytes.h"

namespace tidegate::crypto {
namespace {}  // namespace

AgreementKey::AgreementKey(Secret<32> private_key) : private_key_(std::move(private_key)) {
  crypto_scalarmult_base(public_key_.data(), Octets(private_key_.Expose()));
}

AgreementKey AgreementKey::Generate() { return AgreementKey(Secret<32>::Random()); }

absl::StatusOr<AgreementKey> AgreementKey::FromBytes(std::string_view private_key) {
  absl::StatusOr<Secret<32>> secret = Secret<32>::CopyOf(private_key);
  if (!secret.ok()) return absl::InvalidArgumentError("crypto: an X25519 private key has 32 bytes");
  return AgreementKey(*std::move(secret));
}

absl::StatusOr<Secret<32>> AgreementKey::Agree(const PublicKey& peer) const {
  Secret<32> shared;
  if (crypto_scalarmult(shared.ExposeForWriting().data(), Octets(private_key_.Expose()), peer.data()) != 0) {
    return absl::InvalidArgumentError("crypto: the X25519 public key is a point of small order");
  }
  return shared;
}

}  // namespace tidegate::crypto
