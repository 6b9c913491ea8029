// Intents of the register, as the feed reads them: what went to a partner, and as which arrival. Private to the room.
#ifndef TIDEGATE_NODE_FEED_INTENTS_H_
#define TIDEGATE_NODE_FEED_INTENTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"

namespace tidegate::feed {

// The intent at this place of the register. DataLoss where another entry stands there, none, or one that cannot be
// read.
absl::StatusOr<ledger::Intent> IntentAt(const ledger::Register& disclosures, uint64_t index);
// The intent of the partner's parcel with that number. NotFound if there is no such parcel; otherwise as IntentAt.
absl::StatusOr<ledger::Intent> IntentOf(const ledger::Register& disclosures, const std::string& organisation,
                                        uint64_t parcel_seq);

}  // namespace tidegate::feed

#endif  // TIDEGATE_NODE_FEED_INTENTS_H_
