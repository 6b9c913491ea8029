// removal: a partner goes. First the node takes back what it holds, then it forgets the partner.
#ifndef TIDEGATE_NODE_FLOW_REMOVAL_H_
#define TIDEGATE_NODE_FLOW_REMOVAL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "node/flow/act.h"
#include "node/flow/pause.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

struct Removal {
  bool removed = false;
  uint64_t held = 0;  // records for which it has not signed that nothing is left
};

// Thread-safe. A thread of its own completes the removals that are under way, until Stop or destruction.
class Removals {
 public:
  // All outlive this.
  Removals(store::Store& store, const ledger::Register& disclosures, partner::Directory& directory,
           std::function<uint64_t()> now_ms);
  ~Removals();
  Removals(const Removals&) = delete;
  Removals& operator=(const Removals&) = delete;
  void Stop();

  // Takes back what the partner holds and then removes it. Waits up to `patience_ms` for its receipts. If they have not
  // come by then, the partner stays `leaving`: the node asks it whenever it can be reached, and removes it when it has
  // answered. FailedPrecondition for a suspended partner, since nothing reaches it.
  absl::StatusOr<Removal> TakeBackAndRemove(const std::string& organisation, const Act& act, uint64_t patience_ms);
  // Removes the partner now, even if it still holds something.
  absl::StatusOr<Removal> RemoveNow(const std::string& organisation, const Act& act);

  // How many records it has not given back.
  absl::StatusOr<uint64_t> Held(const std::string& organisation) const;

 private:
  absl::Status Forget(const std::string& organisation, const std::string& what, const partner::Deed& deed);
  void Run();

  store::Store& store_;
  const ledger::Register& disclosures_;
  partner::Directory& directory_;
  const std::function<uint64_t()> now_ms_;
  Pause pause_;
  std::thread thread_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_REMOVAL_H_
