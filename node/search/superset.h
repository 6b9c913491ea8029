// What the store's index can say of a query. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_SUPERSET_H_
#define TIDEGATE_NODE_SEARCH_SUPERSET_H_

#include <vector>

#include "node/search/meaning.h"
#include "node/store/store.h"

namespace tidegate::search {

// How precisely the asker sees records, and when.
struct Sight {
  // As they are held, perhaps without some fields. Otherwise less precise: a partner may be sent the month of a day.
  bool as_held = true;
  uint64_t now_ms = 0;
};

// A condition on the index that each answer fulfils, whether somebody sees the record whole or in part. It leaves out
// what the index does not know of each record. QUERY.md, "How it is answered".
store::Where SupersetOf(const Meaning& meaning, const Sight& sight);

// The identifiers that a query asks for and does not exclude, at most 256. The register keeps them as terms.
void IdentifiersIn(const Meaning& meaning, std::vector<record::Term>& terms);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SUPERSET_H_
