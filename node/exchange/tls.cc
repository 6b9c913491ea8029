#include "node/exchange/tls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/exchange/refusal.h"
#include "node/parcel/parcel.h"

namespace tidegate::exchange {

absl::StatusOr<door::Certificate> OwnCertificate(const partner::Identity& identity, std::string_view name) {
  absl::StatusOr<std::string> pem = identity.TlsCertificate(NowMs(), name);
  if (!pem.ok()) return pem.status();
  return door::Certificate{*std::move(pem), identity.tls_key().Clone()};
}

absl::StatusOr<Peer> CheckPeer(const partner::Directory& directory, const crypto::CertificateFacts& certificate,
                               uint64_t now_ms) {
  Peer peer;
  peer.spki = certificate.spki;
  peer.partner = directory.FindByTls(certificate.spki);
  if (peer.partner == nullptr && !directory.InvitationOpen(now_ms)) {
    return parcel::Refuse(parcel::Layer::kTls, "a certificate that is pinned for nobody");
  }
  const int64_t now = static_cast<int64_t>(now_ms / 1000);
  if (now < certificate.not_before || now > certificate.not_after) {
    return parcel::Refuse(
        parcel::Layer::kTls,
        absl::StrCat("the certificate", peer.partner ? absl::StrCat(" of `", peer.partner->organisation, "`") : "",
                     " is not valid now; compare the clocks"));
  }
  if (peer.partner != nullptr && peer.partner->suspended) {
    return parcel::Refuse(parcel::Layer::kIdentity,
                          absl::StrCat("partner `", peer.partner->organisation, "` is suspended"));
  }
  return peer;
}

}  // namespace tidegate::exchange
