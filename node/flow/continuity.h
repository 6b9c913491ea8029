// continuity: whether this node is as new as what its partners know of it.
#ifndef TIDEGATE_NODE_FLOW_CONTINUITY_H_
#define TIDEGATE_NODE_FLOW_CONTINUITY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "node/exchange/exchange.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::flow {

// When two nodes meet they tell each other checkpoints. With these, Continuity finds a restored backup and a forked
// log.
class Continuity {
 public:
  // All outlive it. A finding from before a restart still counts.
  Continuity(store::Store& store, ledger::Log& log, std::function<uint64_t()> now_ms);

  // The greeting to this partner: the largest checkpoint of its log that came to us.
  exchange::Greeting Ours(const partner::Partner& partner) const;
  // Compares what they hold of our log with our log; calls Behind if they hold more.
  void Consider(const partner::Partner& partner, const exchange::Greeting& theirs);
  // The size of our log that the partner knows, by its last greeting; 0 if that greeting does not fit our log.
  uint64_t KnownTo(const std::string& partner) const;
  // Call it when a partner has seen more of this node than the node itself holds.
  void Behind(const std::string& partner);
  // OK, or why this node must not author: a partner holds more of our log than we do (decision 0040).
  absl::Status MayAuthor() const;

 private:
  store::Store& store_;
  ledger::Log& log_;
  const std::function<uint64_t()> now_ms_;
  mutable threads::Mutex mutex_;
  absl::Status may_author_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> known_ ABSL_GUARDED_BY(mutex_);  // by partner
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_CONTINUITY_H_
