// Facets: what records can be counted by. search.h includes this.
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
// InvalidArgument names the nearest facet.
absl::Status CheckFacet(std::string_view facet);
// The values of a known facet that the record has, each once. Empty if it has none. A span of more than twelve months
// has no month.
std::vector<std::string> FacetValues(std::string_view facet, const Subject& subject);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_FACETS_H_
