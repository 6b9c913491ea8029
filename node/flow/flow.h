// flow: what the node does, one readable sentence a direction.
//   Takes    what our own people author (with who and why), what partners follow, what partners send
//   Gives    Authoring, Sharing (exchange::FeedSource), Receiving (exchange::ParcelSink), Lines
//   May call every room's door below
//   Must     let nothing leave without Disclosure and a durable intent, nothing in without Admission
//   Never    know an edge or its messages; do a room's own work: it hands on
//   Threads  any; one Follow is one thread's
//   Spec     ARCHITECTURE.md §3 and §7
//
//   share     store -> policy -> parcel(seal) -> ledger -> exchange
//   receive   exchange -> parcel(open) -> policy(admit) -> store
#ifndef TIDEGATE_NODE_FLOW_FLOW_H_
#define TIDEGATE_NODE_FLOW_FLOW_H_

#include "node/flow/author.h"           // IWYU pragma: export
#include "node/flow/embargo.h"          // IWYU pragma: export
#include "node/flow/expiry.h"           // IWYU pragma: export
#include "node/flow/govern.h"           // IWYU pragma: export
#include "node/flow/govern_policies.h"  // IWYU pragma: export
#include "node/flow/kept.h"             // IWYU pragma: export
#include "node/flow/leftovers.h"        // IWYU pragma: export
#include "node/flow/lines.h"            // IWYU pragma: export
#include "node/flow/looked.h"           // IWYU pragma: export
#include "node/flow/receive.h"          // IWYU pragma: export
#include "node/flow/removal.h"          // IWYU pragma: export
#include "node/flow/retention.h"        // IWYU pragma: export
#include "node/flow/share.h"            // IWYU pragma: export

#endif  // TIDEGATE_NODE_FLOW_FLOW_H_
