#include "threads/threads.h"

namespace tidegate::threads {
namespace {

// Waits with a mutex that the caller holds, and leaves it held.
template <typename Waits>
auto Adopted(std::mutex& mutex, Waits waits) {
  std::unique_lock lock(mutex, std::adopt_lock);
  const auto outcome = waits(lock);
  lock.release();
  return outcome;
}

}  // namespace

void Condition::Wait(Mutex& mutex) {
  Adopted(mutex.mutex_, [this](std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock);
    return true;
  });
}

bool Condition::WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point until) {
  return Adopted(mutex.mutex_, [&](std::unique_lock<std::mutex>& lock) {
    return changed_.wait_until(lock, until) == std::cv_status::no_timeout;
  });
}

bool Condition::WaitUntil(Mutex& mutex, std::chrono::system_clock::time_point until) {
  return Adopted(mutex.mutex_, [&](std::unique_lock<std::mutex>& lock) {
    return changed_.wait_until(lock, until) == std::cv_status::no_timeout;
  });
}

}  // namespace tidegate::threads
