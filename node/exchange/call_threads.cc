#include "node/exchange/call_threads.h"

#include <utility>

namespace tidegate::exchange {

bool CallThreads::Run(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (free_ <= jobs_.size()) {
    if (threads_.size() >= most_) return false;
    threads_.emplace_back([this] { Work(); });
  }
  jobs_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void CallThreads::Work() {
  std::unique_lock lock(mutex_);
  ++free_;
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    --free_;
    lock.unlock();
    job();
    lock.lock();
    ++free_;
  }
}

void CallThreads::Stop() {
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tidegate::exchange
