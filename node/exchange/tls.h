// Pinned TLS: our certificate as gRPC wants it, and the check of theirs against the live directory. Private to this
// room.
#ifndef TIDEGATE_NODE_EXCHANGE_TLS_H_
#define TIDEGATE_NODE_EXCHANGE_TLS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/certificate.h"
#include "node/partner/partner.h"

namespace tidegate::exchange {

// Whether this process can speak TLS 1.3 only.
absl::Status CheckTls13();

// Key and certificate in memory files that gRPC watches, so that renewing needs no restart.
class OwnCertificate {
 public:
  // `name`: the certificate's; a random one where it is empty.
  static absl::StatusOr<std::unique_ptr<OwnCertificate>> Make(const partner::Identity& identity, std::string name = {});
  ~OwnCertificate();
  OwnCertificate(const OwnCertificate&) = delete;
  OwnCertificate& operator=(const OwnCertificate&) = delete;

  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider() const { return provider_; }
  // Writes a new certificate when a third of the time of the present one is gone. Call it now and then.
  absl::Status RenewIfDue(const partner::Identity& identity, uint64_t now_ms);

 private:
  OwnCertificate() = default;
  absl::Status Write(const partner::Identity& identity, uint64_t now_ms);

  int key_file_ = -1;
  int certificate_file_ = -1;
  std::string name_;
  uint64_t written_ms_ = 0;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

// Who shows this certificate. The error bears the layer tls or identity.
struct Peer {
  crypto::Hash spki{};
  partner::PartnerPtr partner;  // null for a stranger while an invitation is open
};
absl::StatusOr<Peer> CheckPeer(const partner::Directory& directory, const crypto::CertificateFacts& certificate,
                               uint64_t now_ms);

// For one partner: whatever certificate answers must bear its pinned key.
std::shared_ptr<grpc::ChannelCredentials> PinnedChannelCredentials(const OwnCertificate& own,
                                                                   const partner::Directory& directory,
                                                                   std::string organisation);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_TLS_H_
