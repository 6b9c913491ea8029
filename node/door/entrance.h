// TLS 1.3 and who may pass it: a pinned key, or the proof of an invitation's letter. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_ENTRANCE_H_
#define TIDEGATE_NODE_DOOR_ENTRANCE_H_

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/certificate.h"
#include "crypto/openssl.h"
#include "node/door/door.h"
#include "node/door/hello.h"

namespace tidegate::door {

inline constexpr uint64_t kHandshakeMs = 10000;
inline constexpr int kMaxCertificateBytes = 8 << 10;  // of a chain, as the other side sends it

using SslPtr = crypto::Owned<SSL, SSL_free>;
using SslContextPtr = crypto::Owned<SSL_CTX, SSL_CTX_free>;

// The claims and proofs of one handshake, or why it was refused. Filled while the handshake runs; outlives its SSL.
struct Caller {
  crypto::Hash spki{};
  std::string certificate;        // PEM
  std::optional<Reason> refused;  // set where the certificate was looked at and refused
  bool ourselves = false;
  HelloWatch hello;
};

// Key and certificate, for either side; false if they do not fit each other.
bool UseCertificate(SSL_CTX* context, const Certificate& certificate);
bool UseCertificate(SSL* ssl, const Certificate& certificate);

// Reads the other side's certificate. InvalidArgument if it cannot be read.
struct Shown {
  std::string pem;
  crypto::CertificateFacts facts;
  bool valid_now() const;
};
absl::StatusOr<Shown> ReadShown(X509* certificate);

class Entrance {
 public:
  static absl::StatusOr<std::unique_ptr<Entrance>> Make(const Certificate& certificate);

  absl::Status SetCertificate(const Certificate& certificate);
  void SetPins(const Pins& pins);
  // The server's side of one connection; null if memory is short.
  SslPtr Begin(int socket, Caller& caller);

 private:
  Entrance() = default;
  static int Verify(X509_STORE_CTX* store, void* self);
  // Why not, or nothing. Takes as long for a stranger whether or not an invitation is open.
  std::optional<Reason> Judge(X509* certificate, Caller& caller) const;
  bool HasLetter(const crypto::Hash& spki, std::string_view name) const;

  SslContextPtr context_;
  std::map<crypto::Hash, bool> pins_;
  std::vector<crypto::Hash> letters_;
  crypto::Hash ourselves_{};
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_ENTRANCE_H_
