// Changes of records that are already held: more of one is opened, less of it is allowed, it is erased or relabelled.
// Private to the room.
#ifndef TIDEGATE_NODE_STORE_CLAIMS_H_
#define TIDEGATE_NODE_STORE_CLAIMS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/prepared.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// Puts a leaf that is already held, under `seq`.
absl::StatusOr<PutResult> MergeIntoHeld(Transaction& transaction, uint64_t seq, const PreparedPut::Fields& fields);

// Erases openings, salts and terms, and keeps the statement. With `final`, later views of the leaf are refused. True if
// something changed. NotFound unless `seq` is a record.
absl::StatusOr<bool> EraseHeld(Transaction& transaction, uint64_t seq, uint64_t at_ms, bool final);

// Appends an event that is no record.
absl::StatusOr<uint64_t> AppendNotice(Transaction& transaction, Event event, uint64_t subject, uint64_t at_ms,
                                      std::string_view detail = "");

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_CLAIMS_H_
