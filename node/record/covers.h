// Spans of time and circles on the map, as a few pieces of a fixed division. So an index of words can find what
// overlaps. RECORD.md, "Terms". Private to the room.
//
// The functions are pure. If two spans overlap, they have a piece in common, or a piece of one holds a piece of the
// other.
#ifndef TIDEGATE_NODE_RECORD_COVERS_H_
#define TIDEGATE_NODE_RECORD_COVERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/record/values.h"

namespace tidegate::record {

// A day, month, year or decade; or all time before, or after, the decades that have a name here.
struct Period {
  enum class Size : uint8_t { kDay = 0, kMonth = 1, kYear = 2, kDecade = 3, kEarlier = 4, kLater = 5 };
  Size size = Size::kDay;
  int year = 0, month = 0, day = 0;  // the first of it
  std::string Name() const;          // `2026-03-04`, `2026-03`, `2026`, `202x`, `<`, `>`
  // The larger periods that hold it, the smallest first.
  std::vector<Period> Around() const;
  bool operator==(const Period&) const = default;
};
// Periods that cover the span, none smaller than `smallest`. If there would be more than `most`, larger ones are taken,
// which cover more than the span. There are at most 22 decades. Times are milliseconds since 1970. An end that is
// missing is open.
std::vector<Period> Cover(std::optional<int64_t> from, std::optional<int64_t> until, size_t most,
                          Period::Size smallest = Period::Size::kDay);

// Names of the cells that hold a point, one of each size, and of `anywhere`.
std::vector<std::string> CellsOf(const Coordinates& at);
// Names of cells of one size that cover the circle.
std::vector<std::string> CellsAround(const Coordinates& at, double metres);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_COVERS_H_
