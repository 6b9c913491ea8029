// A record from a partner that this node's policies let in. Only an Admission for that record and that sender makes
// one. The receive step stores nothing else from partners.
#ifndef TIDEGATE_NODE_FLOW_ADMITTED_H_
#define TIDEGATE_NODE_FLOW_ADMITTED_H_

#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::flow {

class AdmittedRecord {
 public:
  // PermissionDenied if the gate is for another record or another sender.
  static absl::StatusOr<AdmittedRecord> Make(store::PreparedPut put, policy::Admission admission,
                                             std::string_view sender) {
    if (!admission.Allows(put.leaf(), sender)) {
      return absl::PermissionDeniedError("flow: the admission is for another record or another sender");
    }
    return AdmittedRecord(std::move(put));
  }

  const crypto::Hash& leaf() const { return put_.leaf(); }
  void set_proof_id(uint64_t id) { put_.set_proof_id(id); }
  absl::StatusOr<store::PutResult> Store(store::WriteTransaction& transaction) const { return transaction.Put(put_); }

 private:
  explicit AdmittedRecord(store::PreparedPut put) : put_(std::move(put)) {}
  store::PreparedPut put_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ADMITTED_H_
