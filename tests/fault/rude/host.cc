#include "tests/fault/rude/host.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace tidegate::rude {

SSL_CTX* ServerContext(const Identity& identity) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr || !UseIdentity(context, identity)) return nullptr;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char*, unsigned, void*) {
        static constexpr unsigned char kH2[] = {'h', '2'};
        *out = kH2;
        *length = sizeof kH2;
        return SSL_TLSEXT_ERR_OK;
      },
      nullptr);
  return context;
}

Host::Host(int port, Manner manner) : manner_(std::move(manner)) {
  const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (bind(file, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // who had the port before is going
  }
  if (listen(file, 16) != 0) {
    close(file);
    return;
  }
  listener_ = file;
  socklen_t length = sizeof address;
  getsockname(file, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { Accept(); });
}

Host::~Host() {
  stop_ = true;
  ++turn_;
  if (accepting_.joinable()) accepting_.join();
  for (std::thread& thread : threads_) thread.join();
  if (listener_ >= 0) close(listener_);
}

void Host::Behave(Manner manner) {
  std::vector<std::thread> before;
  {
    std::lock_guard lock(mutex_);
    manner_ = std::move(manner);
    ++turn_;
    came_ = 0;
    before.swap(threads_);
  }
  for (std::thread& thread : before) thread.join();
}

void Host::Accept() {
  while (!stop_) {
    pollfd wait{listener_, POLLIN, 0};
    if (poll(&wait, 1, 20) <= 0) continue;
    const int file = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (file < 0) continue;
    std::lock_guard lock(mutex_);
    ++came_;
    threads_.emplace_back(
        [this, file, manner = manner_, turn = turn_.load()] { manner(file, [this, turn] { return turn_ != turn; }); });
  }
}

}  // namespace tidegate::rude
