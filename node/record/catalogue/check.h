// The catalogue's rules. A catalogue that passes can be compiled in: nothing of this is looked at again at run time.
#ifndef TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_
#define TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_

#include <cstdint>
#include <vector>

#include "node/record/catalogue/source.h"

namespace tidegate::catalogue {

// A kind's fields fit one 64-bit mask.
inline constexpr int kMaxSlots = 64;
// No field's canonical encoding is longer.
inline constexpr uint32_t kMaxValueBytes = 1 << 20;

// Appends one complaint for each broken rule:
// - kinds: numbers and names unique and not reserved, the file named after its kind, version as the slots' `since`
// says;
// - slots: numbered 0, 1, 2, ... (at most kMaxSlots), names unique, type and class said, ladder, code list and unit as
//   the type asks, a help sentence;
// - code lists: names unique, codes unique ASCII words, parents exist and have no parent themselves, no alias that
// could
//   mean two codes; the lists `country` and `currency` exist.
void Check(const Source& source, std::vector<Complaint>& complaints);

// The bound of a slot's encoding: what the file says, else the type's default (sixteen-fold for a list).
uint32_t MaxBytes(const Slot& slot);

}  // namespace tidegate::catalogue

#endif  // TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_
