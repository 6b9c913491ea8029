#include "node/intake/dates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "node/intake/months.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

struct Parts {
  int year = -1;
  int month = -1;
  int day = -1;
  int hour = -1;
  int minute = -1;
  int second = -1;
  int two_digits = -1;  // of the year
  int hour_of_12 = -1;
  int half = -1;  // of the day: 0 before noon, 1 after
  int quarter = -1;
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

// `AM`, `pm`, `a.m.`: 0 or 1; -1 if it is none of them.
int TakeHalf(std::string_view* text) {
  for (std::string_view word : {"am", "pm", "a.m.", "p.m."}) {
    if (!EqualIgnoringCase(text->substr(0, word.size()), word)) continue;
    text->remove_prefix(word.size());
    return word.front() == 'p' ? 1 : 0;
  }
  return -1;
}

// A word, with a full stop if it is an abbreviation.
bool TakeWord(std::string_view* text) {
  std::size_t at = 0;
  while (at < text->size() &&
         (absl::ascii_isalpha(static_cast<unsigned char>((*text)[at])) || ((*text)[at] & 0x80) != 0)) {
    ++at;
  }
  if (at == 0) return false;
  if (at < text->size() && (*text)[at] == '.') ++at;
  text->remove_prefix(at);
  return true;
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

// The ending of a day that people count: `17th`, `1st`, `1er`, and a fraction of a second. Neither says anything here.
void DropEnding(char mark, char next, std::string_view* text) {
  const auto letter = [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || (c & 0x80) != 0; };
  if (mark == 'S' && next != '.' && next != ',' && (StartsWith(*text, ".") || StartsWith(*text, ","))) {
    std::string_view fraction = text->substr(1);
    if (TakeDigits(&fraction)) *text = fraction;
  }
  if (mark != 'd' || letter(next)) return;
  for (std::string_view ending : {"st", "nd", "rd", "th", "er", "\xC2\xBA", "\xC2\xB0"}) {
    const std::string_view rest = text->substr(std::min(ending.size(), text->size()));
    if (!EqualIgnoringCase(text->substr(0, ending.size()), ending) || (!rest.empty() && letter(rest.front()))) continue;
    *text = rest;
    return;
  }
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
    case 'y':
      return (parts->two_digits = TakeNumber(text, 2, 2)) >= 0;
    case 'I':
      return (parts->hour_of_12 = TakeNumber(text, 1, 2)) >= 0;
    case 'p':
      return (parts->half = TakeHalf(text)) >= 0;
    case 'q':
      return (parts->quarter = TakeNumber(text, 1, 1)) >= 0;
    case 'b':
    case 'B':
      return (parts->month = TakeMonthName(text)) > 0;
    case 'A':
      return TakeWord(text);
    case 'z':
      return !(parts->offset = TakeOffset(text)).empty();
    default:
      return false;
  }
}

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

// A form of days or seconds instead of marks.
struct Counted {
  std::string_view word;
  std::int64_t per_second;  // 0: days
  int epoch_year, epoch_month, epoch_day;
};
// Day 60 of a spreadsheet is a 29 February 1900 that never was; from 61 on days count from 30 December 1899.
constexpr std::array<Counted, 4> kCounted = {{{"excel", 0, 1899, 12, 30},
                                              {"excel1904", 0, 1904, 1, 1},
                                              {"epoch", 1, 1970, 1, 1},
                                              {"epoch_ms", 1000, 1970, 1, 1}}};
constexpr double kLeastDay = 61;
constexpr double kMostDay = 2'958'465;                 // 31 December 9999
constexpr std::int64_t kMostSecond = 253'402'300'799;  // the same day

const Counted* FindCounted(std::string_view form) {
  for (const Counted& counted : kCounted) {
    if (counted.word == form) return &counted;
  }
  return nullptr;
}

// The text has another form: NotFound, within this file.
absl::Status NoDate(std::string_view form) { return absl::NotFoundError(Cat({"not a date of the form `", form, "`"})); }

// The offset of a local time in a zone, as `+01:00`.
absl::StatusOr<std::string> OffsetIn(const absl::TimeZone& zone, absl::CivilSecond time) {
  const absl::TimeZone::TimeInfo there = zone.At(time);
  if (there.kind == absl::TimeZone::TimeInfo::SKIPPED) {
    return Refused({"there was no such hour in ", zone.name(), ": clocks went forward"});
  }
  if (there.kind == absl::TimeZone::TimeInfo::REPEATED) {
    return Refused({"that hour came twice in ", zone.name(), " when clocks went back; write the offset"});
  }
  const int minutes = zone.At(there.pre).offset / 60;
  return absl::StrFormat("%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

absl::StatusOr<std::string> Finish(const DateRules& rules, const Parts& parts) {
  if (parts.hour < 0 || !parts.offset.empty() || !rules.zone.has_value()) return FormatParts(parts, rules.offset);
  absl::StatusOr<std::string> offset = OffsetIn(
      *rules.zone,
      absl::CivilSecond(parts.year, parts.month, parts.day, parts.hour, parts.minute, std::max(parts.second, 0)));
  if (!offset.ok()) return offset.status();
  return FormatParts(parts, *offset);
}

Parts PartsOf(absl::CivilSecond time) {
  Parts parts;
  parts.year = static_cast<int>(time.year());
  parts.month = time.month();
  parts.day = time.day();
  parts.hour = time.hour();
  parts.minute = time.minute();
  parts.second = time.second();
  return parts;
}

absl::StatusOr<std::string> ReadCounted(const DateRules& rules, const Counted& counted, std::string_view text) {
  double number = 0;
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), ',', '.');
  const bool digits = !plain.empty() && plain.find_first_not_of("0123456789.") == std::string::npos;
  if (!digits || plain.size() > 24 || !absl::SimpleAtod(plain, &number)) return NoDate(counted.word);
  const absl::CivilSecond epoch(counted.epoch_year, counted.epoch_month, counted.epoch_day);
  if (counted.per_second == 0) {
    if (number < (counted.epoch_year < 1900 ? kLeastDay : 0) || number > kMostDay) return NoDate(counted.word);
    const auto seconds = std::llround(number * 86'400);
    Parts parts = PartsOf(epoch + seconds);
    if (plain.find('.') == std::string::npos) parts.hour = -1;
    return Finish(rules, parts);
  }
  const std::int64_t seconds = static_cast<std::int64_t>(std::min(number, 1e18)) / counted.per_second;
  if (seconds > kMostSecond) return NoDate(counted.word);
  Parts parts = PartsOf(epoch + seconds);
  parts.offset = "Z";
  return Finish(rules, parts);
}

// Makes years, hours and quarters whole. False if there is no such day or hour.
bool Complete(const DateRules& rules, Parts* parts) {
  if (parts->two_digits >= 0) {
    const int first = rules.first_year.value_or(0);
    parts->year = first - first % 100 + parts->two_digits;
    if (parts->year < first) parts->year += 100;
  }
  if (parts->hour_of_12 >= 0) {
    if (parts->hour_of_12 < 1 || parts->hour_of_12 > 12) return false;
    parts->hour = parts->hour_of_12 % 12 + 12 * parts->half;
  }
  if (parts->quarter >= 0 && (parts->quarter < 1 || parts->quarter > 4)) return false;
  if (parts->hour > 23 || parts->minute > 59 || parts->second > 59) return false;
  if (parts->month < 0) return true;
  if (parts->month < 1 || parts->month > 12) return false;
  return parts->day < 0 || absl::CivilDay(parts->year, parts->month, parts->day).day() == parts->day;
}

absl::StatusOr<std::string> ReadMarks(const DateRules& rules, std::string_view form, std::string_view text) {
  Parts parts;
  std::string_view rest = text;
  for (std::size_t i = 0; i < form.size(); ++i) {
    bool mark = form[i] == '%' && i + 1 < form.size();
    if (mark) ++i;
    bool fits = mark && form[i] != '%' ? TakeMark(form[i], &rest, &parts) : !rest.empty() && rest.front() == form[i];
    if (!fits) return NoDate(form);
    if (!mark || form[i] == '%') rest.remove_prefix(1);
    if (mark) DropEnding(form[i], i + 1 < form.size() ? form[i + 1] : ' ', &rest);
    // The full stop of an abbreviated month.
    const bool month = mark && (form[i] == 'b' || form[i] == 'B');
    if (month && StartsWith(rest, ".") && form.substr(i + 1, 1) != ".") rest.remove_prefix(1);
  }
  if (!rest.empty()) return absl::NotFoundError(Cat({"text after a date of the form `", form, "`"}));
  if (!Complete(rules, &parts)) return Refused({"there is no such day or hour, read by the form `", form, "`"});
  if (parts.quarter < 0) return Finish(rules, parts);
  const int last = parts.quarter * 3;
  return absl::StrFormat("%04d-%02d..%04d-%02d", parts.year, last - 2, parts.year, last);
}

absl::StatusOr<std::string> ReadForm(const DateRules& rules, const std::string& form, std::string_view text) {
  const Counted* counted = FindCounted(form);
  return counted != nullptr ? ReadCounted(rules, *counted, text) : ReadMarks(rules, form, text);
}

absl::Status CheckForm(std::string_view format, bool has_first_year) {
  constexpr std::string_view kMarks = "YymdHIpMSbBqAz";
  std::string seen;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    char mark = i + 1 < format.size() ? format[++i] : '\0';
    if (mark == '%') continue;
    if (kMarks.find(mark) == std::string_view::npos || mark == '\0') {
      return absl::InvalidArgumentError(
          "a date format has the marks %Y %y %m %d %H %I %p %M %S %b %B %q %A %z and %%, no other; or it is one of the "
          "words excel, excel1904, epoch and epoch_ms");
    }
    if (mark == 'y' && !has_first_year) {
      return absl::InvalidArgumentError("%y needs `first_year`: with `first_year = 1950`, 50 is 1950 and 49 is 2049");
    }
    char part = mark == 'b' || mark == 'B' ? 'm' : mark == 'y' ? 'Y' : mark == 'I' ? 'H' : mark;
    if (seen.find(part) != std::string::npos) {
      return absl::InvalidArgumentError("a date format has each part once");
    }
    seen.push_back(part);
  }
  auto has = [&seen](char part) { return seen.find(part) != std::string::npos; };
  bool whole = has('Y') && (!has('d') || has('m')) && (!has('H') || (has('d') && has('M'))) &&
               (!has('M') || has('H')) && (!has('S') || has('M')) && (!has('z') || has('H')) &&
               (!has('q') || !has('m'));
  if (!whole) {
    return absl::InvalidArgumentError(
        "a date format has a year, a day only with a month, an hour only with a day and minutes, and no quarter with a "
        "month");
  }
  if (has('p') != (format.find("%I") != std::string_view::npos)) {
    return absl::InvalidArgumentError("in a date format %I and %p go together");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDateRules(const DateRules& rules) {
  for (const std::string& form : rules.forms) {
    if (FindCounted(form) != nullptr) continue;
    if (absl::Status checked = CheckForm(form, rules.first_year.has_value()); !checked.ok()) return checked;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadDate(const DateRules& rules, std::string_view text) {
  std::optional<std::string> date;
  const std::string* by = nullptr;
  absl::Status fault;
  for (const std::string& form : rules.forms) {
    absl::StatusOr<std::string> read = ReadForm(rules, form, text);
    if (!read.ok()) {
      // "There is no such day" tells people more than "the text has another form".
      if (fault.ok() || absl::IsNotFound(fault)) fault = read.status();
    } else if (date.has_value() && *read != *date) {
      return Refused({"ambiguous: by the form `", *by, "` another date than by `", form, "`"});
    } else {
      date = *std::move(read);
      by = &form;
    }
  }
  if (date.has_value()) return *date;
  if (rules.forms.size() < 2 || !absl::IsNotFound(fault)) return Refused({MessageOf(fault)});
  std::string forms;
  for (const std::string& form : rules.forms) forms.append(Cat({forms.empty() ? "`" : ", `", form, "`"}));
  return Refused({"not a date of any of the forms ", forms});
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
