// HTTP/2 over TLS written by hand: a client, and the server's end of one connection, that keep only the rules they want
// to.
#ifndef TIDEGATE_TESTS_FAULT_RUDE_H2_H_
#define TIDEGATE_TESTS_FAULT_RUDE_H2_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/h2_frames.h"

namespace tidegate::rude {

using namespace h2;  // NOLINT(google-build-using-namespace): the names of frames

// A TCP connection to 127.0.0.1; -1 where there is none.
int Connect(int port);

struct Identity {
  std::string certificate, key;  // PEM
};

bool UseIdentity(SSL_CTX* context, const Identity& identity);

class Client {
 public:
  // Through the handshake; null if it is not let in. `newest` is the newest version of TLS that it speaks.
  static std::unique_ptr<Client> Dial(int port, const Identity& identity, int newest = TLS1_3_VERSION);
  // The other end: takes an accepted socket through the handshake; null if the caller does not come through.
  static std::unique_ptr<Client> Accept(int socket, SSL_CTX* context);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False once the other side has gone.
  bool Say(std::string_view bytes);
  // Preface (a client's) and settings; with the acknowledgement of theirs, or without.
  bool Begin(bool acknowledges = true);
  // Takes new keys to write with, and tells the other side (TLS 1.3, KeyUpdate). False once the other side has gone.
  bool ChangeKeys();
  // Reads for so long; false once the other side has gone.
  bool Listen(int ms);
  // Calls and waits for the answer: gRPC's status is not looked at, only that there is one.
  bool Ask(uint32_t stream, std::string_view path, std::string_view message, int ms = 3000);

  // Data within the windows that the other side opens; false if it is gone, has ended the stream, or opens none.
  bool Pour(uint32_t stream, std::string_view bytes);

  bool gone() const { return gone_; }
  // Streams on which headers, data or a reset came.
  size_t answers() const { return answers_; }
  size_t pings() const { return pings_; }
  // Answers to our own pings: what we said before has been read.
  size_t pongs() const { return pongs_; }
  // Streams that the other side has ended.
  size_t ended() const { return ended_.size(); }
  // The largest stream on which the other side has sent headers; 0 before.
  uint32_t asked() const { return asked_; }

 private:
  Client(SSL_CTX* context, SSL* ssl, int socket) : context_(context), ssl_(ssl), socket_(socket) {}
  void Take();

  SSL_CTX* context_;
  SSL* ssl_;
  int socket_;
  std::string in_;
  size_t answers_ = 0, pings_ = 0, pongs_ = 0;
  uint32_t last_answered_ = 0, asked_ = 0;
  std::set<uint32_t> ended_;
  std::map<uint32_t, uint64_t> granted_, poured_;  // by stream; 0 is the connection
  bool gone_ = false;
  bool accepted_ = false;  // then it answers pings
};

}  // namespace tidegate::rude

#endif  // TIDEGATE_TESTS_FAULT_RUDE_H2_H_
