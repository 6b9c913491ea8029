// A clock that never goes back, and how long is too long. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_CLOCK_H_
#define TIDEGATE_NODE_DOOR_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace tidegate::door {

inline uint64_t NowMs() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

// A limit of time. TIDEGATE_DOOR_HASTE=N in the environment makes all of them N times shorter, at most 100: tests that
// break a limit wait for its end.
inline uint64_t Limit(uint64_t ms) {
  static const uint64_t haste = [] {
    const char* const said = std::getenv("TIDEGATE_DOOR_HASTE");
    return std::clamp<uint64_t>(said == nullptr ? 1 : std::strtoul(said, nullptr, 10), 1, 100);
  }();
  return ms / haste;
}

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_CLOCK_H_
