// Makes the names of node/record/value/encoding.h names of this room, as values.h does for the other names.
#ifndef TIDEGATE_NODE_RECORD_ENCODING_H_
#define TIDEGATE_NODE_RECORD_ENCODING_H_

#include "node/record/value/encoding.h"  // IWYU pragma: export
#include "node/record/values.h"          // IWYU pragma: export

#endif  // TIDEGATE_NODE_RECORD_ENCODING_H_
