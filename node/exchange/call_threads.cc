#include "node/exchange/call_threads.h"

#include <utility>

#include "threads/threads.h"

namespace tidegate::exchange {

bool CallThreads::Run(std::function<void()> job) {
  threads::MutexLock lock(mutex_);
  if (stopping_) return false;
  if (free_ <= jobs_.size()) {
    if (threads_.size() >= most_) return false;
    threads_.emplace_back([this] { Work(); });
  }
  jobs_.push_back(std::move(job));
  changed_.NotifyOne();
  return true;
}

void CallThreads::Work() {
  threads::MutexLock lock(mutex_);
  ++free_;
  while (true) {
    while (!stopping_ && jobs_.empty()) changed_.Wait(mutex_);
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    --free_;
    lock.Unlock();
    job();
    lock.Lock();
    ++free_;
  }
}

void CallThreads::Stop() {
  std::vector<std::thread> threads;
  {
    threads::MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tidegate::exchange
