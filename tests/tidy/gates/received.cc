// A received record is not one that can be stored.
#include "node/store/store.h"

namespace tidegate::store {

absl::StatusOr<PutResult> Take(WriteTransaction& transaction, ReceivedRecord received, const PreparedPut& admitted) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(admitted);
  return transaction.Put(received);
#else
  static_cast<void>(received);
  return transaction.Put(admitted);
#endif
}

}  // namespace tidegate::store
