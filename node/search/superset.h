// What the store's index can say of a query. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_SUPERSET_H_
#define TIDEGATE_NODE_SEARCH_SUPERSET_H_

#include <vector>

#include "node/search/meaning.h"
#include "node/store/store.h"

namespace tidegate::search {

// A condition on the index that each answer fulfils, whether somebody sees the record whole or in part. It uses what
// the index knows of each record (kind, author, identifiers, countries, references) and leaves out the rest. QUERY.md,
// "How it is answered".
store::Where SupersetOf(const Meaning& meaning);

// The identifiers that a query asks for and does not exclude, at most 256. The register keeps them as terms.
void IdentifiersIn(const Meaning& meaning, std::vector<record::Term>& terms);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SUPERSET_H_
