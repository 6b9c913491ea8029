// How long a partner is not dialled after a stream ended. Private to the room; EXCHANGE.md, "Limits".
#ifndef TIDEGATE_NODE_EXCHANGE_BACKOFF_H_
#define TIDEGATE_NODE_EXCHANGE_BACKOFF_H_

#include <atomic>
#include <cstdint>

#include "node/exchange/exchange.h"

namespace tidegate::exchange {

// Knows no clock: the follower says what happened. It doubles with each try, up to a limit that depends on why the
// streams end. Any thread.
class Backoff {
 public:
  explicit Backoff(const FollowerOptions& options);

  // The wait before the next try: between half and all of the back-off, so that partners of a node that restarts do not
  // come all at once. `random` is any number. The back-off grows.
  uint64_t Next(uint64_t random);

  // A parcel was stored: what comes next comes soon.
  void Stored();
  // A parcel was refused. Each try costs an entry in the register, so that only a stored parcel ends this.
  void Refused() { refused_ = true; }
  // A stream ended that had said that we have caught up, so long ago. Saying so costs a partner nothing: one that says
  // it and hangs up at once is dialled ever more rarely, up to a limit.
  void CaughtUp(uint64_t since_ms);
  // Until both have confirmed, people are waiting.
  void Unconfirmed();

 private:
  const FollowerOptions options_;
  std::atomic<uint64_t> now_ms_;
  std::atomic<bool> refused_ = false;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_BACKOFF_H_
