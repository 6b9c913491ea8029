// Keys of retention classes are destroyed, so that nobody can open what was erased from old pages of the file
// (FORMAT.md, "Retention classes"). Private to the room.
#ifndef TIDEGATE_NODE_STORE_SHED_H_
#define TIDEGATE_NODE_STORE_SHED_H_

#include <cstdint>
#include <string_view>

#include "node/store/transaction.h"

namespace tidegate::store {

// Notes that the value under this key is about to be erased or narrowed, so that the key that seals it is replaced in
// the next month. Call it before the value is written over.
absl::Status NoteErased(Transaction& transaction, Dbi table, std::string_view key, uint64_t at_ms);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_SHED_H_
