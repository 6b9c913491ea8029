// One connection that we dialled: first its handshake, then what we ask on it. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_ERRAND_H_
#define TIDEGATE_NODE_DOOR_ERRAND_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "node/door/inquiry.h"
#include "node/door/wire.h"

namespace tidegate::door {

// TLS 1.3 for those who dial: nobody is trusted but the pinned key of each connection. Null if memory is short.
SslContextPtr DialContext();

class Errand {
 public:
  // Takes the socket, which is connected and does not block. The ear outlives it.
  Errand(int socket, SSL_CTX* context, const crypto::Hash& pin, const Certificate& certificate, Ear& ear,
         uint64_t now_ms);
  ~Errand();
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  Inquiry& inquiry() { return inquiry_; }
  int socket() const { return socket_; }
  // Each gives false when the connection is over; `why` says why.
  bool Ready(uint64_t now_ms);  // there is something to read, or room to write
  bool Tick(uint64_t now_ms);
  bool wants_to_write() const { return wire_ ? wire_->wants_to_write() : wants_write_; }
  Reason why() const;

 private:
  static int Verify(X509_STORE_CTX* store, void*);
  friend SslContextPtr DialContext();
  bool Handshake(uint64_t now_ms);

  const int socket_;
  const crypto::Hash pin_;
  const uint64_t began_ms_;
  Inquiry inquiry_;
  SslPtr ssl_;  // while the handshake runs; then the wire's
  std::unique_ptr<Wire> wire_;
  bool wants_write_ = true;  // of the handshake
  int tls_error_ = 0;
  std::optional<Reason> why_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_ERRAND_H_
