// Where a partner is dialled: its HOST:PORT, resolved and judged by us. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_ADDRESS_H_
#define TIDEGATE_NODE_EXCHANGE_ADDRESS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/exchange/exchange.h"

namespace tidegate::exchange {

enum class AddressKind { kPublic, kLoopback, kLinkLocal, kPrivate, kNever };
// An IPv6 address, or an IPv4 address mapped into it (::ffff:a.b.c.d). Addresses that carry an IPv4 address (mapped,
// compatible, 6to4, NAT64) are of its kind. kNever: multicast, broadcast, reserved.
using AddressBytes = std::array<uint8_t, 16>;
AddressKind KindOf(const AddressBytes& address);

struct Target {
  AddressBytes address{};
  uint16_t port = 0;
};
std::string TextOf(const Target& target);  // as `[::ffff:192.0.2.1]:7443`
// Every address that HOST has now and `reach` allows, at least one. The caller dials these addresses, so that a name
// which resolves to something else a moment later makes no difference. FailedPrecondition when none is allowed, with
// what to do; Unavailable when the name does not resolve. Waits for the resolver.
absl::StatusOr<std::vector<Target>> DialTargets(std::string_view address, const Reach& reach);

// A TCP connection to the first of them that answers; it does not block, and is the caller's. Unavailable, with the
// reason of the last, where none does in time; Cancelled soon after `cancelled` holds.
absl::StatusOr<int> ConnectTo(const std::vector<Target>& targets, uint64_t patience_ms,
                              const std::function<bool()>& cancelled);

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_ADDRESS_H_
