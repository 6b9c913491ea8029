// Dialling one's own door.
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "node/door/clock.h"
#include "node/door/entrance.h"

namespace tidegate::door {
namespace {

absl::Status NoAnswer(const char* why) { return absl::UnavailableError(why); }

class File {
 public:
  explicit File(int number) : number_(number) {}
  ~File() {
    if (number_ >= 0) close(number_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

bool Wait(int file, short events, uint64_t deadline_ms) {
  const uint64_t now_ms = NowMs();
  pollfd wait{file, events, 0};
  return now_ms < deadline_ms && poll(&wait, 1, static_cast<int>(deadline_ms - now_ms)) == 1;
}

// If the node listens on every address, dial the loopback address.
std::string DialHost(std::string host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

absl::Status ShakeHands(SSL* ssl, int file, uint64_t deadline_ms) {
  while (true) {
    ERR_clear_error();
    const int done = SSL_connect(ssl);
    if (done == 1) return absl::OkStatus();
    const int error = SSL_get_error(ssl, done);
    const bool reads = error == SSL_ERROR_WANT_READ;
    if (!reads && error != SSL_ERROR_WANT_WRITE) return NoAnswer("it ended the handshake");
    if (!Wait(file, reads ? POLLIN : POLLOUT, deadline_ms)) return NoAnswer("no answer in time");
  }
}

}  // namespace

absl::Status Knock(std::string_view address, const Certificate& certificate, uint64_t patience_ms) {
  const uint64_t deadline_ms = NowMs() + patience_ms;
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return NoAnswer("no address");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string host = DialHost(std::string(address.substr(0, colon))), port(address.substr(colon + 1));
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return NoAnswer("its name is not known");
  const File file(socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool begun =
      file.number() >= 0 && (connect(file.number(), found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS);
  freeaddrinfo(found);
  if (!begun || !Wait(file.number(), POLLOUT, deadline_ms)) return NoAnswer("no connection");
  const crypto::Owned<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_client_method()));
  if (!context || !UseCertificate(context.get(), certificate)) return NoAnswer("no certificate");
  static constexpr std::array<unsigned char, 3> kH2 = {2, 'h', '2'};
  const SslPtr ssl(SSL_new(context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), file.number()) != 1 ||
      SSL_set_alpn_protos(ssl.get(), kH2.data(), kH2.size()) != 0) {
    return NoAnswer("no memory");
  }
  return ShakeHands(ssl.get(), file.number(), deadline_ms);
}

}  // namespace tidegate::door
