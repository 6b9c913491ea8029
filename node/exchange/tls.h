// Pinned TLS: the certificate that we show, and the check of theirs against the live directory. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_TLS_H_
#define TIDEGATE_NODE_EXCHANGE_TLS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "crypto/certificate.h"
#include "node/door/door.h"
#include "node/partner/partner.h"

namespace tidegate::exchange {

// A certificate of our key that is valid from now on. `name`: the certificate's; a random one where it is empty.
absl::StatusOr<door::Certificate> OwnCertificate(const partner::Identity& identity, std::string_view name = {});

// Who shows this certificate. The error bears the layer tls or identity.
struct Peer {
  crypto::Hash spki{};
  partner::PartnerPtr partner;  // null for a stranger while an invitation is open
};
absl::StatusOr<Peer> CheckPeer(const partner::Directory& directory, const crypto::CertificateFacts& certificate,
                               uint64_t now_ms);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_TLS_H_
