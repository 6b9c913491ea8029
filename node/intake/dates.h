// Turns dates, as sources write them, into the forms that record::ParseValue reads: `2026`, `2026-03`, `2026-03-04`,
// `2026-03-04T10:20Z`, `2026-03-04T10:20:30Z`.
#ifndef TIDEGATE_NODE_INTAKE_DATES_H_
#define TIDEGATE_NODE_INTAKE_DATES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::intake {

// Checks a date format. It has the marks %Y (four digits), %m, %d, %H, %M, %S (markings keep seconds, fields drop
// them), %b or %B (an English month, short or whole), %z (Z, +01:00 or +0100) and %%; every other character stands for
// itself. A year is needed, a day needs a month, an hour needs a day and minutes. Each mark stands there once at most.
absl::Status CheckDateFormat(std::string_view format);

// Reads `text` by `format`, which CheckDateFormat accepted. A time without %z is at `offset` (`Z` or `+01:00`).
// InvalidArgument, which does not quote the text, if it does not fit.
absl::StatusOr<std::string> DateByFormat(std::string_view format, std::string_view text, std::string_view offset);

// An RFC 3339 date or timestamp without its seconds. Any other text is returned unchanged, and ParseValue judges it.
std::string DropSeconds(std::string_view text);

// An RFC 3339 timestamp in microseconds since 1970. 0 if it is none, or before 1970.
std::uint64_t MicrosecondsOf(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_DATES_H_
