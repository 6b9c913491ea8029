// Ladders: the functions that make a value less precise. They are pure, and they never change. A receiver recomputes
// what an author committed, so records would not verify under a changed function. RECORD.md, "Ladders".
#ifndef TIDEGATE_NODE_RECORD_VALUE_LADDER_H_
#define TIDEGATE_NODE_RECORD_VALUE_LADDER_H_

#include <cstdint>

#include "node/record/value/catalogue.h"
#include "node/record/value/value.h"

namespace tidegate::value {

// The finest rung at which the author knows something. It is 2 for a place of which the region is known and nothing
// finer. Finer rungs are committed as random bytes. The value Unknown has the coarsest rung.
uint8_t FinestRung(const Slot& slot, const Value& value);

// The value at `rung`, which is below the slot's rung count. Each item is made coarser. Items that become equal are
// kept once, in the place of the first. Items that become empty are dropped, unless all are empty. For rungs f <= g:
// CoarsenTo(CoarsenTo(v, f), g) == CoarsenTo(v, g), and CoarsenTo(v, 0) == v.
Value CoarsenTo(const Slot& slot, const Value& value, uint8_t rung);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_LADDER_H_
