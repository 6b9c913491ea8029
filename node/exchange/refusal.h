// Refusals: the layer and the reason in our own log, a reference in theirs. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_REFUSAL_H_
#define TIDEGATE_NODE_EXCHANGE_REFUSAL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "node/door/door.h"
#include "node/parcel/parcel.h"

namespace tidegate::exchange {

uint64_t NowMs();

// Logs an error under a fresh reference and gives the reference. `who` is an organisation, or an address if the partner
// is not known. For each of them 100 lines are written at once, and then one a second, which says how many were left
// out. So nobody can fill our log. Returns an empty text for a line that was left out.
std::string LogRefusal(const absl::Status& error, std::string_view who, std::string_view during);
// The same, as the answer to a partner: a code and the reference, nothing else. Codes are gRPC's, which absl's equal.
absl::Status Refused(const absl::Status& error, std::string_view who, std::string_view during);

// How a call of ours ended, in our words: its code, and the reference in the partner's log. It repeats nothing else
// that the partner wrote.
absl::Status FromAnswer(int code, std::string_view message, std::string_view during);
// Why a connection that we dialled has ended. It bears a layer if we refused who they are or what they do.
absl::Status FromLoss(door::Reason reason, std::string_view during);

// The layer at which a connection is refused for this.
parcel::Layer LayerFor(door::Reason reason);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_REFUSAL_H_
