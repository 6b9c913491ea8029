// From a stored record and a gate to what may be seen, without its proof. Private to the room.
#ifndef TIDEGATE_NODE_READING_OPEN_H_
#define TIDEGATE_NODE_READING_OPEN_H_

#include <cstdint>
#include <string>

#include "node/reading/reading.h"

namespace tidegate::reading {

// In one word, as people are told it: current, amended, forked, withdrawn or recalled.
std::string StateOf(const store::StoredRecord& record);

// As it is held here, through an Access to this very record. PermissionDenied if the gate is another's or the record
// has expired.
absl::StatusOr<Seen> Open(policy::Access access, const store::StoredRecord& record, uint64_t now_ms);
// As the Disclosure's partner would be sent it now, and no more.
absl::StatusOr<Seen> Open(policy::Disclosure disclosure, const store::StoredRecord& record, uint64_t now_ms);
// Of what a partner would be sent, the part that the asker may see: who may not see a field does not see it as a
// partner's either. `access` is to the same record.
absl::StatusOr<Seen> NarrowedTo(const policy::Access& access, Seen seen);
// What is left of a record that was erased or recalled. It has no field, so no gate is needed.
absl::StatusOr<Seen> OpenTombstone(const store::StoredRecord& record);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_OPEN_H_
