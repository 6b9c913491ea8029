// The texts of extension values: what the constructors accept, and back.

#include <cstdio>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "policy/cedar/extensions.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

__extension__ using Int128 = __int128;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

absl::Status NotA(std::string_view type, std::string_view text, std::string_view why) {
  constexpr size_t kShown = 100;
  return Invalid(Cat("`", text.substr(0, kShown), "` is not ", type, ": ", why));
}

// Takes the digits at the front of `text`. The value stops growing beyond what any type holds.
std::optional<Int128> TakeDigits(std::string_view& text) {
  constexpr Int128 kEnough = Int128{1} << 90;
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  Int128 value = 0;
  while (!text.empty() && IsDigit(text[0])) {
    if (value < kEnough) value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  return value;
}

bool FitsLong(Int128 value) { return value >= INT64_MIN && value <= INT64_MAX; }

bool Take(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Exactly `count` digits.
bool TakeExactly(std::string_view& text, size_t count, int* value) {
  if (text.size() < count) return false;
  *value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return false;
    *value = *value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

// One to three digits without a leading zero, at most `limit`.
std::optional<int> SmallNumber(std::string_view text, int limit) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int value = 0;
  if (!TakeExactly(text, text.size(), &value) || value > limit) return std::nullopt;
  return value;
}

bool ParseV4(std::string_view text, uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) {
    const size_t dot = text.find('.');
    if ((i < 3) != (dot != std::string_view::npos)) return false;
    const std::optional<int> octet = SmallNumber(text.substr(0, dot), 255);
    if (!octet) return false;
    bytes[i] = static_cast<uint8_t>(*octet);
    if (i < 3) text.remove_prefix(dot + 1);
  }
  return true;
}

// Groups joined by single colons, at most `limit`; their number, or -1.
int ParseGroups(std::string_view text, int limit, uint16_t* groups) {
  if (text.empty()) return 0;
  for (int count = 0;;) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (group.empty() || group.size() > 4 || count == limit) return -1;
    uint32_t value = 0;
    for (char c : group) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return -1;
      value = value * 16 + static_cast<uint32_t>(IsDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    groups[count++] = static_cast<uint16_t>(value);
    if (colon == std::string_view::npos) return count;
    text.remove_prefix(colon + 1);
  }
}

bool ParseV6(std::string_view text, uint8_t* bytes) {
  uint16_t all[8] = {};
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (ParseGroups(text, 8, all) != 8) return false;
  } else {
    uint16_t tail[8] = {};
    const int front = ParseGroups(text.substr(0, gap), 7, all);
    if (front < 0) return false;
    const int back = ParseGroups(text.substr(gap + 2), 7 - front, tail);  // `::` stands for one group at least
    if (back < 0) return false;
    for (int i = 0; i < back; ++i) all[8 - back + i] = tail[i];
  }
  for (size_t i = 0; i < 8; ++i) {
    bytes[2 * i] = static_cast<uint8_t>(all[i] >> 8);
    bytes[2 * i + 1] = static_cast<uint8_t>(all[i] & 0xFF);
  }
  return true;
}

// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct Civil {
  int64_t year;
  int month;
  int day;
};

Civil CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// `Z`, `+hhmm` or `-hhmm` at the end of a datetime, in milliseconds east of UTC.
std::optional<int64_t> ParseOffset(std::string_view text) {
  if (text == "Z") return 0;
  const bool west = Take(text, "-");
  int hours = 0;
  int minutes = 0;
  if (!west && !Take(text, "+")) return std::nullopt;
  if (!TakeExactly(text, 2, &hours) || !TakeExactly(text, 2, &minutes) || !text.empty()) return std::nullopt;
  if (hours > 23 || minutes > 59) return std::nullopt;
  const int64_t millis = (hours * 60 + minutes) * int64_t{60'000};
  return west ? -millis : millis;
}

std::string IpToString(const IpAddr& ip) {
  char buffer[64];
  const uint8_t* b = ip.bytes;
  if (!ip.v6) {
    std::snprintf(buffer, sizeof buffer, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
  } else {
    int n = 0;
    for (int i = 0; i < 16; i += 2) {
      n += std::snprintf(buffer + n, sizeof buffer - static_cast<size_t>(n), i == 0 ? "%x" : ":%x",
                         b[i] << 8 | b[i + 1]);
    }
  }
  return Cat(buffer, "/", static_cast<int>(ip.prefix));
}

std::string DatetimeToString(int64_t millis) {
  const int64_t days = FloorDiv(millis, kMillisPerDay);
  const int64_t rest = millis - days * kMillisPerDay;
  const Civil civil = CivilFromDays(days);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", static_cast<int>(civil.year), civil.month,
                civil.day, static_cast<int>(rest / 3'600'000), static_cast<int>(rest / 60'000 % 60),
                static_cast<int>(rest / 1000 % 60), static_cast<int>(rest % 1000));
  return buffer;
}

bool HasText(int64_t datetime_millis) {
  static const int64_t first = DaysFromCivil(0, 1, 1) * kMillisPerDay;
  static const int64_t end = DaysFromCivil(10000, 1, 1) * kMillisPerDay;
  return datetime_millis >= first && datetime_millis < end;
}

}  // namespace

absl::StatusOr<Value> ParseDecimal(std::string_view text) {
  constexpr std::string_view kShape = "expected digits, a point and one to four digits, as in `12.5`";
  std::string_view rest = text;
  const bool negative = Take(rest, "-");
  const std::optional<Int128> whole = TakeDigits(rest);
  if (!whole || !Take(rest, ".")) return NotA("a decimal", text, kShape);
  const size_t places = rest.size();
  std::optional<Int128> fraction = TakeDigits(rest);
  if (!fraction || !rest.empty() || places > 4) return NotA("a decimal", text, kShape);
  for (size_t i = places; i < 4; ++i) *fraction *= 10;
  const Int128 units = *whole * 10000 + *fraction;
  if (!FitsLong(negative ? -units : units)) return NotA("a decimal", text, "out of range");
  return Value::DecimalUnits(static_cast<int64_t>(negative ? -units : units));
}

absl::StatusOr<Value> ParseIp(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool colon = address.find(':') != std::string_view::npos;
  if (colon && address.find('.') != std::string_view::npos) {
    return NotA("an IP address", text, "IPv4 within IPv6 is not accepted");
  }
  IpAddr ip;
  ip.v6 = colon;
  if (!(colon ? ParseV6(address, ip.bytes) : ParseV4(address, ip.bytes))) {
    return NotA("an IP address", text, "expected an IPv4 or IPv6 address, or a range such as `10.0.0.0/8`");
  }
  const int bits = colon ? 128 : 32;
  ip.prefix = static_cast<uint8_t>(bits);
  if (slash != std::string_view::npos) {
    const std::optional<int> prefix = SmallNumber(text.substr(slash + 1), bits);
    if (!prefix) return NotA("an IP address", text, Cat("the prefix is a number from 0 to ", bits));
    ip.prefix = static_cast<uint8_t>(*prefix);
  }
  return Value::IpRange(ip);
}

absl::StatusOr<Value> ParseDatetime(std::string_view text) {
  constexpr std::string_view kShape =
      "expected `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss`, then optionally `.SSS`, then `Z` or an offset such as `+0130`";
  std::string_view rest = text;
  int year = 0;
  int month = 0;
  int day = 0;
  if (!TakeExactly(rest, 4, &year) || !Take(rest, "-") || !TakeExactly(rest, 2, &month) || !Take(rest, "-") ||
      !TakeExactly(rest, 2, &day)) {
    return NotA("a datetime", text, kShape);
  }
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month)) {
    return NotA("a datetime", text, "there is no such date");
  }
  const int64_t midnight = DaysFromCivil(year, month, day) * kMillisPerDay;
  if (rest.empty()) return Value::DatetimeMillis(midnight);
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millis = 0;
  if (!Take(rest, "T") || !TakeExactly(rest, 2, &hour) || !Take(rest, ":") || !TakeExactly(rest, 2, &minute) ||
      !Take(rest, ":") || !TakeExactly(rest, 2, &second)) {
    return NotA("a datetime", text, kShape);
  }
  if (hour > 23 || minute > 59 || second > 59) return NotA("a datetime", text, "there is no such time");
  if (Take(rest, ".") && !TakeExactly(rest, 3, &millis)) return NotA("a datetime", text, kShape);
  const std::optional<int64_t> offset = ParseOffset(rest);
  if (!offset) return NotA("a datetime", text, kShape);
  const int64_t of_day = ((hour * 60 + minute) * 60 + second) * int64_t{1000} + millis;
  return Value::DatetimeMillis(midnight + of_day - *offset);
}

absl::StatusOr<Value> ParseDuration(std::string_view text) {
  constexpr struct {
    std::string_view unit;
    int64_t millis;
  } kUnits[] = {{"d", kMillisPerDay}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
  constexpr std::string_view kShape =
      "expected days, hours, minutes, seconds, milliseconds in this order, as in `1d2h30m`";
  std::string_view rest = text;
  const bool negative = Take(rest, "-");
  Int128 total = 0;
  size_t next = 0;
  bool any = false;
  while (!rest.empty()) {
    const std::optional<Int128> number = TakeDigits(rest);
    if (!number) return NotA("a duration", text, kShape);
    const size_t letters = rest.substr(0, 2) == "ms" ? 2 : 1;
    const std::string_view unit = rest.substr(0, letters);
    while (next < 5 && kUnits[next].unit != unit) ++next;
    if (next == 5) return NotA("a duration", text, kShape);
    total += *number * kUnits[next].millis;
    rest.remove_prefix(letters);
    ++next;
    any = true;
  }
  if (!any) return NotA("a duration", text, kShape);
  if (negative) total = -total;
  if (!FitsLong(total)) return NotA("a duration", text, "out of range");
  return Value::DurationMillis(static_cast<int64_t>(total));
}

std::string_view ExtensionConstructor(ValueKind kind) {
  switch (kind) {
    case ValueKind::kDecimal:
      return "decimal";
    case ValueKind::kIpAddr:
      return "ip";
    case ValueKind::kDatetime:
      return "datetime";
    case ValueKind::kDuration:
      return "duration";
    default:
      return "";
  }
}

std::string ExtensionArgument(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kDecimal: {
      const int64_t n = value.AsUnits();
      const uint64_t size = n < 0 ? 0 - static_cast<uint64_t>(n) : static_cast<uint64_t>(n);
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%s%llu.%04llu", n < 0 ? "-" : "",
                    static_cast<unsigned long long>(size / 10000), static_cast<unsigned long long>(size % 10000));
      return buffer;
    }
    case ValueKind::kIpAddr:
      return IpToString(value.AsIp());
    case ValueKind::kDatetime:
      return HasText(value.AsUnits()) ? DatetimeToString(value.AsUnits()) : "";
    case ValueKind::kDuration:
      return Cat(value.AsUnits(), "ms");
    default:
      return "";
  }
}

std::string ExtensionToExpression(const Value& value) {
  const std::string argument = ExtensionArgument(value);
  if (argument.empty()) {  // a datetime beyond the years that its text can name
    return Cat("datetime(\"1970-01-01\").offset(duration(\"", value.AsUnits(), "ms\"))");
  }
  return Cat(ExtensionConstructor(value.kind()), "(", Quoted(argument), ")");
}

}  // namespace tidegate::cedar
