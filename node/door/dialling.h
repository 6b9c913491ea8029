// The dialler's own loop: one thread, one epoll, every connection that we dialled. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_DIALLING_H_
#define TIDEGATE_NODE_DOOR_DIALLING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "node/door/channel.h"
#include "node/door/errand.h"

namespace tidegate::door {

class Dialling {
 public:
  // Takes one end of the socket pair.
  explicit Dialling(int channel);
  ~Dialling();
  Dialling(const Dialling&) = delete;
  Dialling& operator=(const Dialling&) = delete;

  // Runs until the serving process closes its end, or says what it does not say.
  absl::Status Serve();

 private:
  class Told;
  struct Line {
    std::unique_ptr<Told> told;
    std::unique_ptr<Errand> errand;  // before whom it tells
    uint32_t events = 0;
  };

  absl::Status Take(const Frame& frame);
  absl::Status Dial(const Frame& frame);
  void Serve(ConnectionId id, uint64_t now_ms);
  void Tick(uint64_t now_ms);
  absl::Status FlushChannel();

  Channel channel_;
  const int epoll_;
  const SslContextPtr context_;
  bool channel_waits_ = false;
  std::map<ConnectionId, Line> lines_;
  std::set<ConnectionId> asked_;  // have something to be sent
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_DIALLING_H_
