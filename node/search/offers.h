// What completion offers while somebody types a query. search.h includes this.
#ifndef TIDEGATE_NODE_SEARCH_OFFERS_H_
#define TIDEGATE_NODE_SEARCH_OFFERS_H_

#include <string>
#include <vector>

namespace tidegate::search {

// A field, and values that are read after it: all of a closed list, the usual ones of times, else none.
struct Offer {
  std::string field;
  std::vector<std::string> values;
};

// The fields of the language, then the schemes of identifiers, each once.
std::vector<Offer> Offers();
// `KIND.FIELD` of each field that a query may ask for.
std::vector<std::string> OffersInKinds();

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_OFFERS_H_
