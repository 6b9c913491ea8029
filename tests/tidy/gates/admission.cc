// Nothing of a partner's is stored without an Admission.
#include "node/flow/admitted.h"

namespace tidegate::flow {

absl::StatusOr<AdmittedRecord> Take(store::PreparedPut put, policy::Admission admission) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(admission);
  return AdmittedRecord::Make(std::move(put), "bank");
#else
  return AdmittedRecord::Make(std::move(put), std::move(admission), "bank");
#endif
}

}  // namespace tidegate::flow
