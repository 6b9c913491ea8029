// One accepted connection: silent at first, then in its TLS handshake, then in conversation. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_VISITOR_H_
#define TIDEGATE_NODE_DOOR_VISITOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "node/door/conversation.h"
#include "node/door/entrance.h"
#include "node/door/wire.h"

namespace tidegate::door {

class Visitor {
 public:
  enum class Stage : uint8_t {
    kSilent,  // not a byte has come; costs a socket and nothing else
    kHandshake,
    kOpen,
  };

  // Takes the socket, which does not block.
  Visitor(int socket, std::string host, std::string address, uint64_t now_ms)
      : socket_(socket), host_(std::move(host)), address_(std::move(address)), since_ms_(now_ms) {}
  ~Visitor();
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  // Each gives false when the visitor is to leave; `why` says for what, or nothing if it left by itself.
  // The desk outlives the visitor. Reading stops once where the handshake is done, so that who is new can be admitted.
  bool Readable(Entrance& entrance, Desk& desk, uint64_t now_ms);
  bool Writable();
  bool Tick(uint64_t now_ms);

  bool wants_to_write() const { return wire_ ? wire_->wants_to_write() : wants_write_; }
  Stage stage() const { return stage_; }
  // How far its handshake has come: see Waiting.
  int progress() const;
  const Caller& caller() const { return caller_; }
  const std::string& host() const { return host_; }        // without port; of IPv6 the first 64 bits
  const std::string& address() const { return address_; }  // with port
  uint64_t since_ms() const { return since_ms_; }          // of this stage
  bool idle() const { return conversation_ == nullptr || conversation_->idle(); }
  Conversation* conversation() { return conversation_.get(); }
  int socket() const { return socket_; }
  std::optional<Reason> why() const;
  void Blame(Reason reason) { why_ = reason; }

 private:
  bool Handshake(Desk& desk, uint64_t now_ms);

  const int socket_;
  const std::string host_, address_;
  Stage stage_ = Stage::kSilent;
  uint64_t since_ms_;
  Caller caller_;
  SslPtr ssl_;  // while the handshake runs; then the wire's
  std::unique_ptr<Conversation> conversation_;
  std::unique_ptr<Wire> wire_;
  bool wants_write_ = false;  // of the handshake
  std::optional<Reason> why_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_VISITOR_H_
