// HTTP/2 over TLS written by hand: a client that keeps only the rules it wants to. No library would send what it sends.
#ifndef TIDEGATE_TESTS_FAULT_RUDE_H2_H_
#define TIDEGATE_TESTS_FAULT_RUDE_H2_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/http2.h"

namespace tidegate::rude {

using namespace http2;  // a rude client speaks little else

// A TCP connection to 127.0.0.1; -1 where there is none.
int Connect(int port);

struct Identity {
  std::string certificate, key;  // PEM
};

class Client {
 public:
  // Through the handshake; null where it is not let in. `newest` is the newest version of TLS that it speaks.
  static std::unique_ptr<Client> Dial(int port, const Identity& identity, int newest = TLS1_3_VERSION);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False once the other side has gone.
  bool Say(std::string_view bytes);
  // Preface and settings; with the acknowledgement of theirs, or without.
  bool Begin(bool acknowledges = true);
  // Reads for so long, or until `enough` holds; false once the other side has gone.
  bool Listen(int ms);
  // Calls and waits for the answer: gRPC's status is not looked at, only that there is one.
  bool Ask(uint32_t stream, std::string_view path, std::string_view message, int ms = 3000);

  bool gone() const { return gone_; }
  // Streams on which headers, data or a reset came.
  size_t answers() const { return answers_; }

 private:
  Client(SSL_CTX* context, SSL* ssl, int socket) : context_(context), ssl_(ssl), socket_(socket) {}
  void Take();

  SSL_CTX* context_;
  SSL* ssl_;
  int socket_;
  std::string in_;
  size_t answers_ = 0;
  uint32_t last_answered_ = 0;
  bool gone_ = false;
};

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_H2_H_
