// Ladders: the functions that make a value less precise. Pure and fixed for ever: a receiver recomputes what an author
// committed, so a changed function would be a forged record. RECORD.md, "Ladders".
#ifndef TIDEGATE_NODE_RECORD_VALUE_LADDER_H_
#define TIDEGATE_NODE_RECORD_VALUE_LADDER_H_

#include <cstdint>

#include "node/record/value/catalogue.h"
#include "node/record/value/value.h"

namespace tidegate::value {

// The finest rung at which the author knows something: 2 for a place known only to the region. Finer rungs are
// committed as random bytes. Unknown has the coarsest.
uint8_t FinestRung(const Slot& slot, const Value& value);

// The value at `rung` (below the slot's rung count), item by item; items that become equal are kept once, in the order
// of their first, and items that say nothing more are dropped unless all do. With f and g any two rungs, f <= g:
// CoarsenTo(CoarsenTo(v, f), g) == CoarsenTo(v, g), and CoarsenTo(v, 0) == v.
Value CoarsenTo(const Slot& slot, const Value& value, uint8_t rung);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_LADDER_H_
