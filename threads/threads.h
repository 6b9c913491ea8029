// threads: a mutex whose rules the compiler checks.
//
//   Takes    nothing
//   Gives    Mutex, MutexLock, Condition
//   May call the standard library and absl's names of Clang's annotations
//   Must     be std::mutex and std::condition_variable underneath: the thread sanitizer sees those, not absl's
//   Threads  all of it is for any thread
//   Spec     CONTRIBUTING.md, "House rules"
//
// A member that a mutex protects says so, `int count_ ABSL_GUARDED_BY(mutex_)`, and a function whose caller holds the
// mutex says `ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_)`. Clang then refuses every access without the lock. Clang does not
// look from a function into the lambdas in it: a condition is awaited in a loop, not by a lambda.
#ifndef TIDEGATE_THREADS_THREADS_H_
#define TIDEGATE_THREADS_THREADS_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace tidegate::threads {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  // False, and no lock, where another thread holds it.
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) { return mutex_.try_lock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

// Holds a mutex until the end of the block, or until Unlock.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() {
    if (held_) mutex_.Unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  // Gives the mutex up for a while, and takes it again.
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    mutex_.Unlock();
    held_ = false;
  }
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    mutex_.Lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Something that threads wait for. A wait gives the mutex up meanwhile, and may end without a call of Notify: ask again
// in a loop whether it has come true.
class Condition {
 public:
  void Wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // False once the time has come.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool WaitUntil(Mutex& mutex, std::chrono::system_clock::time_point until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace tidegate::threads

#endif  // TIDEGATE_THREADS_THREADS_H_
