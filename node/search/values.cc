#include "node/search/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "node/record/value/calendar.h"
#include "node/search/say.h"

namespace tidegate::search {
namespace {

constexpr char kDates[] =
    "a date was expected: 2026, 2026-03, 2026-03-04, today, yesterday, or a range such as 2026-01..2026-03, 30d.. or "
    "..2026-03-04";
constexpr char kNumber[] = "a number was expected: 5, >=5, 5..10, or with its unit >=1000GBP";
constexpr char kNear[] = "a place was expected as LATITUDE,LONGITUDE,RADIUS, for example near:53.80,-1.55,15km";
constexpr char kTlp[] = "a TLP was expected: CLEAR, GREEN, AMBER, AMBER+STRICT, RED, or a range such as >=AMBER";
constexpr int kMostAgo = 100000;              // days, weeks, months or years
constexpr double kHalfTheWorld = 20'038'000;  // metres: no two places are further apart

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
std::string Uppered(std::string_view text) {
  std::string upper;
  for (const char c : text) upper.push_back(Upper(c));
  return upper;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The whole of `text`, or false.
template <typename Number>
bool Reads(std::string_view text, Number& number) {
  text = Trimmed(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool Drop(std::string_view& text, char begin) {
  if (text.empty() || text.front() != begin) return false;
  text.remove_prefix(1);
  return true;
}

int64_t Ms(absl::CivilDay day) { return absl::ToUnixMillis(absl::FromCivil(day, absl::UTCTimeZone())); }

// `30d`: the day so long ago.
std::optional<absl::CivilDay> DayAgo(std::string_view text, absl::CivilDay today) {
  int count = 0;
  if (text.size() < 2 || !Reads(text.substr(0, text.size() - 1), count) || count < 0 || count > kMostAgo) {
    return std::nullopt;
  }
  std::optional<absl::CivilDay> day;
  if (text.back() == 'd') day = today - count;
  if (text.back() == 'w') day = today - absl::civil_diff_t{7} * count;
  if (text.back() == 'm') {
    const absl::CivilMonth month = absl::CivilMonth(today) - count;
    day = std::min(absl::CivilDay(month) + (today.day() - 1), absl::CivilDay(month + 1) - 1);
  }
  if (text.back() == 'y') {
    const absl::CivilMonth month(today.year() - count, today.month());
    day = std::min(absl::CivilDay(month) + (today.day() - 1), absl::CivilDay(month + 1) - 1);
  }
  if (!day || day->year() < 1) return std::nullopt;
  return day;
}

// From its first to its last moment.
std::optional<std::pair<int64_t, int64_t>> Moments(std::string_view text, uint64_t now_ms, bool in_range) {
  const absl::CivilDay today(absl::ToCivilDay(absl::FromUnixMillis(static_cast<int64_t>(now_ms)), absl::UTCTimeZone()));
  std::optional<absl::CivilDay> day;
  if (text == "today") day = today;
  if (text == "yesterday") day = today - 1;
  if (in_range && !day) day = DayAgo(text, today);
  if (day) return std::pair(Ms(*day), Ms(*day + 1));
  const auto instant = value::ParseInstant(text);
  if (!instant) return std::nullopt;
  return std::pair(value::BeginMs(*instant), value::EndMs(*instant));
}

struct NumberAndUnit {
  record::Decimal number;
  std::string unit;
};

std::optional<NumberAndUnit> ReadNumber(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && IsAlpha(text[end - 1])) --end;
  NumberAndUnit read;
  read.unit = std::string(text.substr(end));
  const auto number = record::ParseDecimal(Trimmed(text.substr(0, end)));
  if (!number) return std::nullopt;
  read.number = *number;
  return read;
}

std::optional<double> Metres(std::string_view text) {
  text = Trimmed(text);
  double unit = 0;
  for (const auto& [name, metres] : {std::pair<std::string_view, double>{"km", 1000}, {"mi", 1609.344}, {"m", 1}}) {
    if (!text.ends_with(name)) continue;
    text.remove_suffix(name.size());
    unit = metres;
    break;
  }
  double number = 0;
  if (unit == 0 || !Reads(text, number) || !std::isfinite(number) || number <= 0) return std::nullopt;
  return std::min(number * unit, kHalfTheWorld);
}

}  // namespace

std::optional<Range> ReadRange(std::string_view text) {
  Range range;
  const size_t dots = text.find("..");
  if (dots != std::string_view::npos) {
    range.from = text.substr(0, dots);
    range.to = text.substr(dots + 2);
  } else if (Drop(text, '>')) {
    range.from_open = !Drop(text, '=');
    range.from = text;
  } else if (Drop(text, '<')) {
    range.to_open = !Drop(text, '=');
    range.to = text;
  } else {
    range.from = range.to = text;
  }
  if (range.from.empty() && range.to.empty()) return std::nullopt;
  return range;
}

absl::StatusOr<Span> ReadSpan(std::string_view text, uint64_t now_ms) {
  const auto range = ReadRange(text);
  if (!range) return Expected({kDates});
  const bool one = range->from == range->to && range->from.data() == range->to.data();
  Span span;
  if (!range->from.empty()) {
    const auto moments = Moments(range->from, now_ms, !one);
    if (!moments && one && Moments(text, now_ms, true)) {
      return Expected({"write `", text, "..` for all since then"});
    }
    if (!moments) return Expected({kDates});
    span.from = range->from_open ? moments->second : moments->first;
  }
  if (!range->to.empty()) {
    const auto moments = Moments(range->to, now_ms, !one);
    if (!moments) return Expected({kDates});
    span.until = range->to_open ? moments->first : moments->second;
  }
  if (span.from && span.until && *span.from >= *span.until) {
    return Expected({"the range ends before it begins"});
  }
  return span;
}

absl::StatusOr<Numbers> ReadNumbers(std::string_view text) {
  const auto range = ReadRange(text);
  if (!range) return Expected({kNumber});
  Numbers numbers;
  for (const bool lower : {true, false}) {
    const std::string_view end = lower ? range->from : range->to;
    if (end.empty()) continue;
    auto read = ReadNumber(end);
    if (!read) return Expected({kNumber});
    if (!read->unit.empty() && !numbers.unit.empty() && Uppered(read->unit) != Uppered(numbers.unit)) {
      return Expected({"both ends of a range have one unit"});
    }
    if (!read->unit.empty()) numbers.unit = std::move(read->unit);
    (lower ? numbers.lower : numbers.upper) = read->number;
  }
  numbers.lower_open = range->from_open;
  numbers.upper_open = range->to_open;
  if (numbers.lower && numbers.upper && record::Compare(*numbers.lower, *numbers.upper) > 0) {
    return Expected({"the range ends below its beginning"});
  }
  return numbers;
}

absl::StatusOr<Near> ReadNear(std::string_view text) {
  const size_t first = text.find(','), last = text.rfind(',');
  if (first == last && !text.empty() && (IsAlpha(text.front()) || static_cast<signed char>(text.front()) < 0)) {
    return Expected(
        {"places by their names come with the gazetteer, which this node does not have; write the place as "
         "LATITUDE,LONGITUDE,RADIUS, for example near:53.80,-1.55,15km"});
  }
  double latitude = 0, longitude = 0;
  if (first == last || !Reads(text.substr(0, first), latitude) ||
      !Reads(text.substr(first + 1, last - first - 1), longitude) || !(std::fabs(latitude) <= 90) ||
      !(std::fabs(longitude) <= 180)) {
    return Expected({kNear});
  }
  const auto metres = Metres(text.substr(last + 1));
  if (!metres) return Expected({"a radius was expected: 500m, 15km or 10mi"});
  Near near;
  near.at.latitude_e6 = static_cast<int32_t>(std::lround(latitude * 1e6));
  near.at.longitude_e6 = static_cast<int32_t>(std::lround(longitude * 1e6));
  near.metres = *metres;
  return near;
}

absl::StatusOr<Tlps> ReadTlps(std::string_view text) {
  const auto range = ReadRange(text);
  if (!range) return Expected({kTlp});
  Tlps tlps;
  for (const bool lower : {true, false}) {
    const std::string_view end = lower ? range->from : range->to;
    if (end.empty()) continue;
    const auto tlp = record::ParseTlp(Uppered(end));
    if (!tlp) return Expected({kTlp});
    const int step = lower ? (range->from_open ? 1 : 0) : (range->to_open ? -1 : 0);
    const int rank = static_cast<int>(*tlp) + step;
    if (rank < 0 || rank > static_cast<int>(record::Tlp::kRed)) {
      return Expected({"there is no TLP beyond that one"});
    }
    (lower ? tlps.least : tlps.most) = static_cast<record::Tlp>(rank);
  }
  if (tlps.least > tlps.most) return Expected({"the range ends below its beginning"});
  return tlps;
}

}  // namespace tidegate::search
