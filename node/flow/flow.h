// flow: what the node does, one readable sentence a direction.
//   Takes    what operators author, what partners follow, what partners send
//   Gives    api::Actions, exchange::FeedSource, exchange::ParcelSink
//   May call every room's door
//   Must     let nothing leave without Disclosure and a durable intent, nothing in without Admission
//   Never    do a room's own work: it hands on
//   Threads  all three from any thread; one Follow is one thread's
//   Spec     ARCHITECTURE.md §3 and §7
//
//   share     intake -> record -> store -> policy -> parcel(seal) -> ledger -> exchange
//   receive   exchange -> parcel(open) -> policy(admit) -> store
#ifndef TIDEGATE_NODE_FLOW_FLOW_H_
#define TIDEGATE_NODE_FLOW_FLOW_H_

#include "node/flow/author.h"   // IWYU pragma: export
#include "node/flow/embargo.h"  // IWYU pragma: export
#include "node/flow/receive.h"  // IWYU pragma: export
#include "node/flow/share.h"    // IWYU pragma: export

#endif  // TIDEGATE_NODE_FLOW_FLOW_H_
