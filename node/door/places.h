// Decides which connection leaves if there is no place for one more. A flood must cost its maker, not the partner who
// comes next: the newest connection is let in, and those that have proved least leave first. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_PLACES_H_
#define TIDEGATE_NODE_DOOR_PLACES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/door/door.h"

namespace tidegate::door {

struct Places {
  size_t waiting = 0;       // before their handshake is done
  size_t waiting_host = 0;  // of them, from one host
  size_t open = 0;          // after it
  size_t open_one = 0;      // of them, with one key

  // For a process that may open so many files.
  static Places For(size_t files);
};

struct Waiting {
  ConnectionId id = 0;
  std::string host;
  int progress = 0;     // 0: not a byte has come; 1: some have; 2: a whole hello, which we have answered
  bool settled = true;  // here for kGraceMs: had the time to say something
};
// How long a new connection stays in any case: time for a hello.
inline constexpr uint64_t kGraceMs = 100;
// Whether the next must wait in the listener's queue: many wait already, and all of them are new.
bool Crowded(const Places& places, const std::vector<Waiting>& waiting);

// Given all who wait, oldest first, and where one more comes from: who must leave for it, if anybody must. Who is
// new leaves last; then who has come less far leaves before who has come further, older before newer.
std::optional<ConnectionId> LeavesForNew(const Places& places, const std::vector<Waiting>& waiting,
                                         const std::string& host);

struct Open {
  ConnectionId id = 0;
  crypto::Hash spki{};
  bool idle = true;  // nothing is asked on it
};
struct Verdict {
  bool admitted = true;
  std::optional<ConnectionId> leaves;
  Reason why = Reason::kTooManyOfOne;  // for who leaves, or is not admitted
};
// Decides about one more connection that has proved a key. `open` has all open connections, oldest first. An idle
// connection of the caller with the most connections leaves for it. A connection in use leaves for nobody.
Verdict Admit(const Places& places, const std::vector<Open>& open, const crypto::Hash& spki);

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_PLACES_H_
