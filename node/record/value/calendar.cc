#include "node/record/value/calendar.h"

#include <cstdlib>

#include "absl/strings/str_format.h"

namespace tidegate::value {
namespace {

constexpr int64_t kSecondMs = 1'000;
constexpr int64_t kMinuteMs = 60 * kSecondMs;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;

// Takes exactly `digits` digits off the front.
std::optional<int> TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool Take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

struct TimeOfDay {
  int minute = 0;
  int second = 0;         // 0 to 60
  bool fraction = false;  // of a second, and not zero
};

// `10:20`, `10:20:30`, `10:20:30.123456`.
std::optional<TimeOfDay> TakeTimeOfDay(std::string_view& text) {
  const std::optional<int> hour = TakeNumber(text, 2);
  if (!hour || !Take(text, ':')) return std::nullopt;
  const std::optional<int> minute = TakeNumber(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  TimeOfDay time;
  time.minute = *hour * 60 + *minute;
  if (!Take(text, ':')) return time;
  const std::optional<int> second = TakeNumber(text, 2);
  if (!second || *second > 60) return std::nullopt;
  time.second = *second;
  if (!Take(text, '.')) return time;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    time.fraction |= text.front() != '0';
    text.remove_prefix(1);
  }
  return time;
}

// The rest of the text must be a zone: empty, `Z`, `+02:00`, `-0330`. Gives minutes east of UTC.
std::optional<int> ReadZone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z" || text == " UTC") return 0;
  const bool east = text.front() == '+';
  if (!east && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int> hours = TakeNumber(text, 2);
  Take(text, ':');
  const std::optional<int> minutes = text.empty() ? std::optional<int>(0) : TakeNumber(text, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59 || !text.empty()) return std::nullopt;
  return (east ? 1 : -1) * (*hours * 60 + *minutes);
}

// An instant as a text says it: a date, or a minute with seconds.
struct ReadInstant {
  Instant date;
  std::optional<TimeOfDay> time;
  int east = 0;        // minutes
  bool zoned = false;  // it says so
};

std::optional<ReadInstant> Read(std::string_view text) {
  ReadInstant read;
  Instant& instant = read.date;
  const std::optional<int> year = TakeNumber(text, 4);
  if (!year || *year < 1) return std::nullopt;
  instant.year = static_cast<uint16_t>(*year);
  if (text.empty()) return read;
  if (!Take(text, '-')) return std::nullopt;
  const std::optional<int> month = TakeNumber(text, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  instant.month = static_cast<uint8_t>(*month);
  instant.precision = TimePrecision::kMonth;
  if (text.empty()) return read;
  if (!Take(text, '-')) return std::nullopt;
  const std::optional<int> day = TakeNumber(text, 2);
  if (!day || *day < 1 || *day > DaysInMonth(instant.year, instant.month)) return std::nullopt;
  instant.day = static_cast<uint8_t>(*day);
  instant.precision = TimePrecision::kDay;
  if (text.empty()) return read;
  if (!Take(text, 'T') && !Take(text, ' ')) return std::nullopt;
  read.time = TakeTimeOfDay(text);
  read.zoned = !text.empty();
  const std::optional<int> east = read.time ? ReadZone(text) : std::nullopt;
  if (!east) return std::nullopt;
  read.east = *east;
  return read;
}

}  // namespace

uint8_t DaysInMonth(uint16_t year, uint8_t month) {
  static constexpr uint8_t kDays[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[(month - 1) % 12];
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

std::optional<Instant> MinuteOf(int64_t ms) {
  const int64_t days = ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0);
  // The same source: civil_from_days.
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(shifted - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  if (year < 1 || year > 9999) return std::nullopt;
  Instant instant;
  instant.precision = TimePrecision::kMinute;
  instant.year = static_cast<uint16_t>(year);
  instant.month = static_cast<uint8_t>(month);
  instant.day = static_cast<uint8_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  instant.minute = static_cast<uint16_t>((ms - days * kDayMs) / kMinuteMs);
  return instant;
}

std::optional<Instant> ParseInstant(std::string_view text) {
  const std::optional<ReadInstant> read = Read(text);
  if (!read) return std::nullopt;
  if (!read->time) return read->date;
  return MinuteOf(BeginMs(read->date) + (read->time->minute - read->east) * kMinuteMs);
}

bool LacksZone(std::string_view text) {
  const std::optional<ReadInstant> read = Read(text);
  return read && read->time && !read->zoned;
}

std::optional<Moment> ParseMoment(std::string_view text) {
  const std::optional<ReadInstant> read = Read(text);
  if (!read) return std::nullopt;
  if (!read->time) return Moment{BeginMs(read->date), EndMs(read->date)};
  const int64_t minute = BeginMs(read->date) + (read->time->minute - read->east) * kMinuteMs;
  const int64_t second = minute + read->time->second * kSecondMs;
  return Moment{second + (read->time->fraction ? kSecondMs : 0), second};
}

std::string FormatSecond(int64_t ms) {
  const std::optional<Instant> minute = MinuteOf(ms);
  if (!minute) return "never";
  const int64_t second = (ms - BeginMs(*minute)) / kSecondMs;
  std::string text = FormatInstant(*minute);
  if (second != 0) text.insert(text.size() - 1, absl::StrFormat(":%02d", second));
  return text;
}

std::string FormatInstant(const Instant& t) {
  switch (t.precision) {
    case TimePrecision::kYear:
      return absl::StrFormat("%04d", t.year);
    case TimePrecision::kMonth:
      return absl::StrFormat("%04d-%02d", t.year, t.month);
    case TimePrecision::kDay:
      return absl::StrFormat("%04d-%02d-%02d", t.year, t.month, t.day);
    case TimePrecision::kMinute:
      break;
  }
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02dZ", t.year, t.month, t.day, t.minute / 60, t.minute % 60);
}

int64_t BeginMs(const Instant& t) {
  const unsigned month = t.month == 0 ? 1 : t.month;
  const unsigned day = t.day == 0 ? 1 : t.day;
  return DaysFromCivil(t.year, month, day) * kDayMs + t.minute * kMinuteMs;
}

int64_t EndMs(const Instant& t) {
  switch (t.precision) {
    case TimePrecision::kYear:
      return DaysFromCivil(t.year + 1, 1, 1) * kDayMs;
    case TimePrecision::kMonth:
      return (t.month == 12 ? DaysFromCivil(t.year + 1, 1, 1) : DaysFromCivil(t.year, t.month + 1u, 1)) * kDayMs;
    case TimePrecision::kDay:
      return BeginMs(t) + kDayMs;
    case TimePrecision::kMinute:
      break;
  }
  return BeginMs(t) + kMinuteMs;
}

}  // namespace tidegate::value
