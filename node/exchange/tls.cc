#include "node/exchange/tls.h"

#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/certificate.h"
#include "node/exchange/refusal.h"
#include "node/parcel/parcel.h"

namespace tidegate::exchange {
namespace {

namespace tls = grpc::experimental;
constexpr unsigned kWatchSeconds = 60;
constexpr uint64_t kRenewAfterMs = uint64_t{partner::kTlsCertificateDays} * partner::kDayMs / 3;

absl::Status Failed(std::string_view what) {
  return absl::InternalError(absl::StrCat("exchange: cannot ", std::string(what), ": ", std::strerror(errno)));
}

absl::Status Replace(int file, std::string_view bytes) {
  if (ftruncate(file, static_cast<off_t>(bytes.size())) != 0) return Failed("size a memory file");
  if (pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return Failed("write a memory file");
  }
  return absl::OkStatus();
}

std::string PathOf(int file) { return absl::StrCat("/proc/self/fd/", file); }

std::string_view AsView(grpc::string_ref text) { return {text.data(), text.size()}; }

// Runs after each handshake, on gRPC's threads.
class ClientVerifier : public tls::ExternalCertificateVerifier {
 public:
  ClientVerifier(const partner::Directory& directory, std::string organisation)
      : directory_(directory), organisation_(std::move(organisation)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    *sync_status = Refused(Check(AsView(request->peer_cert())), organisation_, "dialling");
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status Check(std::string_view certificate) const {
    const absl::StatusOr<crypto::CertificateFacts> facts = crypto::ReadCertificate(certificate);
    if (!facts.ok()) return parcel::AtLayer(parcel::Layer::kTls, facts.status());
    const absl::StatusOr<Peer> peer = CheckPeer(directory_, *facts, NowMs());
    if (!peer.ok()) return peer.status();
    if (peer->partner != nullptr && peer->partner->organisation == organisation_) return absl::OkStatus();
    return parcel::Refuse(parcel::Layer::kTls, "the certificate that answers is not the pinned one");
  }

  const partner::Directory& directory_;
  const std::string organisation_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OwnCertificate>> OwnCertificate::Make(const partner::Identity& identity,
                                                                     std::string name) {
  std::unique_ptr<OwnCertificate> own(new OwnCertificate());
  own->name_ = std::move(name);
  own->key_file_ = memfd_create("tidegate-tls-key", MFD_CLOEXEC);
  own->certificate_file_ = memfd_create("tidegate-tls-certificate", MFD_CLOEXEC);
  if (own->key_file_ < 0 || own->certificate_file_ < 0) return Failed("make a memory file");
  if (absl::Status written = own->Write(identity, NowMs()); !written.ok()) return written;
  own->provider_ = std::make_shared<tls::FileWatcherCertificateProvider>(PathOf(own->key_file_),
                                                                         PathOf(own->certificate_file_), kWatchSeconds);
  return own;
}

OwnCertificate::~OwnCertificate() {
  provider_.reset();
  if (key_file_ >= 0) {
    close(key_file_);
  }
  if (certificate_file_ >= 0) {
    close(certificate_file_);
  }
}

absl::Status OwnCertificate::Write(const partner::Identity& identity, uint64_t now_ms) {
  absl::StatusOr<std::string> certificate = identity.TlsCertificate(now_ms, name_);
  if (!certificate.ok()) return certificate.status();
  if (absl::Status written = Replace(certificate_file_, *certificate); !written.ok()) return written;
  written_ms_ = now_ms;
  return Replace(key_file_, identity.tls_key().Expose());
}

absl::Status OwnCertificate::RenewIfDue(const partner::Identity& identity, uint64_t now_ms) {
  if (now_ms < written_ms_ + kRenewAfterMs) return absl::OkStatus();
  return Write(identity, now_ms);
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

std::shared_ptr<grpc::ChannelCredentials> PinnedChannelCredentials(const OwnCertificate& own,
                                                                   const partner::Directory& directory,
                                                                   std::string organisation) {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(own.provider());
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(false);  // by a certificate authority: we pin instead
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<ClientVerifier>(directory, std::move(organisation)));
  return tls::TlsCredentials(options);
}

}  // namespace tidegate::exchange
