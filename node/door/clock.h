// A clock that never goes back. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_CLOCK_H_
#define TIDEGATE_NODE_DOOR_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace tidegate::door {

inline uint64_t NowMs() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CLOCK_H_
