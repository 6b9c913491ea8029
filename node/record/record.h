// The door of the record room: what a record is, how it is committed, narrowed, verified and named.
//
//   Takes    drafts from intake and people; untrusted views from parcels
//   Gives    statements, views, labels, search terms
//   May call crypto (bytes, hash, merkle), policy (label types), value
//   Never    do I/O, read a clock, draw randomness, include protobuf
//   Threads  ordinary data and pure functions
//   Spec     node/record/RECORD.md
#ifndef TIDEGATE_NODE_RECORD_RECORD_H_
#define TIDEGATE_NODE_RECORD_RECORD_H_

#include "node/record/derive.h"    // IWYU pragma: export
#include "node/record/doubts.h"    // IWYU pragma: export
#include "node/record/draft.h"     // IWYU pragma: export
#include "node/record/label.h"     // IWYU pragma: export
#include "node/record/openings.h"  // IWYU pragma: export
#include "node/record/terms.h"     // IWYU pragma: export
#include "node/record/values.h"    // IWYU pragma: export
#include "node/record/view.h"      // IWYU pragma: export

#endif  // TIDEGATE_NODE_RECORD_RECORD_H_
