// The door's, or dialler's, end of the socket pair. It waits for nobody: what does not go at once goes later. Private
// to this room.
#ifndef TIDEGATE_NODE_DOOR_CHANNEL_H_
#define TIDEGATE_NODE_DOOR_CHANNEL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "node/door/frame.h"

namespace tidegate::door {

class Channel {
 public:
  // Carries out a frame. An error ends this process, because no honest serving process sends such a frame.
  using Taker = std::function<absl::Status(const Frame& frame)>;

  // Takes the socket.
  Channel(int socket, Taker taker) : socket_(socket), taker_(std::move(taker)) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  int socket() const { return socket_; }
  // Takes what has come. Unavailable if the serving process is gone.
  absl::Status Read();
  // Waits until something comes, and takes it.
  absl::Status AwaitOne();
  void Post(Kind kind, ConnectionId connection, StreamId stream, std::string_view payload);
  // Sends what goes now; `waits` says whether some is left.
  absl::Status Flush();
  bool waits() const { return at_ < outbox_.size(); }
  // Waits until little is left, so that a flood waits for the serving process. Frames of the serving process are read
  // meanwhile: the two processes never wait for each other.
  absl::Status Drain();
  // The socket that came with the frame that is being taken; -1 where none did. The caller's from now on.
  int TakeSocket();

 private:
  const int socket_;
  const Taker taker_;
  FrameReader reader_;
  std::deque<int> sockets_;
  std::string outbox_;
  size_t at_ = 0;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CHANNEL_H_
