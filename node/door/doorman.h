// The door's own loop: one thread, one epoll, every socket of it. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_DOORMAN_H_
#define TIDEGATE_NODE_DOOR_DOORMAN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "node/door/bucket.h"
#include "node/door/channel.h"
#include "node/door/places.h"
#include "node/door/visitor.h"

namespace tidegate::door {

class Doorman {
 public:
  // Takes both: a socket that listens and one end of the socket pair.
  Doorman(int listener, int channel);
  ~Doorman();
  Doorman(const Doorman&) = delete;
  Doorman& operator=(const Doorman&) = delete;

  // Waits for the keeper's first words: our certificate and whom to let in.
  absl::Status Greet();
  // Serves until the keeper closes its end (OK) or says what no keeper says. `files`: how many this process may open.
  absl::Status Serve(size_t files);

 private:
  class VisitorDesk;
  struct Guest {
    ConnectionId id = 0;
    std::unique_ptr<VisitorDesk> desk;
    std::unique_ptr<Visitor> visitor;  // before its desk
    uint32_t events = 0;
  };
  struct Untold {
    uint32_t count = 0;
    std::string address;
  };

  absl::Status Take(const Frame& frame);
  absl::Status FlushChannel();
  void Accept(uint64_t now_ms);
  void AcceptWithoutPlace();
  void Welcome(int socket, std::string host, std::string address, uint64_t now_ms);
  // Those whose handshake is not done, oldest first.
  std::vector<Waiting> WhoWaits(uint64_t now_ms) const;
  void MakeRoom(const std::string& host, std::vector<Waiting>& waiting);
  // While it is crowded nobody is accepted; the kernel keeps those who come, in their order.
  void Pause(bool paused);
  bool Admit(ConnectionId id, Guest& guest);
  void Serve(ConnectionId id, uint32_t events, uint64_t now_ms);
  void Flush(ConnectionId id);
  void Watch(Guest& guest) const;
  void Leave(ConnectionId id);
  void TurnAway(const Visitor& visitor, Reason reason);
  void Tick(uint64_t now_ms);
  void TellRefusals(uint64_t now_ms);

  const int listener_;
  Channel channel_;
  const int epoll_;
  int spare_ = -1;  // a file given up for a moment where no other is left
  bool channel_waits_ = false;
  bool paused_ = false;
  std::unique_ptr<Entrance> entrance_;
  Pins pins_;
  Places places_;
  ConnectionId next_ = 0;
  std::map<ConnectionId, Guest> guests_;  // in the order of their coming
  size_t most_guests_ = 0;
  std::set<ConnectionId> answered_;  // have something to be sent
  using Kept = std::pair<Reason, crypto::Hash>;
  std::map<Kept, Untold> untold_;
  Kept last_told_{};  // each kind has its turn
  Bucket told_;
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_DOORMAN_H_
