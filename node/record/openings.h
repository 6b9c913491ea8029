// Which fields of a record are open to somebody, and how precisely: the plain form of it, without values and proofs.
// What a partner was given, may still hold, or was asked to give up is told in this form everywhere.
#ifndef TIDEGATE_NODE_RECORD_OPENINGS_H_
#define TIDEGATE_NODE_RECORD_OPENINGS_H_

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::record {

struct View;

// One field at one rung of its ladder; 0 is the finest.
struct SlotRung {
  uint16_t slot = 0;
  uint8_t rung = 0;
  auto operator<=>(const SlotRung&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// Ascending by slot, each slot once. Empty: nothing is open.
using Openings = std::vector<SlotRung>;

// What a view opens.
Openings OpeningsOf(const View& view);
// What a mask lets through: by slot the finest rung that may go, -1 for a field that may not (label::Rungs).
Openings OpeningsOf(std::span<const int8_t> finest);

// Both together: every field of either, at the finer of its rungs.
Openings Merged(const Openings& a, const Openings& b);
// What of `held` may stay within `limit`: the fields of both, at the coarser of their rungs.
Openings Limited(const Openings& held, const Openings& limit);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_OPENINGS_H_
