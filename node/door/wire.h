// A connection whose handshake is done: TLS, and the HTTP/2 that is spoken on it. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_WIRE_H_
#define TIDEGATE_NODE_DOOR_WIRE_H_

#include <cstdint>
#include <string>

#include "node/door/entrance.h"
#include "node/door/http2.h"

namespace tidegate::door {

class Wire {
 public:
  // The socket under `ssl` does not block. The speech outlives it.
  Wire(SslPtr ssl, Http2& speech);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Each gives false when the connection is over.
  bool Readable(uint64_t now_ms);
  bool Writable();
  bool wants_to_write() const { return at_ < out_.size(); }
  // OpenSSL's reason for the error that ended it (SSL_R_...); 0 if there was none.
  int error() const { return error_; }

 private:
  static void OnMessage(int written, int version, int type, const void* bytes, size_t length, SSL* ssl, void* self);
  bool GoesOn(int result);

  SslPtr ssl_;
  Http2& speech_;
  std::string out_;
  size_t at_ = 0;
  int error_ = 0;
  uint64_t messages_ = 0;  // of TLS itself, that came since they were counted
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_WIRE_H_
