// How much of its limits a partner has used. Counts that a restart must not forget are on disk; rates are in memory.
#ifndef TIDEGATE_NODE_FLOW_BUDGET_H_
#define TIDEGATE_NODE_FLOW_BUDGET_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/limits.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::flow {

inline constexpr char kUsedScope[] = "used";  // of named table exchange; the item is the organisation

// How much came from one partner. It is written in the transaction that stores it (FEED.md, "Used").
struct Used {
  uint64_t records = 0;  // stored and not erased since
  uint64_t bytes = 0;    // of parcels, in all
  uint64_t day = 0;      // since 1970, of `entries`
  uint64_t entries = 0;  // of the register, on that day

  static absl::StatusOr<Used> Load(const store::Reader& reader, const std::string& organisation);
  absl::Status Save(store::WriteTransaction& transaction, const std::string& organisation) const;
  // One record of theirs was erased here, so there is room for another.
  static absl::Status GiveBackOne(store::WriteTransaction& transaction, const std::string& organisation);
  void Enter(uint64_t count, uint64_t now_ms);
  // OK, or a refusal at the layer limit. It says which limit is reached and where that is set.
  absl::Status Within(const Limits& limits, uint64_t more_records, uint64_t more_bytes, uint64_t now_ms) const;
  absl::Status MayEnter(const Limits& limits, uint64_t now_ms) const;
};

// Allows each partner a number of things at once, and then a number each second. Thread-safe.
class Allowance {
 public:
  Allowance(uint64_t at_once, uint64_t a_second) : at_once_(at_once), a_second_(a_second) {}
  // Takes one. False if none is left.
  bool Take(const std::string& organisation, uint64_t now_ms);
  // Whether one is left.
  bool Has(const std::string& organisation, uint64_t now_ms);

 private:
  struct Left {
    uint64_t thousandths = 0;
    uint64_t at_ms = 0;
  };
  Left& Filled(const std::string& organisation, uint64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t at_once_, a_second_;
  threads::Mutex mutex_;
  std::map<std::string, Left> left_ ABSL_GUARDED_BY(mutex_);  // as many as there are partners
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_BUDGET_H_
