// TLS certificates: ECDSA P-256 keys, and self-signed certificates that carry them. A certificate gives no trust: nodes
// know each other by their pinned SubjectPublicKeyInfo.
//
//   Takes    names and times; untrusted PEM to read
//   Gives    keys and certificates as PEM, and the hash that is pinned
//   Must     keep the private key in secret memory
//   Threads  any
#ifndef TIDEGATE_CRYPTO_CERTIFICATE_H_
#define TIDEGATE_CRYPTO_CERTIFICATE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tidegate::crypto {

// A fresh P-256 private key, as PKCS#8 in PEM.
absl::StatusOr<SecretBytes> GenerateTlsKey();

// SHA-256 over the SubjectPublicKeyInfo (RFC 7469 §2.4). InvalidArgument unless it is a P-256 key.
absl::StatusOr<Hash> SpkiOfKey(const SecretBytes& key_pem);

// An X.509 v3 certificate for the key, signed by itself, with a random serial number. Times are unix seconds;
// `common_name` has 1 to 64 bytes.
absl::StatusOr<std::string> SelfSign(const SecretBytes& key_pem, std::string_view common_name, int64_t not_before,
                                     int64_t not_after);

struct CertificateFacts {
  Hash spki{};
  int64_t not_before = 0;
  int64_t not_after = 0;
  std::string common_name;  // the subject's; empty if it has none, or one of more than 64 bytes
};
// Reads the first certificate of a PEM text of at most 64 KiB. It verifies nothing. InvalidArgument if there is none.
absl::StatusOr<CertificateFacts> ReadCertificate(std::string_view pem);

}  // namespace tidegate::crypto

#endif  // TIDEGATE_CRYPTO_CERTIFICATE_H_
