#include "node/flow/workers.h"

#include <algorithm>

#include "threads/threads.h"

namespace tidegate::flow {
namespace {

constexpr unsigned kMostHands = 8;
// Each thread draws many at once, so that the threads do not wait for each other at the counter.
constexpr size_t kDraw = 8;

}  // namespace

Workers::Workers() {
  const unsigned hands = std::clamp(std::thread::hardware_concurrency(), 1U, kMostHands);
  for (unsigned i = 1; i < hands; ++i) threads_.emplace_back([this] { Loop(); });
}

Workers::~Workers() {
  {
    threads::MutexLock lock(mutex_);
    closing_ = true;
  }
  opened_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::Each(size_t count, Work work) {
  {
    threads::MutexLock lock(mutex_);
    work_ = &work;
    count_ = count;
    next_ = 0;
  }
  if (count > kDraw) opened_.NotifyAll();
  Draw(work, count);
  threads::MutexLock lock(mutex_);
  work_ = nullptr;
  while (inside_ != 0) left_.Wait(mutex_);
}

void Workers::Loop() {
  threads::MutexLock lock(mutex_);
  for (;;) {
    while (!closing_ && (work_ == nullptr || next_ >= count_)) opened_.Wait(mutex_);
    if (closing_) return;
    const Work& work = *work_;  // outlives `inside_`
    const size_t count = count_;
    ++inside_;
    lock.Unlock();
    Draw(work, count);
    lock.Lock();
    --inside_;
    left_.NotifyOne();
  }
}

void Workers::Draw(const Work& work, size_t count) {
  for (size_t begin = next_.fetch_add(kDraw); begin < count; begin = next_.fetch_add(kDraw)) {
    for (size_t i = begin; i < std::min(begin + kDraw, count); ++i) work(i);
  }
}

}  // namespace tidegate::flow
