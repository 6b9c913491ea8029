// Questions about records that are no longer held. search.h includes this. QUERY.md, "What is no longer held".
#ifndef TIDEGATE_NODE_SEARCH_GONE_H_
#define TIDEGATE_NODE_SEARCH_GONE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "node/search/meaning.h"

namespace tidegate::search {

// The states of records that are no longer held and that a question is about. Neither: it is about records that are
// held.
struct Gone {
  bool recalled = false;   // by their author
  bool withdrawn = false;  // by the last of those who gave them
  bool any() const { return recalled || withdrawn; }
};

// What the index knows is held, so nothing else is found by it. A question is about what is gone if it says so in a
// condition that each answer fulfils. InvalidArgument where it says so elsewhere, and where it asks for contents, of
// which nothing is left.
absl::StatusOr<Gone> GoneIn(const Meaning& meaning);

// `recalled` or `withdrawn`. InvalidArgument for another word, with the nearest of them.
absl::StatusOr<State> GoneState(std::string_view word);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_GONE_H_
