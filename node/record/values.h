// Makes the names of node/record/value names of this room too: `record::Value`, `record::Kind` and all others. A record
// consists of values, so code that handles records needs no second namespace.
#ifndef TIDEGATE_NODE_RECORD_VALUES_H_
#define TIDEGATE_NODE_RECORD_VALUES_H_

#include "node/record/value/catalogue.h"  // IWYU pragma: export
#include "node/record/value/value.h"      // IWYU pragma: export

namespace tidegate::record {

using namespace value;

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_VALUES_H_
