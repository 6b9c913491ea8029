// What records can be counted by. Reached by search.h.
#ifndef TIDEGATE_NODE_SEARCH_FACETS_H_
#define TIDEGATE_NODE_SEARCH_FACETS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "node/search/match.h"

namespace tidegate::search {

std::span<const std::string_view> FacetNames();
// InvalidArgument names the nearest.
absl::Status CheckFacet(std::string_view facet);
// What the record says of a facet that there is, each value once: it counts once under each. Empty where it says
// nothing. A span of more than twelve months has no month.
std::vector<std::string> FacetValues(std::string_view facet, const Subject& subject);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_FACETS_H_
