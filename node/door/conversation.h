// One caller's HTTP/2, without its socket. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_CONVERSATION_H_
#define TIDEGATE_NODE_DOOR_CONVERSATION_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "node/door/http2.h"

namespace tidegate::door {

// Who is told what a caller asks. As Visits, of one connection.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual void Called(StreamId stream, std::string_view path) = 0;
  virtual void Received(StreamId stream, std::string_view bytes) = 0;
  virtual void Asked(StreamId stream) = 0;
  virtual void Cancelled(StreamId stream) = 0;
  virtual void Sent(StreamId stream, uint32_t bytes) = 0;
};

class Conversation final : public Http2 {
 public:
  // The desk outlives it.
  Conversation(Desk& desk, uint64_t now_ms);

  // Answers of the serving process. A stream that is no more is passed over.
  void Send(StreamId stream, std::string_view bytes);
  // The end comes after what waits; with status CANCELLED, what waits is dropped.
  void Finish(StreamId stream, uint8_t status, std::string_view message);

  // True if no call is open.
  bool idle() const { return streams_.empty(); }

 private:
  struct Stream {
    std::string path;
    size_t header_bytes = 0;
    bool post = false, grpc = false;
    bool called = false, asked = false;
    size_t received = 0;
    uint64_t since_ms = 0;
    std::string waiting;  // to be sent, from `at` on
    size_t at = 0;
    bool answering = false;  // headers are submitted
    bool finished = false;   // by the serving process
    uint8_t status = 0;
    std::string message;
  };
  struct Callbacks;
  friend struct Callbacks;

  bool OnTick() override;
  bool BeginStream(StreamId id);  // false: it is not opened
  bool Header(StreamId id, std::string_view name, std::string_view value);
  void HeadersWhole(StreamId id, bool ended);
  bool Data(StreamId id, std::string_view bytes);
  void Ended(StreamId id);
  void StreamClosed(StreamId id);
  ssize_t Read(StreamId id, uint8_t* into, size_t room, uint32_t* flags);
  void Answer(StreamId id, Stream& stream);
  void SubmitTrailer(StreamId id, const Stream& stream);

  Desk& desk_;
  std::map<StreamId, Stream> streams_;
  uint64_t idle_since_ms_;  // no stream is open
  bool ever_called_ = false;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CONVERSATION_H_
