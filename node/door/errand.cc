#include "node/door/errand.h"

#include <openssl/err.h>
#include <unistd.h>

#include <array>

#include "node/door/clock.h"

namespace tidegate::door {
namespace {

constexpr std::array<unsigned char, 3> kH2 = {2, 'h', '2'};

// The reason that the partner's TLS alert gives, in our words.
Reason ReasonOf(int tls_error, Reason otherwise) {
  switch (tls_error) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return Reason::kTheyDoubtOurClock;
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return Reason::kTheyRefuse;
    default:
      return otherwise;
  }
}

}  // namespace

SslContextPtr DialContext() {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_alpn_protos(context.get(), kH2.data(), kH2.size()) != 0) {
    return nullptr;
  }
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // One read takes one record: tickets and new keys without end must not hold the thread.
  SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_max_cert_list(context.get(), kMaxCertificateBytes);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), &Errand::Verify, nullptr);
  return context;
}

Errand::Errand(int socket, SSL_CTX* context, const crypto::Hash& pin, const Certificate& certificate, Ear& ear,
               uint64_t now_ms)
    : socket_(socket), pin_(pin), began_ms_(now_ms), inquiry_(ear, now_ms), ssl_(SSL_new(context)) {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1 || !UseCertificate(ssl_.get(), certificate)) {
    ssl_.reset();
    why_ = Reason::kHandshake;
    return;
  }
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_connect_state(ssl_.get());
}

Errand::~Errand() {
  wire_.reset();
  ssl_.reset();
  close(socket_);
}

// Of a certificate only the key, which must be the pinned one, and the times count.
int Errand::Verify(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  if (ssl == nullptr || certificate == nullptr) return 0;
  auto& errand = *static_cast<Errand*>(SSL_get_app_data(ssl));
  const absl::StatusOr<Shown> shown = ReadShown(certificate);
  if (!shown.ok() || shown->facts.spki != errand.pin_) {
    errand.why_ = Reason::kWrongKey;
  } else if (!shown->valid_now()) {
    errand.why_ = Reason::kNotValidNow;
  } else {
    return 1;
  }
  const bool clock = errand.why_ == Reason::kNotValidNow;
  X509_STORE_CTX_set_error(store, clock ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_ERR_CERT_REJECTED);
  return 0;
}

Reason Errand::why() const {
  if (why_.has_value()) return *why_;
  if (inquiry_.why().has_value()) return *inquiry_.why();
  return ReasonOf(wire_ ? wire_->error() : tls_error_, wire_ ? Reason::kHungUp : Reason::kHandshake);
}

bool Errand::Handshake(uint64_t now_ms) {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    const unsigned char* spoken = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &spoken, &length);
    if (std::string_view(reinterpret_cast<const char*>(spoken), length) != "h2") {
      why_ = Reason::kProtocol;
      return false;
    }
    inquiry_.Opened(now_ms);
    wire_ = std::make_unique<Wire>(std::move(ssl_), inquiry_);
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), done);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (wants_write_ || error == SSL_ERROR_WANT_READ) return true;
  if (error == SSL_ERROR_SSL) tls_error_ = ERR_GET_REASON(ERR_peek_error());
  return false;
}

bool Errand::Ready(uint64_t now_ms) {
  if (why_.has_value()) return false;
  if (wire_ == nullptr && !Handshake(now_ms)) return false;
  return wire_ == nullptr || (wire_->Readable(now_ms) && wire_->Writable());
}

bool Errand::Tick(uint64_t now_ms) {
  if (wire_ != nullptr) return inquiry_.Tick(now_ms);
  if (now_ms < began_ms_ + Limit(kHandshakeMs)) return true;
  why_ = Reason::kHandshakeTime;
  return false;
}

}  // namespace tidegate::door
