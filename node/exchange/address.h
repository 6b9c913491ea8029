// Where a partner is dialled: its HOST:PORT, resolved and judged by us, as a target that gRPC cannot read otherwise.
// Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_ADDRESS_H_
#define TIDEGATE_NODE_EXCHANGE_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/exchange/exchange.h"

namespace tidegate::exchange {

enum class AddressKind { kPublic, kLoopback, kLinkLocal, kPrivate, kNever };
// An IPv6 address, or an IPv4 address mapped into it (::ffff:a.b.c.d). Addresses that carry an IPv4 address (mapped,
// compatible, 6to4, NAT64) are of its kind. kNever: multicast, broadcast, reserved.
using AddressBytes = std::array<uint8_t, 16>;
AddressKind KindOf(const AddressBytes& address);

// `ipv6:[...]:PORT,...` with every address that HOST has now and `reach` allows: what was judged is what is dialled,
// whatever the name resolves to a moment later. FailedPrecondition when none is allowed, with what to do; Unavailable
// when the name does not resolve. Waits for the resolver.
absl::StatusOr<std::string> DialTarget(std::string_view address, const Reach& reach);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_ADDRESS_H_
