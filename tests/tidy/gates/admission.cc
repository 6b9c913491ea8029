// No record of a partner is stored without an Admission.
#include "node/store/store.h"

namespace tidegate::store {

absl::StatusOr<PutResult> Take(WriteTransaction& transaction, ReceivedRecord received, policy::Admission admission) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(admission);
  absl::StatusOr<PreparedPut> put = std::move(received).Admit();
#else
  absl::StatusOr<PreparedPut> put = std::move(received).Admit(std::move(admission));
#endif
  if (!put.ok()) return put.status();
  return transaction.Put(*put);
}

}  // namespace tidegate::store
