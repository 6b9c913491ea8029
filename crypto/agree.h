// Key agreement: X25519 (RFC 7748), the Diffie-Hellman step of the envelope.
//
//   Takes    a peer's 32-byte public key
//   Gives    32 shared bytes; make a key of them only with a key derivation
//   Must     refuse a public key that makes the result all zero (RFC 7748 §6.1)
//   Threads  any number of threads may use one AgreementKey
#ifndef TIDEGATE_CRYPTO_AGREE_H_
#define TIDEGATE_CRYPTO_AGREE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

namespace tidegate::crypto {

class AgreementKey {
 public:
  static AgreementKey Generate();
  // Any 32 bytes are a private key; another length is InvalidArgument.
  static absl::StatusOr<AgreementKey> FromBytes(std::string_view private_key);

  const PublicKey& public_key() const { return public_key_; }
  // InvalidArgument if the peer's point is of small order.
  absl::StatusOr<Secret<32>> Agree(const PublicKey& peer) const;
  // Only for the keyring.
  std::string_view ExposePrivateKey() const { return private_key_.Expose(); }

 private:
  explicit AgreementKey(Secret<32> private_key);

  Secret<32> private_key_;
  PublicKey public_key_{};
};

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_AGREE_H_
