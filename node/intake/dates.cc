#include "node/intake/dates.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};

struct Parts {
  int year = -1;
  int month = -1;
  int day = -1;
  int hour = -1;
  int minute = -1;
  int second = -1;
  std::string offset;
};

// One to `most` digits at the front of `*text`; -1 if there are fewer than `least`.
int TakeNumber(std::string_view* text, std::size_t least, std::size_t most) {
  int number = 0;
  std::size_t count = 0;
  while (count < most && count < text->size() && absl::ascii_isdigit(static_cast<unsigned char>((*text)[count]))) {
    number = number * 10 + ((*text)[count] - '0');
    ++count;
  }
  if (count < least) return -1;
  text->remove_prefix(count);
  return number;
}

// A fraction of any length (RFC 3339 section 5.6). False if there is none.
bool TakeDigits(std::string_view* text) {
  const std::size_t end = std::min(text->find_first_not_of("0123456789"), text->size());
  text->remove_prefix(end);
  return end > 0;
}

int TakeMonthName(std::string_view* text) {
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    for (std::string_view name : {kMonths[i], kMonths[i].substr(0, 3)}) {
      if (EqualIgnoringCase(text->substr(0, name.size()), name)) {
        text->remove_prefix(name.size());
        return static_cast<int>(i) + 1;
      }
    }
  }
  return -1;
}

// `Z`, `+01:00` or `+0100`, given back in the first two forms; empty if it is none of them.
std::string TakeOffset(std::string_view* text) {
  if (!text->empty() && (text->front() == 'Z' || text->front() == 'z')) {
    text->remove_prefix(1);
    return "Z";
  }
  if (text->empty() || (text->front() != '+' && text->front() != '-')) return "";
  char sign = text->front();
  text->remove_prefix(1);
  int hours = TakeNumber(text, 2, 2);
  if (!text->empty() && text->front() == ':') text->remove_prefix(1);
  int minutes = TakeNumber(text, 2, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return "";
  return absl::StrFormat("%c%02d:%02d", sign, hours, minutes);
}

// Reads what `mark` stands for; false if it is not there.
bool TakeMark(char mark, std::string_view* text, Parts* parts) {
  switch (mark) {
    case 'Y':
      return (parts->year = TakeNumber(text, 4, 4)) >= 0;
    case 'm':
      return (parts->month = TakeNumber(text, 1, 2)) >= 0;
    case 'd':
      return (parts->day = TakeNumber(text, 1, 2)) >= 0;
    case 'H':
      return (parts->hour = TakeNumber(text, 1, 2)) >= 0;
    case 'M':
      return (parts->minute = TakeNumber(text, 1, 2)) >= 0;
    case 'S':
      return (parts->second = TakeNumber(text, 1, 2)) >= 0;
    case 'b':
    case 'B':
      return (parts->month = TakeMonthName(text)) >= 0;
    case 'z':
      return !(parts->offset = TakeOffset(text)).empty();
    default:
      return false;
  }
}

// Whether such a day exists is for record::ParseValue to say.
std::string FormatParts(const Parts& parts, std::string_view offset) {
  std::string out = absl::StrFormat("%04d", parts.year);
  if (parts.month >= 0) absl::StrAppendFormat(&out, "-%02d", parts.month);
  if (parts.day >= 0) absl::StrAppendFormat(&out, "-%02d", parts.day);
  if (parts.hour >= 0) {
    absl::StrAppendFormat(&out, "T%02d:%02d", parts.hour, parts.minute);
    if (parts.second >= 0) absl::StrAppendFormat(&out, ":%02d", parts.second);
    out.append(parts.offset.empty() ? offset : std::string_view(parts.offset));
  }
  return out;
}

}  // namespace

absl::Status CheckDateFormat(std::string_view format) {
  std::string seen;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    char mark = i + 1 < format.size() ? format[++i] : '\0';
    if (mark == '%') continue;
    if (std::string_view("YmdHMSbBz").find(mark) == std::string_view::npos || mark == '\0') {
      return absl::InvalidArgumentError("a date format has the marks %Y %m %d %H %M %S %b %B %z and %%, no other");
    }
    char part = mark == 'b' || mark == 'B' ? 'm' : mark;
    if (seen.find(part) != std::string::npos) {
      return absl::InvalidArgumentError("a date format has each part once");
    }
    seen.push_back(part);
  }
  auto has = [&seen](char part) { return seen.find(part) != std::string::npos; };
  bool whole = has('Y') && (!has('d') || has('m')) && (!has('H') || (has('d') && has('M'))) &&
               (!has('M') || has('H')) && (!has('S') || has('M')) && (!has('z') || has('H'));
  if (!whole) {
    return absl::InvalidArgumentError(
        "a date format has a year, a day only with a month, and an hour only with a day and minutes");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DateByFormat(std::string_view format, std::string_view text, std::string_view offset) {
  Parts parts;
  std::string_view rest = text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    bool mark = format[i] == '%' && i + 1 < format.size();
    if (mark) ++i;
    bool fits =
        mark && format[i] != '%' ? TakeMark(format[i], &rest, &parts) : !rest.empty() && rest.front() == format[i];
    if (!fits) return Refused({"not a date of the form `", format, "`"});
    if (!mark || format[i] == '%') rest.remove_prefix(1);
  }
  if (!rest.empty()) return Refused({"text after a date of the form `", format, "`"});
  return FormatParts(parts, offset);
}

std::string DropSeconds(std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  auto take = [&rest](char wanted) {
    if (rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  };
  bool date = TakeMark('Y', &rest, &parts) && take('-') && TakeMark('m', &rest, &parts) && take('-') &&
              TakeMark('d', &rest, &parts);
  bool time = date && (take('T') || take('t') || take(' ')) && TakeMark('H', &rest, &parts) && take(':') &&
              TakeMark('M', &rest, &parts) && take(':') && TakeMark('S', &rest, &parts);
  if (!time) return std::string(text);
  if (take('.') && !TakeDigits(&rest)) return std::string(text);
  if (!TakeMark('z', &rest, &parts) || !rest.empty()) return std::string(text);
  parts.second = -1;
  return FormatParts(parts, "Z");
}

std::uint64_t MicrosecondsOf(std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(absl::ToUnixMicros(time), 0));
}

}  // namespace tidegate::intake
