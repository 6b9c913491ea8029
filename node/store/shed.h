// Keys of retention classes are destroyed. So nobody can open old pages of the file that still have what was erased
// (FORMAT.md, "Retention classes"). Private to the room.
#ifndef TIDEGATE_NODE_STORE_SHED_H_
#define TIDEGATE_NODE_STORE_SHED_H_

#include <cstdint>
#include <string_view>

#include "node/store/transaction.h"

namespace tidegate::store {

// Notes that the value under `key` is about to be erased or narrowed. So the key that seals it is replaced in the next
// month. Call it before the value is written over.
absl::Status NoteErased(Transaction& transaction, Dbi table, std::string_view key, uint64_t at_ms);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_SHED_H_
