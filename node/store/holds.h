// Legal holds: if something of a record under hold is erased, a copy is kept apart. Private to the room.
#ifndef TIDEGATE_NODE_STORE_HOLDS_H_
#define TIDEGATE_NODE_STORE_HOLDS_H_

#include "node/store/rows.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// Call it before something of a row is erased or narrowed. If the record is under hold, it keeps a copy of the row. A
// hold that cannot be read counts as a hold.
absl::Status KeepIfHeld(Transaction& transaction, uint64_t seq, const Row& row, const record::Statement& statement);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_HOLDS_H_
