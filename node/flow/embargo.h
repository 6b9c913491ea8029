// embargo: records that their author releases later (`not_before`). Each waits in the store under its instant. When
// that has passed, an event in the arrival order makes every partner's feed look at the record again.
#ifndef TIDEGATE_NODE_FLOW_EMBARGO_H_
#define TIDEGATE_NODE_FLOW_EMBARGO_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/pause.h"
#include "node/store/store.h"

namespace tidegate::flow {

// In the transaction that stores the record.
absl::Status Embargo(store::WriteTransaction& transaction, uint64_t seq, uint64_t not_before_ms);

// Appends an event for every record whose instant is `now_ms` or earlier and forgets the instant, both or neither.
// Gives how many.
absl::StatusOr<size_t> ReleaseDue(store::Store& store, uint64_t now_ms);

// Releases what is due, at once and then every second, in a thread of its own, until Stop or destruction. The store and
// the clock outlive it. Call Stop before the store is closed.
class Releases {
 public:
  Releases(store::Store& store, std::function<uint64_t()> now_ms);
  ~Releases();
  Releases(const Releases&) = delete;
  Releases& operator=(const Releases&) = delete;
  void Stop();

 private:
  void Run();

  store::Store& store_;
  const std::function<uint64_t()> now_ms_;
  Pause pause_;
  std::thread thread_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_EMBARGO_H_
