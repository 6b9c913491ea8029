// The catalogue's rules. A catalogue that passes can be compiled in. Nothing of this is checked again at run time.
#ifndef TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_
#define TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_

#include <cstdint>
#include <vector>

#include "node/record/catalogue/source.h"

namespace tidegate::catalogue {

// The fields of a kind fit into one 64-bit mask.
inline constexpr int kMaxSlots = 64;
// The most bytes of a field's canonical encoding.
inline constexpr uint32_t kMaxValueBytes = 1 << 20;

// Appends one complaint for each broken rule.
// Kinds: numbers and names are unique and not reserved, the file is named after its kind, and the version is what the
// slots' `since` says.
// Slots: they are numbered 0, 1, 2, ... (at most kMaxSlots), names are unique, type and class are said, ladder, code
// list and unit are as the type asks, and there is a help sentence.
// Code lists: names are unique, codes are unique ASCII words, parents exist and have no parent themselves, and no alias
// could mean two codes. The lists `country` and `currency` exist.
void Check(const Source& source, std::vector<Complaint>& complaints);

// The bound of a slot's encoding: what the file says, or else the type's default (sixteen times that for a list).
uint32_t MaxBytes(const Slot& slot);

}  // namespace tidegate::catalogue

#endif  // TIDEGATE_NODE_RECORD_CATALOGUE_CHECK_H_
