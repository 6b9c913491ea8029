// Writes a checked catalogue as C++: constexpr tables that satisfy node/record/value/catalogue.h.
#ifndef TIDEGATE_NODE_RECORD_CATALOGUE_EMIT_H_
#define TIDEGATE_NODE_RECORD_CATALOGUE_EMIT_H_

#include <string>

#include "node/record/catalogue/source.h"

namespace tidegate::catalogue {

// Gives the whole of catalogue_data.cc. `source` has passed Check. The same catalogue gives the same bytes, in any
// order of its files.
std::string Emit(const Source& source);

}  // namespace tidegate::catalogue

#endif  // TIDEGATE_NODE_RECORD_CATALOGUE_EMIT_H_
