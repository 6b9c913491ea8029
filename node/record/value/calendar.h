// The proleptic Gregorian calendar, as far as instants need it. Pure functions.
#ifndef TIDEGATE_NODE_RECORD_VALUE_CALENDAR_H_
#define TIDEGATE_NODE_RECORD_VALUE_CALENDAR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/record/value/value.h"

namespace tidegate::value {

// 28 to 31; `month` is 1 to 12.
uint8_t DaysInMonth(uint16_t year, uint8_t month);
// Days since 1970-01-01.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);
// The minute that contains `ms`. Nothing outside the years 1 to 9999.
std::optional<Instant> MinuteOf(int64_t ms);

// Reads `2026`, `2026-03`, `2026-03-04`, `2026-03-04T10:20Z`, `2026-03-04 10:20:30+02:00` (in UTC; seconds are
// dropped). A time of day without a zone is UTC. None if the text has another form.
std::optional<Instant> ParseInstant(std::string_view text);
// Whether `text` is an instant with a time of day and without a zone.
bool LacksZone(std::string_view text);

// The meaning of a date or time in a marking, in milliseconds since 1970. A year, month or day has a beginning and an
// end. A time of day means the second that it names. If it has a fraction, `from` is the next second and `until` is the
// second before.
struct Moment {
  int64_t from_ms = 0;
  int64_t until_ms = 0;
};
// Takes the forms that ParseInstant takes.
std::optional<Moment> ParseMoment(std::string_view text);
// `2026-03-04T10:20:30Z`, or `2026-03-04T10:20Z` on the minute; `never` outside the years 1 to 9999.
std::string FormatSecond(int64_t ms);

}  // namespace tidegate::value

#endif  // TIDEGATE_NODE_RECORD_VALUE_CALENDAR_H_
