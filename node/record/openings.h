// Openings: which fields of a record are open to somebody, and how precisely, without values and proofs. All rooms use
// this form to say what a partner was given, may still hold, or was asked to erase.
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

// The fields that a view opens.
Openings OpeningsOf(const View& view);
// The fields that a mask lets through. `finest` has for each slot the finest rung that may go, or -1 for a field that
// may not go (label::Rungs).
Openings OpeningsOf(std::span<const int8_t> finest);

// Both together: every field of either, at the finer of its rungs.
Openings Merged(const Openings& a, const Openings& b);
// The part of `held` that stays within `limit`: the fields of both, at the coarser of their rungs.
Openings Limited(const Openings& held, const Openings& limit);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_OPENINGS_H_
