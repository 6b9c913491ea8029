// looked: how far the owner of the socket has looked at what is new. Format: FEED.md, "What each side keeps, in bytes".
#ifndef TIDEGATE_NODE_FLOW_LOOKED_H_
#define TIDEGATE_NODE_FLOW_LOOKED_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"

namespace tidegate::flow {

// All that came before, and these two, was looked at. Zeros: nobody has looked yet.
struct LookedAt {
  uint64_t arrival = 0;
  uint64_t import = 0;
  bool operator==(const LookedAt&) const = default;
};

absl::StatusOr<LookedAt> LookedUpTo(const store::Store& store);
// Notes how far the owner has looked. Neither number ever goes back. InvalidArgument for an arrival that has not come.
absl::Status LookUpTo(store::Store& store, const LookedAt& looked);

// The row, as that page has it.
std::string EncodeLooked(const LookedAt& looked);
absl::StatusOr<LookedAt> DecodeLooked(std::string_view bytes);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_LOOKED_H_
