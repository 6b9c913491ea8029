// threads: a mutex whose rules the compiler checks.
//
//   Takes    nothing
//   Gives    Mutex and MutexLock, SharedMutex with ReaderLock and WriterLock, Condition
//   May call nothing of the project; the standard library, and absl's names for Clang's annotations
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
#include <shared_mutex>
#include <utility>

#include "absl/base/thread_annotations.h"

namespace tidegate::threads {

class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  // Takes the mutex, or gives false if another thread holds it.
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

  // Gives the mutex up. Lock takes it again.
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

// A lock that a function can hand to its caller, or that holds one mutex of several. Clang cannot follow it. So a
// function that touches what the mutex protects says ABSL_NO_THREAD_SAFETY_ANALYSIS, and why.
class HandedLock {
 public:
  explicit HandedLock(Mutex& mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS : mutex_(&mutex) { mutex.Lock(); }
  // Holds nothing if another thread has the mutex.
  static HandedLock Try(Mutex& mutex) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return HandedLock(mutex.TryLock() ? &mutex : nullptr);
  }
  HandedLock(HandedLock&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
  HandedLock& operator=(HandedLock&&) = delete;
  ~HandedLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (mutex_ != nullptr) mutex_->Unlock();
  }
  bool holds() const { return mutex_ != nullptr; }

 private:
  explicit HandedLock(Mutex* mutex) : mutex_(mutex) {}
  Mutex* mutex_;
};

// A mutex that many threads may hold together to read, or one thread alone to write.
class ABSL_LOCKABLE SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  void ReaderLock() ABSL_SHARED_LOCK_FUNCTION() { mutex_.lock_shared(); }
  void ReaderUnlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

class ABSL_SCOPED_LOCKABLE ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) ABSL_SHARED_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.ReaderLock(); }
  ~ReaderLock() ABSL_UNLOCK_FUNCTION() { mutex_.ReaderUnlock(); }
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class ABSL_SCOPED_LOCKABLE WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~WriterLock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  SharedMutex& mutex_;
};

// Something that threads wait for. A wait gives the mutex up meanwhile. It may end without a call of Notify, so ask in
// a loop whether the condition has come true.
class Condition {
 public:
  void Wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // False when the time has come.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool WaitUntil(Mutex& mutex, std::chrono::system_clock::time_point until) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  template <typename Rep, typename Period>
  bool WaitFor(Mutex& mutex, std::chrono::duration<Rep, Period> at_most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return WaitUntil(mutex, std::chrono::steady_clock::now() + at_most);
  }
  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

 private:
  std::condition_variable changed_;
};

}  // namespace tidegate::threads

#endif  // TIDEGATE_THREADS_THREADS_H_
