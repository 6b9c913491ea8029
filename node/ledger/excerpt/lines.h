// The lines of an excerpt as JSON. Private to the room.
#ifndef TIDEGATE_NODE_LEDGER_EXCERPT_LINES_H_
#define TIDEGATE_NODE_LEDGER_EXCERPT_LINES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "node/ledger/excerpt/excerpt.h"

namespace tidegate::excerpt {

// What the first line calls itself, with the version of the format.
inline constexpr std::string_view kFormat = "TDGexc1";

// One line without its line end. Strict: what it accepts prints to the same bytes. InvalidArgument otherwise.
absl::StatusOr<Head> ParseHead(std::string_view line);
absl::StatusOr<Line> ParseLine(std::string_view line);

}  // namespace tidegate::excerpt

#endif  // TIDEGATE_NODE_LEDGER_EXCERPT_LINES_H_
