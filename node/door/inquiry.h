// Our calls to one partner, as HTTP/2 and without its socket: the other side of a Conversation. A partner that answers
// has the same limits as a partner that calls. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_INQUIRY_H_
#define TIDEGATE_NODE_DOOR_INQUIRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "node/door/http2.h"

namespace tidegate::door {

// Who is told what a partner answers. As Answers, of one connection.
class Ear {
 public:
  virtual ~Ear() = default;
  virtual void Sent(StreamId call, uint32_t bytes) = 0;
  virtual void Received(StreamId call, std::string_view bytes) = 0;
  virtual void Ended(StreamId call, uint8_t status, std::string_view message) = 0;
};

class Inquiry final : public Http2 {
 public:
  // The ear outlives it. Calls may be made at once; they go once the connection is open.
  Inquiry(Ear& ear, uint64_t now_ms);

  // The handshake is done: the partner's time to keep the rules begins.
  void Opened(uint64_t now_ms) { BeginClock(now_ms); }

  // The caller numbers its calls. A number of a call that has ended is ignored.
  void Call(StreamId call, std::string_view path);
  void Send(StreamId call, std::string_view bytes);
  void Whole(StreamId call);
  // The caller is done with this many bytes of the answer; as many more may come.
  void Taken(StreamId call, uint32_t bytes);
  // Ends a call. Its caller hears nothing more of it.
  void Cancel(StreamId call);

 private:
  using Id = int32_t;  // HTTP/2's own number of a stream
  struct Stream {
    StreamId call = 0;
    std::string waiting;  // to be sent, from `at` on
    size_t at = 0;
    bool whole = false;  // nothing more is to be sent
    bool sent = false;   // and all of it has gone
    size_t untaken = 0;  // bytes of the answer that were told
    size_t header_bytes = 0;
    bool http_ok = false, grpc = false;
    std::optional<uint8_t> status;
    std::string message;
  };
  struct Callbacks;
  friend struct Callbacks;

  bool OnTick() override { return true; }
  Stream* Find(StreamId call, Id* id);
  void BeginHeaders(Id id);
  bool Header(Id id, std::string_view name, std::string_view value);
  bool Data(Id id, std::string_view bytes);
  void AnswerEnded(Id id);
  void StreamClosed(Id id, uint32_t error);
  ssize_t Read(Id id, uint8_t* into, size_t room, uint32_t* flags);

  Ear& ear_;
  std::map<Id, Stream> streams_;
  std::map<StreamId, Id> ids_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_INQUIRY_H_
