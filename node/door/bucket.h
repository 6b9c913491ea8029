// How much of something may happen in a time. Private to this room.
#ifndef TIDEGATE_NODE_DOOR_BUCKET_H_
#define TIDEGATE_NODE_DOOR_BUCKET_H_

#include <algorithm>
#include <cstdint>

namespace tidegate::door {

// Full at first; fills again with `a_second`. Times are of one clock that never goes back, in ms.
class Bucket {
 public:
  Bucket(uint64_t most, uint64_t a_second, uint64_t now_ms)
      : most_(most * 1000), a_second_(a_second), left_(most * 1000), at_ms_(now_ms) {}

  // False if there is not so much left; then nothing is taken.
  bool Take(uint64_t amount, uint64_t now_ms) {
    if (now_ms > at_ms_) {
      const uint64_t waited = std::min<uint64_t>(now_ms - at_ms_, 3'600'000);
      left_ = std::min(most_, left_ + waited * a_second_);
      at_ms_ = now_ms;
    }
    if (amount * 1000 > left_) return false;
    left_ -= amount * 1000;
    return true;
  }

 private:
  uint64_t most_, a_second_, left_, at_ms_;  // thousandths
};

}  // namespace tidegate::door

#endif  // TIDEGATE_NODE_DOOR_BUCKET_H_
