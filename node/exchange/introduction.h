// The Introduction message: what both sides fill in alike, and what is taken from it. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_INTRODUCTION_H_
#define TIDEGATE_NODE_EXCHANGE_INTRODUCTION_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/exchange/exchange.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::exchange {

inline constexpr size_t kMaxIntroductionBytes = 256 << 10;

// Writes our introduction for a partner. Checkpoints go to active partners only.
v1::Introduction WriteIntroduction(const partner::Directory& directory, const partner::Partner& partner,
                                   std::string_view own_address, const Greeting& greeting);
// Layer version or limit.
absl::Status CheckIntroduction(const v1::Introduction& message);
// Takes the partner's introduction into the directory, and returns the partner as it is then. Refuses at layer
// `identity`.
absl::StatusOr<partner::PartnerPtr> TakeIntroduction(partner::Directory& directory, const partner::Partner& partner,
                                                     const v1::Introduction& message);
Greeting GreetingOf(const v1::Introduction& message);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_INTRODUCTION_H_
