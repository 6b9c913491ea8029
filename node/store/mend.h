// When a store is opened, repairs what can be made again from the rest of the store. Private to the room.
#ifndef TIDEGATE_NODE_STORE_MEND_H_
#define TIDEGATE_NODE_STORE_MEND_H_

#include "absl/status/status.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// If a count, a label or a marking does not open, this reads every record, writes the strings again and counts all
// records again. Otherwise it writes nothing. It does not count a row that cannot be read.
absl::Status MendCounts(Transaction& transaction);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_MEND_H_
