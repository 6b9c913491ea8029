// What can be made anew from what is left, when a store is opened. Private to the room.
#ifndef TIDEGATE_NODE_STORE_MEND_H_
#define TIDEGATE_NODE_STORE_MEND_H_

#include "absl/status/status.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// Where a count, a label or a marking does not open: writes the strings again and counts all records anew. Reads every
// record then, and writes nothing otherwise. A row that cannot be read is not counted.
absl::Status MendCounts(Transaction& transaction);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_MEND_H_
