// A server whose every connection does what a fault wants. Private to this program.
#ifndef TIDEGATE_TESTS_FAULT_RUDE_HOST_H_
#define TIDEGATE_TESTS_FAULT_RUDE_HOST_H_

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/fault/rude/h2.h"

namespace tidegate::rude {

class Host {
 public:
  // Handles an accepted connection. It runs on a thread of its own, until `over` holds or it returns.
  using Over = std::function<bool()>;
  using Manner = std::function<void(int socket, const Over& over)>;

  // Listens on this port of 127.0.0.1; 0 takes a free one.
  Host(int port, Manner manner);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  int port() const { return port_; }
  // From the next connection on. Waits until those that are open are over.
  void Behave(Manner manner);
  // Connections that came since then.
  int came() const { return came_; }

 private:
  void Accept();

  int listener_ = -1, port_ = 0;
  std::atomic<int> came_ = 0;
  std::atomic<uint64_t> turn_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  Manner manner_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

// A TLS context of a server that shows this identity and takes any identity of the other side.
SSL_CTX* ServerContext(const Identity& identity);

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_HOST_H_
