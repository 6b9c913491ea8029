#include "node/exchange/backoff.h"

#include <algorithm>

namespace tidegate::exchange {
namespace {

constexpr uint64_t kMostUnconfirmedMs = 1000;

}  // namespace

Backoff::Backoff(const FollowerOptions& options) : options_(options), now_ms_(options.first_backoff_ms) {}

uint64_t Backoff::Next(uint64_t random) {
  const uint64_t now_ms = now_ms_;
  now_ms_ = std::min(now_ms * 2, refused_ ? options_.most_refused_ms : options_.most_backoff_ms);
  return now_ms / 2 + random % (now_ms / 2 + 1);
}

void Backoff::Stored() {
  refused_ = false;
  now_ms_ = options_.first_backoff_ms;
}

void Backoff::CaughtUp(uint64_t since_ms) {
  if (refused_) return;
  const bool proved = since_ms >= options_.proved_ms;
  now_ms_ = proved ? options_.first_backoff_ms : std::min(now_ms_.load(), options_.most_unproved_ms);
}

void Backoff::Unconfirmed() { now_ms_ = std::min(now_ms_.load(), kMostUnconfirmedMs); }

}  // namespace tidegate::exchange
