#include "node/door/entrance.h"

#include <openssl/err.h>

#include <chrono>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/kdf.h"

namespace tidegate::door {
namespace {

constexpr std::string_view kProofLabel{"TDGdpr1\0", 8};
constexpr size_t kProofDigits = 32;

// HTTP/2 or nothing.
int SelectH2(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered, unsigned length,
             void*) {
  static constexpr unsigned char kH2[] = {2, 'h', '2'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_length, kH2, sizeof kH2, offered, length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

absl::StatusOr<std::string> ToPem(X509* certificate) {
  const crypto::OwnedBio out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) return absl::InvalidArgumentError("door: a certificate");
  return crypto::WrittenTo(out.get());
}

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string LetterProof(const crypto::Hash& letter_key, const crypto::Hash& spki) {
  const crypto::Ephemeral<32> proof = crypto::HmacSha256(crypto::View(letter_key), {kProofLabel, crypto::View(spki)});
  const std::string_view bytes = proof.Expose().substr(0, kProofDigits / 2);
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<std::unique_ptr<Entrance>> Entrance::Make(const Certificate& certificate) {
  std::unique_ptr<Entrance> entrance(new Entrance());
  entrance->context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = entrance->context_.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 || SSL_CTX_set_num_tickets(context, 0) != 1) {
    return absl::InternalError("door: TLS cannot be set up");
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // One read takes one record: tickets and new keys without end must not hold the thread.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateBytes);
  SSL_CTX_set_alpn_select_cb(context, SelectH2, nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &Entrance::Verify, entrance.get());
  if (absl::Status set = entrance->SetCertificate(certificate); !set.ok()) return set;
  return entrance;
}

namespace {

template <typename Use>
bool UseParsed(const Certificate& certificate, const Use& use) {
  const crypto::OwnedX509 x509 = crypto::X509FromPem(certificate.pem);
  const crypto::OwnedKey key = crypto::KeyFromPem(certificate.key.Expose());
  const bool used = x509 && key && use(x509.get(), key.get()) == 1;
  ERR_clear_error();
  return used;
}

}  // namespace

bool UseCertificate(SSL_CTX* context, const Certificate& certificate) {
  return UseParsed(certificate, [context](X509* x509, EVP_PKEY* key) {
    return SSL_CTX_use_cert_and_key(context, x509, key, nullptr, 1);
  });
}

bool UseCertificate(SSL* ssl, const Certificate& certificate) {
  return UseParsed(certificate,
                   [ssl](X509* x509, EVP_PKEY* key) { return SSL_use_cert_and_key(ssl, x509, key, nullptr, 1); });
}

absl::StatusOr<Shown> ReadShown(X509* certificate) {
  absl::StatusOr<std::string> pem = ToPem(certificate);
  if (!pem.ok()) return pem.status();
  absl::StatusOr<crypto::CertificateFacts> facts = crypto::ReadCertificate(*pem);
  if (!facts.ok()) return facts.status();
  return Shown{*std::move(pem), *std::move(facts)};
}

bool Shown::valid_now() const {
  const int64_t now = NowSeconds();
  return now >= facts.not_before && now <= facts.not_after;
}

absl::Status Entrance::SetCertificate(const Certificate& certificate) {
  if (UseCertificate(context_.get(), certificate)) return absl::OkStatus();
  return absl::InvalidArgumentError("door: our certificate and its key do not fit each other");
}

void Entrance::SetPins(const Pins& pins) {
  pins_.clear();
  for (const Pins::Pin& pin : pins.pins) pins_.emplace(pin.spki, pin.allowed);
  letters_ = pins.letters;
  ourselves_ = pins.ourselves;
}

namespace {

// After each read of the socket, before TLS sees what came. A negative answer is an error of the socket.
long ReadAlong(BIO* socket, int operation, const char* bytes, size_t /*most*/, int /*unused*/, long /*unused*/,
               int result, size_t* length) {
  if (operation != (BIO_CB_READ | BIO_CB_RETURN) || result <= 0) return result;
  auto& caller = *reinterpret_cast<Caller*>(BIO_get_callback_arg(socket));
  if (caller.hello.Take({bytes, *length})) return result;
  caller.refused = Reason::kHandshake;
  return -1;
}

}  // namespace

SslPtr Entrance::Begin(int socket, Caller& caller) {
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  BIO_set_callback_ex(SSL_get_rbio(ssl.get()), &ReadAlong);
  BIO_set_callback_arg(SSL_get_rbio(ssl.get()), reinterpret_cast<char*>(&caller));
  SSL_set_app_data(ssl.get(), &caller);
  SSL_set_accept_state(ssl.get());
  return ssl;
}

int Entrance::Verify(X509_STORE_CTX* store, void* self) {
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* const certificate = X509_STORE_CTX_get0_cert(store);
  if (ssl == nullptr || certificate == nullptr) return 0;
  auto& caller = *static_cast<Caller*>(SSL_get_app_data(ssl));
  caller.refused = static_cast<const Entrance*>(self)->Judge(certificate, caller);
  if (!caller.refused.has_value() && !caller.ourselves) return 1;
  // Who has a pinned key, or a letter, may know that it is the clock: the alert says so. Nobody else gets so far.
  const bool clock = caller.refused == Reason::kNotValidNow;
  X509_STORE_CTX_set_error(store, clock ? X509_V_ERR_CERT_HAS_EXPIRED : X509_V_ERR_CERT_REJECTED);
  return 0;
}

bool Entrance::HasLetter(const crypto::Hash& spki, std::string_view name) const {
  // As many proofs for everybody, so that the time does not tell whether an invitation is open.
  static constexpr crypto::Hash kNobodys{};
  bool found = false;
  for (size_t i = 0; i < kMaxLetters; ++i) {
    const std::string proof = LetterProof(i < letters_.size() ? letters_[i] : kNobodys, spki);
    const bool same = name.size() == proof.size() && crypto::ConstantTimeEqual(name, proof);
    if (same && i < letters_.size()) found = true;
  }
  return found;
}

std::optional<Reason> Entrance::Judge(X509* certificate, Caller& caller) const {
  absl::StatusOr<Shown> shown = ReadShown(certificate);
  if (!shown.ok()) return Reason::kHandshake;
  const crypto::CertificateFacts& facts = shown->facts;
  caller.spki = facts.spki;
  caller.certificate = std::move(shown->pem);
  caller.ourselves = facts.spki == ourselves_;
  const bool letter = HasLetter(facts.spki, facts.common_name);
  const auto pin = pins_.find(facts.spki);
  if (pin == pins_.end() && !letter) return Reason::kNotPinned;
  if (pin != pins_.end() && !pin->second) return Reason::kSuspended;
  if (!shown->valid_now()) return Reason::kNotValidNow;
  return std::nullopt;
}

}  // namespace tidegate::door
