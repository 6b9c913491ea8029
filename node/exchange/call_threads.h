// The threads that answer calls. One is started where none is free, up to a number. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_CALL_THREADS_H_
#define TIDEGATE_NODE_EXCHANGE_CALL_THREADS_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "threads/threads.h"

namespace tidegate::exchange {

class CallThreads {
 public:
  explicit CallThreads(size_t most) : most_(most) {}
  ~CallThreads() { Stop(); }
  CallThreads(const CallThreads&) = delete;
  CallThreads& operator=(const CallThreads&) = delete;

  // False if all are busy, or after Stop.
  bool Run(std::function<void()> job);
  // Waits for the threads that run. The caller must make sure that they end.
  void Stop();

 private:
  void Work();

  const size_t most_;
  threads::Mutex mutex_;
  threads::Condition changed_;
  std::deque<std::function<void()>> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t free_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_CALL_THREADS_H_
