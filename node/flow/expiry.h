// expiry: a record that has expired is withheld at once, and erased a day later, here and by whoever it was sent to.
// The day lets people notice a wrong date.
#ifndef TIDEGATE_NODE_FLOW_EXPIRY_H_
#define TIDEGATE_NODE_FLOW_EXPIRY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/pause.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"

namespace tidegate::flow {

inline constexpr uint64_t kExpiryGraceMs = uint64_t{24} * 3600 * 1000;

// Writes down that this record expires. In the transaction that stores it.
absl::Status NoteExpiry(store::WriteTransaction& transaction, uint64_t seq, uint64_t expiry_ms);

// Writes that down for records that an earlier version stored, among the next `most` arrivals. False once all are done;
// this is kept in the store.
absl::StatusOr<bool> GatherExpiries(store::Store& store, uint64_t most = 512);

// Erases what expired a day ago or earlier, with an entry in the register, and asks partners to erase what they hold of
// it. Gives the number of records.
absl::StatusOr<size_t> EraseExpired(store::Store& store, ledger::Register& disclosures, uint64_t now_ms);

// Does both, at once and then every second (`between`), in a thread of its own, until Stop or destruction. Every hour
// it destroys the keys under which something was erased (store.h, ShedKeys). Store and register outlive it. Call Stop
// before the store is closed.
class Expiries {
 public:
  Expiries(store::Store& store, ledger::Register& disclosures, std::function<uint64_t()> now_ms,
           std::chrono::milliseconds between = std::chrono::seconds(1));
  ~Expiries();
  Expiries(const Expiries&) = delete;
  Expiries& operator=(const Expiries&) = delete;
  void Stop();

 private:
  void Run();

  store::Store& store_;
  ledger::Register& disclosures_;
  const std::function<uint64_t()> now_ms_;
  const std::chrono::milliseconds between_;
  Pause pause_;
  std::thread thread_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_EXPIRY_H_
