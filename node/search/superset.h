// What the store's index can say of a query. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_SUPERSET_H_
#define TIDEGATE_NODE_SEARCH_SUPERSET_H_

#include <optional>
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

// What the index says of a query and no more: of the records of which it says all (Uncertain), those that answer.
struct Exact {
  store::Where where;
  // Only among records that the asker sees whole. A condition may hold by a field that is withheld from others.
  bool of_whole = false;
};
// Nothing where the index is coarser than the query, or where records are seen as a partner would see them.
std::optional<Exact> ExactOf(const Meaning& meaning, const Sight& sight);
// The records of which the index does not say all, or which may have expired: whoever holds another's expired record
// does not see it.
store::Where Uncertain(const Sight& sight);

// The identifiers that a query asks for and does not exclude, at most 256. The register keeps them as terms.
void IdentifiersIn(const Meaning& meaning, std::vector<record::Term>& terms);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SUPERSET_H_
