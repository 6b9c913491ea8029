// Threads for the parts of one batch that can be done in any order, such as committing records. The steps of a flow
// stay in one thread; only the work between two steps is shared among these.
#ifndef TIDEGATE_NODE_FLOW_WORKERS_H_
#define TIDEGATE_NODE_FLOW_WORKERS_H_

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "threads/threads.h"

namespace tidegate::flow {

// Belongs to one thread. The threads live as long as the object, so what they allocate stays near them.
class Workers {
 public:
  // As many threads as the machine has cores, the caller's included, and no more than eight.
  Workers();
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Calls work(i) once for each i below `count`, here and in the threads, and returns when all calls have. A thread
  // that wakes too late is not waited for.
  void Each(size_t count, absl::FunctionRef<void(size_t)> work);

 private:
  using Work = absl::FunctionRef<void(size_t)>;
  void Loop();
  void Draw(const Work& work, size_t count);

  threads::Mutex mutex_;
  threads::Condition opened_, left_;
  const Work* work_ ABSL_GUARDED_BY(mutex_) = nullptr;  // null while there is nothing to do
  size_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t inside_ ABSL_GUARDED_BY(mutex_) = 0;  // threads that work
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;

  std::atomic<size_t> next_{0};
  std::vector<std::thread> threads_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_WORKERS_H_
