// Dates as sources write them, turned into the form that record::ParseValue reads: `2026`, `2026-03`, `2026-03-04`,
// `2026-03-04T10:20Z`, `2026-03-04T10:20:30Z`.
#ifndef TIDEGATE_NODE_INTAKE_DATES_H_
#define TIDEGATE_NODE_INTAKE_DATES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::intake {

// A date format has the marks %Y (four digits), %m, %d, %H, %M, %S (kept for the markings, dropped by fields), %b or %B
// (an English month, short or whole), %z (Z, +01:00 or +0100) and %%; all else stands for itself. It has a year, a day
// only with a month, an hour only with a day and minutes; each at most once.
absl::Status CheckDateFormat(std::string_view format);

// `text` by `format`, which CheckDateFormat accepted; a time without %z is taken at `offset` (`Z` or `+01:00`).
// InvalidArgument, without the text, if it does not fit.
absl::StatusOr<std::string> DateByFormat(std::string_view format, std::string_view text, std::string_view offset);

// An RFC 3339 date or timestamp, seconds and their fraction dropped; what has not this form is returned unchanged, for
// ParseValue to judge.
std::string DropSeconds(std::string_view text);

// An RFC 3339 timestamp in microseconds since 1970; 0 for what is none, or is before.
std::uint64_t MicrosecondsOf(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_DATES_H_
