// One caller's HTTP/2, without its socket: nghttp2 reads the frames, and this counts them. Every limit is on what the
// caller does, none on what it says or acknowledges. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_CONVERSATION_H_
#define TIDEGATE_NODE_DOOR_CONVERSATION_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/door/bucket.h"
#include "node/door/door.h"

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

class Conversation {
 public:
  // The desk outlives it. Times are ms of one clock that never goes back.
  Conversation(Desk& desk, uint64_t now_ms);
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // What came from the caller. False: the conversation is over; `why` says if it was a limit.
  bool Take(std::string_view bytes, uint64_t now_ms);
  // Appends what is to go to the caller, until `out` has at least `enough` bytes. False: over.
  bool Give(std::string& out, size_t enough);
  // The last words to a caller that is cut: GOAWAY with ENHANCE_YOUR_CALM.
  static void GoAway(std::string& out);

  // Answers of the serving process. A stream that is no more is passed over.
  void Send(StreamId stream, std::string_view bytes);
  void Finish(StreamId stream, uint8_t status, std::string_view message);

  // Time-outs and keep-alive; call some times a second. False: over.
  bool Tick(uint64_t now_ms);
  // Nothing is asked at present.
  bool idle() const { return streams_.empty(); }
  std::optional<Reason> why() const { return why_; }

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

  bool Cut(Reason why);
  bool CountFrame(const nghttp2_frame_hd& head);
  bool CountReset();
  bool CountHeaders(const nghttp2_frame_hd& head);
  bool BeginStream(StreamId id);  // false: it is not opened
  bool Header(StreamId id, std::string_view name, std::string_view value);
  void HeadersWhole(StreamId id, bool ended);
  bool Data(StreamId id, std::string_view bytes);
  void Ended(StreamId id);
  void StreamClosed(StreamId id);
  ssize_t Read(StreamId id, uint8_t* into, size_t room, uint32_t* flags);
  void Answer(StreamId id, Stream& stream);

  Desk& desk_;
  nghttp2_session* session_ = nullptr;
  std::map<StreamId, Stream> streams_;
  std::optional<Reason> why_;
  uint64_t now_ms_;
  uint64_t heard_ms_;       // when a byte last came
  uint64_t pinged_ms_;      // when we last asked for one
  uint64_t idle_since_ms_;  // no stream is open
  bool ever_called_ = false;
  bool settled_ = false;  // our settings are acknowledged
  const uint64_t began_ms_;
  size_t block_bytes_ = 0;
  int block_parts_ = 0;
  Bucket frames_, opened_, resets_, header_bytes_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CONVERSATION_H_
