// How values of a query are read: dates, numbers, places on the map. QUERY.md, "Values". Private to the room.
//
// Each refusal says what was expected, without the name of the room before it.
#ifndef TIDEGATE_NODE_SEARCH_VALUES_H_
#define TIDEGATE_NODE_SEARCH_VALUES_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/search/meaning.h"

namespace tidegate::search {

// `A..B`, `A..`, `..B`, `>A`, `>=A`, `<A`, `<=A`, or one value alone.
struct Range {
  std::string_view from, to;  // empty: open
  bool from_open = false, to_open = false;
};
// None if both ends are empty.
std::optional<Range> ReadRange(std::string_view text);

// Dates: `2026`, `2026-03`, `2026-03-04`, `2026-03-04T10:20Z`, `today`, `yesterday`, `30d`, `2w`, `6m`, `1y`.
absl::StatusOr<Span> ReadSpan(std::string_view text, uint64_t now_ms);
// Numbers with or without a unit: `>=3`, `3..7`, `>=1000GBP`.
absl::StatusOr<Numbers> ReadNumbers(std::string_view text);
// LAT,LON,RADIUS.
absl::StatusOr<Near> ReadNear(std::string_view text);
// One colour of TLP or a range of them.
absl::StatusOr<Tlps> ReadTlps(std::string_view text);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_VALUES_H_
