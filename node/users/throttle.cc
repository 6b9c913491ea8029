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

Throttle::Turn Throttle::Try(std::string_view name, uint64_t now_ms, bool own_account) {
  const crypto::Hash key = KeyOf(name);
  threads::MutexLock lock(mutex_);
  auto& [names, minute] = own_account ? own_account_ : others_;
  while (!minute.empty() && (minute.front().first + kMinuteMs <= now_ms || minute.front().first > now_ms)) {
    minute.pop_front();
  }
  if (minute.size() >= kMostInAll) return {minute.front().first + kMinuteMs - now_ms, 0};
  auto known = names.find(key);
  if (known == names.end()) {
    MakeRoom(names, now_ms);
    known = names.try_emplace(key).first;
  }
  Wrong& wrong = known->second;
  // A clock that was set back must not keep anybody out for longer than the longest wait.
  if (wrong.last_ms + kForgottenMs <= now_ms || wrong.last_ms > now_ms) wrong = Wrong{};
  if (now_ms < wrong.next_ms) return {wrong.next_ms - now_ms, 0};
  ++wrong.count;
  wrong.last_ms = now_ms;
  wrong.next_ms = wrong.count >= kFree ? now_ms + WaitAfter(wrong.count) : 0;
  minute.emplace_back(now_ms, key);
  return {0, wrong.count};
}

void Throttle::Right(std::string_view name, bool own_account) {
  const crypto::Hash key = KeyOf(name);
  threads::MutexLock lock(mutex_);
  auto& [names, minute] = own_account ? own_account_ : others_;
  names.erase(key);
  const auto last = std::find_if(minute.rbegin(), minute.rend(), [&key](const auto& one) { return one.second == key; });
  if (last != minute.rend()) minute.erase(std::next(last).base());
}

// Those that were forgotten go, else the one that was tried longest ago. Filling the table takes more than an hour at
// the rate that the minute allows, so nobody flushes a name out of it.
void Throttle::MakeRoom(std::map<crypto::Hash, Wrong>& names, uint64_t now_ms) {
  if (names.size() < kMostNames) return;
  std::erase_if(names, [now_ms](const auto& one) { return one.second.last_ms + kForgottenMs <= now_ms; });
  if (names.size() < kMostNames) return;
  names.erase(std::min_element(names.begin(), names.end(),
                               [](const auto& a, const auto& b) { return a.second.last_ms < b.second.last_ms; }));
}

}  // namespace tidegate::users
