// The encoding of values (node/record/value/encoding.h) under this room's name, as values.h has the other names.
#ifndef TIDEGATE_NODE_RECORD_ENCODING_H_
#define TIDEGATE_NODE_RECORD_ENCODING_H_

#include "node/record/value/encoding.h"  // IWYU pragma: export
#include "node/record/values.h"          // IWYU pragma: export

#endif  // TIDEGATE_NODE_RECORD_ENCODING_H_
