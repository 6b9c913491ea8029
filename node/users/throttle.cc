#include "node/users/throttle.h"

#include <algorithm>

#include "crypto/secret.h"

namespace tidegate::users {
namespace {

uint64_t WaitAfter(uint32_t wrong) {
  const uint32_t doublings = std::min<uint32_t>(wrong - Throttle::kFree, 10);
  return std::min(Throttle::kFirstWaitMs << doublings, Throttle::kLongestWaitMs);
}

}  // namespace

Throttle::Throttle() : secret_(crypto::Random(32)) {}

crypto::Hash Throttle::KeyOf(std::string_view name) const { return crypto::HashOf({secret_, name}); }

Throttle::Turn Throttle::Try(std::string_view name, uint64_t now_ms) {
  const crypto::Hash key = KeyOf(name);
  threads::MutexLock lock(mutex_);
  while (!minute_.empty() && (minute_.front().first + kMinuteMs <= now_ms || minute_.front().first > now_ms)) {
    minute_.pop_front();
  }
  if (minute_.size() >= kMostInAll) return {minute_.front().first + kMinuteMs - now_ms, 0};
  auto known = names_.find(key);
  if (known == names_.end()) {
    MakeRoom(now_ms);
    known = names_.try_emplace(key).first;
  }
  Wrong& wrong = known->second;
  // A clock that was set back must not keep anybody out for longer than the longest wait.
  if (wrong.last_ms + kForgottenMs <= now_ms || wrong.last_ms > now_ms) wrong = Wrong{};
  if (now_ms < wrong.next_ms) return {wrong.next_ms - now_ms, 0};
  ++wrong.count;
  wrong.last_ms = now_ms;
  wrong.next_ms = wrong.count >= kFree ? now_ms + WaitAfter(wrong.count) : 0;
  minute_.emplace_back(now_ms, key);
  return {0, wrong.count};
}

void Throttle::Right(std::string_view name) {
  const crypto::Hash key = KeyOf(name);
  threads::MutexLock lock(mutex_);
  names_.erase(key);
  const auto last =
      std::find_if(minute_.rbegin(), minute_.rend(), [&key](const auto& one) { return one.second == key; });
  if (last != minute_.rend()) minute_.erase(std::next(last).base());
}

// Those that were forgotten go, else the one that was tried longest ago. Filling the table takes more than an hour at
// the rate that the minute allows, so nobody flushes a name out of it.
void Throttle::MakeRoom(uint64_t now_ms) {
  if (names_.size() < kMostNames) return;
  std::erase_if(names_, [now_ms](const auto& one) { return one.second.last_ms + kForgottenMs <= now_ms; });
  if (names_.size() < kMostNames) return;
  names_.erase(std::min_element(names_.begin(), names_.end(),
                                [](const auto& a, const auto& b) { return a.second.last_ms < b.second.last_ms; }));
}

}  // namespace tidegate::users
