// Turns dates, as sources write them, into the forms that record::ParseValue reads: `2026`, `2026-03`, `2026-03-04`,
// `2026-03-04T10:20Z`, `2026-03-04T10:20:30Z`, `2026-01..2026-03`.
#ifndef TIDEGATE_NODE_INTAKE_DATES_H_
#define TIDEGATE_NODE_INTAKE_DATES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tidegate::intake {

// How the dates of a column are written.
struct DateRules {
  // Each is one of the words `excel`, `excel1904` (days of a spreadsheet), `epoch`, `epoch_ms` (seconds or milliseconds
  // since 1970), or a text with marks: %Y (four digits), %y (two), %m, %d, %H, %I with %p (AM or PM), %M, %S (markings
  // keep seconds, fields drop them; a fraction may follow), %b or %B (a month's name, see months.h), %q (a quarter, 1
  // to 4), %A (a day of the week, not looked at), %z (Z, +01:00 or +0100) and %%. Every other character stands for
  // itself. A day may be counted: `17th`, `1er`.
  std::vector<std::string> forms;
  std::string offset = "Z";            // of times that say none: `Z` or `+01:00`
  std::optional<absl::TimeZone> zone;  // the same, by name; holds instead of `offset`
  std::optional<int> first_year;       // %y is a year of the hundred that begin with it
};

// A form with marks has a year, a day only with a month, an hour only with a day and minutes, each mark once at most.
absl::Status CheckDateRules(const DateRules& rules);

// Reads `text` by the form that it fits, `rules` being such as CheckDateRules accepts. InvalidArgument, which does not
// quote the text: it fits none, or several that give different dates, or there is no such day or hour, or it came twice
// (when clocks go back).
absl::StatusOr<std::string> ReadDate(const DateRules& rules, std::string_view text);

// An RFC 3339 date or timestamp without its seconds. Any other text is returned unchanged, and ParseValue judges it.
std::string DropSeconds(std::string_view text);

// An RFC 3339 timestamp in microseconds since 1970. 0 if it is none, or before 1970.
std::uint64_t MicrosecondsOf(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_DATES_H_
