#include "tests/fault/rude/h2.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "crypto/openssl.h"

namespace tidegate::rude {

bool UseIdentity(SSL_CTX* context, const Identity& identity) {
  const crypto::OwnedX509 x509 = crypto::X509FromPem(identity.certificate);
  const crypto::OwnedKey key = crypto::KeyFromPem(identity.key);
  return x509 && key && SSL_CTX_use_cert_and_key(context, x509.get(), key.get(), nullptr, 1) == 1;
}

int Connect(int port) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // else each piece waits 40 ms for the one before
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (file >= 0 && connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return file;
  if (file >= 0) close(file);
  return -1;
}

std::unique_ptr<Client> Client::Dial(int port, const Identity& identity, int newest) {
  const int file = Connect(port);
  if (file < 0) return nullptr;
  const timeval patience{5, 0};
  setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, newest);
  if (!identity.key.empty() && !UseIdentity(context, identity)) return nullptr;
  const unsigned char h2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context, h2, sizeof h2);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, file);
  std::unique_ptr<Client> client(new Client(context, ssl, file));
  ERR_clear_error();
  if (SSL_connect(ssl) != 1) return nullptr;
  return client;
}

std::unique_ptr<Client> Client::Accept(int socket, SSL_CTX* context) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{5, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  SSL_CTX_up_ref(context);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket);
  std::unique_ptr<Client> client(new Client(context, ssl, socket));
  client->accepted_ = true;
  ERR_clear_error();
  return SSL_accept(ssl) == 1 ? std::move(client) : nullptr;
}

Client::~Client() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  close(socket_);
}

bool Client::Say(std::string_view bytes) {
  while (!gone_ && !bytes.empty()) {
    ERR_clear_error();
    const int length = SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
    if (length <= 0) {
      gone_ = true;
      break;
    }
    bytes.remove_prefix(static_cast<size_t>(length));
  }
  return !gone_;
}

bool Client::ChangeKeys() {
  ERR_clear_error();
  const bool changed = !gone_ && SSL_key_update(ssl_, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl_) == 1;
  gone_ = gone_ || !changed;
  return changed;
}

bool Client::Begin(bool acknowledges) {
  std::string first(kPreface);
  first += FrameOf(kSettings, 0, 0, "");
  if (acknowledges) first += FrameOf(kSettings, kAck, 0, "");
  return Say(first);
}

bool Client::Listen(int ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  for (bool first = true; !gone_; first = false) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left < 0 && !first) break;
    pollfd wait{socket_, POLLIN, 0};
    if (SSL_pending(ssl_) == 0 && poll(&wait, 1, static_cast<int>(std::max<int64_t>(left, 0))) <= 0) {
      if (left <= 0) break;
      continue;
    }
    std::array<char, 16384> bytes;
    ERR_clear_error();
    const int length = SSL_read(ssl_, bytes.data(), bytes.size());
    if (length <= 0) {
      gone_ = true;
      break;
    }
    in_.append(bytes.data(), static_cast<size_t>(length));
    Take();
  }
  return !gone_;
}

void Client::Take() {
  if (in_.compare(0, kPreface.size(), kPreface) == 0) in_.erase(0, kPreface.size());  // of who has dialled us
  while (in_.size() >= 9) {
    const auto at = [this](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(in_[i])); };
    const size_t length = at(0) << 16 | at(1) << 8 | at(2);
    if (in_.size() < 9 + length) return;
    const uint32_t stream = at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8);
    const uint32_t type = at(3);
    if (stream != 0 && (type == kData || type == kHeaders || type == kReset) && stream != last_answered_) {
      ++answers_;
      last_answered_ = stream;
    }
    if (type == kHeaders) asked_ = std::max(asked_, stream);
    if (type == kPing && (at(4) & kAck) != 0) ++pongs_;
    if (type == kPing && (at(4) & kAck) == 0) {
      ++pings_;
      if (accepted_) Say(FrameOf(kPing, kAck, 0, std::string(in_, 9, length)));
    }
    if (type == kWindow && length == 4) granted_[stream] += at(9) << 24 | at(10) << 16 | at(11) << 8 | at(12);
    const bool ends = (type == kHeaders || type == kData) && (at(4) & kEndStream) != 0;
    if (stream != 0 && (ends || type == kReset)) ended_.insert(stream);
    in_.erase(0, 9 + length);
  }
}

bool Client::Pour(uint32_t stream, std::string_view bytes) {
  constexpr uint64_t kFirstWindow = 65535;  // RFC 9113 §6.9.2
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, 16384);
    const auto fits = [&](uint32_t of) { return poured_[of] + piece.size() <= kFirstWindow + granted_[of]; };
    while (!fits(0) || !fits(stream)) {
      if (!Listen(1) || ended_.count(stream) > 0 || std::chrono::steady_clock::now() > deadline) return false;
    }
    if (!Say(FrameOf(kData, 0, stream, piece))) return false;
    poured_[0] += piece.size();
    poured_[stream] += piece.size();
    bytes.remove_prefix(piece.size());
  }
  return true;
}

bool Client::Ask(uint32_t stream, std::string_view path, std::string_view message, int ms) {
  const size_t before = answers_;
  if (!Say(FrameOf(kHeaders, kEndHeaders, stream, RequestHeaders(path)) +
           FrameOf(kData, kEndStream, stream, Framed(message)))) {
    return false;
  }
  for (int waited = 0; waited < ms && answers_ == before && !gone_; waited += 20) Listen(20);
  return answers_ > before;
}

}  // namespace tidegate::rude
