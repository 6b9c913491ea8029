// Repairs, when a store is opened, what can be made again from the rest. Private to the room.
#ifndef TIDEGATE_NODE_STORE_MEND_H_
#define TIDEGATE_NODE_STORE_MEND_H_

#include "absl/status/status.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// If a count, a label or a marking does not open, it writes the strings again and counts all records again. Then it
// reads every record; otherwise it writes nothing. It does not count a row that cannot be read.
absl::Status MendCounts(Transaction& transaction);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_MEND_H_
