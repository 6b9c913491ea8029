// An entry of the register with the partner and the records that it is about. Private to the room.
#ifndef TIDEGATE_NODE_READING_AUDITED_H_
#define TIDEGATE_NODE_READING_AUDITED_H_

#include "node/reading/concern.h"
#include "node/reading/reading.h"

namespace tidegate::reading {

// An entry as an answer tells it. `about` may be null; otherwise it tells what left of that record alone.
absl::StatusOr<Audited> AuditedOf(const store::Reader& reader, ledger::Listed listed, const Concern* about,
                                  Unread& unread);
// Whether somebody searched for that identifier (Register::Asked).
bool AskedFor(const ledger::Entry& entry, const vault::BlindTermBytes& term);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_AUDITED_H_
