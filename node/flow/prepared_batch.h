// Puts prepared outside the transaction that stores them. The writer may run its body again when the map has to grow;
// what was used up by then is prepared anew.
#ifndef TIDEGATE_NODE_FLOW_PREPARED_BATCH_H_
#define TIDEGATE_NODE_FLOW_PREPARED_BATCH_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "node/store/store.h"

namespace tidegate::flow {

class PreparedBatch {
 public:
  // The views that `requests` point to outlive the batch.
  static absl::StatusOr<PreparedBatch> Prepare(const store::Store& store, std::vector<store::PutRequest> requests) {
    PreparedBatch batch(store, std::move(requests));
    for (const store::PutRequest& request : batch.requests_) {
      auto prepared = store.Prepare(request);
      if (!prepared.ok()) return prepared.status();
      batch.prepared_.emplace_back(*std::move(prepared));
    }
    return batch;
  }

  size_t size() const { return requests_.size(); }
  const store::PutRequest& request(size_t i) const { return requests_[i]; }

  absl::StatusOr<store::PreparedPut> Take(size_t i) {
    if (!prepared_[i]) return store_->Prepare(requests_[i]);
    store::PreparedPut prepared = *std::move(prepared_[i]);
    prepared_[i].reset();
    return prepared;
  }

 private:
  PreparedBatch(const store::Store& store, std::vector<store::PutRequest> requests)
      : store_(&store), requests_(std::move(requests)) {}

  const store::Store* store_;
  std::vector<store::PutRequest> requests_;
  std::vector<std::optional<store::PreparedPut>> prepared_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_PREPARED_BATCH_H_
