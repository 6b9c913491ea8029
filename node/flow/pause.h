// A pause between two pieces of work of a thread. Another thread can end it.
#ifndef TIDEGATE_NODE_FLOW_PAUSE_H_
#define TIDEGATE_NODE_FLOW_PAUSE_H_

#include <chrono>

#include "threads/threads.h"

namespace tidegate::flow {

// Thread-safe.
class Pause {
 public:
  // Waits that long. False if it was ended before that.
  bool Wait(std::chrono::milliseconds duration) {
    const auto until = std::chrono::steady_clock::now() + duration;
    const threads::MutexLock lock(mutex_);
    while (!ended_ && std::chrono::steady_clock::now() < until) changed_.WaitUntil(mutex_, until);
    return !ended_;
  }
  void WaitForEnd() {
    const threads::MutexLock lock(mutex_);
    while (!ended_) changed_.Wait(mutex_);
  }
  // Ends this pause and every later one.
  void End() {
    {
      const threads::MutexLock lock(mutex_);
      ended_ = true;
    }
    changed_.NotifyAll();
  }

 private:
  threads::Mutex mutex_;
  threads::Condition changed_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_PAUSE_H_
