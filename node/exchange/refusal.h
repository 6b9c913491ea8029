// Refusals: the layer and the reason in our own log, a reference in theirs. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_REFUSAL_H_
#define TIDEGATE_NODE_EXCHANGE_REFUSAL_H_

#include <grpcpp/grpcpp.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tidegate::exchange {

uint64_t NowMs();

// gRPC's own messages go to our log as debug lines instead of standard error: it calls every handshake that we refuse,
// and each name that no certificate bears, an error.
void RouteGrpcLog();

// Logs an error under a fresh reference and gives the reference. `who` is an organisation, or an address where the
// partner is not known.
std::string LogRefusal(const absl::Status& error, std::string_view who, std::string_view during);
// The same, as the answer to a partner: a code and the reference, nothing else.
grpc::Status Refused(const absl::Status& error, std::string_view who, std::string_view during);
// An error of a call that we made, in our words: its code, what we know of the cause, and the reference in the
// partner's log. Nothing that the partner wrote is repeated.
absl::Status FromGrpc(const grpc::Status& status, std::string_view during);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_REFUSAL_H_
