// TLS 1.3 or nothing. gRPC 1.51 has no setter for the version and raises the minimum only to 1.2, but it leaves alone
// what OpenSSL's own configuration has switched off (`system_default` of the ssl module). So the configuration is given
// to OpenSSL from memory: no file and no environment variable that somebody could forget or change.
#include <openssl/conf.h>
#include <openssl/ssl.h>

#include <memory>
#include <string_view>

#include "crypto/openssl.h"
#include "node/exchange/exchange.h"
#include "node/exchange/tls.h"

namespace tidegate::exchange {
namespace {

constexpr std::string_view kConfiguration =
    "tidegate = tidegate_modules\n"
    "[tidegate_modules]\n"
    "ssl_conf = tidegate_ssl\n"
    "[tidegate_ssl]\n"
    "system_default = tidegate_tls\n"
    "[tidegate_tls]\n"
    "Protocol = ALL,-SSLv3,-TLSv1,-TLSv1.1,-TLSv1.2\n";

absl::Status Load() {
  // The machine's own configuration first, so that it cannot replace ours later.
  if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr) != 1) {
    return absl::InternalError("exchange: OpenSSL cannot be initialised");
  }
  const crypto::OwnedBio text = crypto::BioOver(kConfiguration);
  const crypto::Owned<CONF, NCONF_free> configuration(NCONF_new(nullptr));
  long line = 0;  // NOLINT(google-runtime-int): OpenSSL's type
  if (!text || !configuration || NCONF_load_bio(configuration.get(), text.get(), &line) != 1 ||
      CONF_modules_load(configuration.get(), "tidegate", 0) != 1) {
    return absl::InternalError("exchange: OpenSSL does not take the configuration that allows TLS 1.3 only");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RequireTls13() {
  static const absl::Status loaded = Load();
  if (!loaded.ok()) return loaded;
  return CheckTls13();
}

absl::Status CheckTls13() {
  const crypto::Owned<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_method()));
  const uint64_t older = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2;
  if (!context || (SSL_CTX_get_options(context.get()) & older) != older) {
    return absl::FailedPreconditionError(
        "exchange: TLS below 1.3 is possible in this process; call RequireTls13 first");
  }
  return absl::OkStatus();
}

}  // namespace tidegate::exchange
