// index: in which arrivals a blind term occurs, and cursors that combine such sets.
//
//   Takes    a transaction of LMDB, the table of postings, and the list of runs that its owner keeps
//   Gives    postings added, merged and removed; cursors over arrival numbers, paid from a budget; a filter of names;
//            which chunks are damaged
//   May call crypto/vault (blind terms), node/store/environment
//   Must     never look at an entry that the budget does not pay for; merge in bounded portions
//   Never    know what a term stands for, or open a row
//   Threads  a PostingIndex and its cursors belong to the thread of their transaction; a NameFilter is for any
//   Spec     node/store/FORMAT.md, "Postings"
#ifndef TIDEGATE_NODE_STORE_INDEX_INDEX_H_
#define TIDEGATE_NODE_STORE_INDEX_INDEX_H_

#include "node/store/index/chunk.h"
#include "node/store/index/cursor.h"
#include "node/store/index/holes.h"
#include "node/store/index/name_filter.h"
#include "node/store/index/postings.h"
#include "node/store/index/runs.h"
#include "node/store/index/varint.h"

#endif  // TIDEGATE_NODE_STORE_INDEX_INDEX_H_
