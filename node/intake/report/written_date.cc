#include "node/intake/report/written_date.h"

#include <optional>

#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "node/record/record.h"

namespace tidegate::intake {
namespace {

// Days and years in words and figures, and machines' forms that are not RFC 3339. Each is tried with a time behind it.
constexpr std::string_view kDates[] = {"%d %B %Y", "%B %d %Y", "%d-%b-%Y", "%Y/%m/%d", "%Y.%m.%d",
                                       "%Y-%m-%d", "%Y %B %d", "%d.%m.%Y", "%B %Y"};
constexpr std::string_view kTimes[] = {"", " %H:%M", " %H:%M:%S", " %H:%M %z", " %H:%M:%S %z", "T%H:%M", "T%H:%M:%S"};

constexpr std::string_view kWeekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::string_view kOrdinals[] = {"st", "nd", "rd", "th"};

bool IsWeekday(std::string_view word) {
  for (const std::string_view day : kWeekdays) {
    if (word == day || (word.size() == 3 && word == day.substr(0, 3))) return true;
  }
  return false;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Without weekdays, commas, `of`, `at` and the endings of ordinals, with one blank between words.
std::string Plain(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(" ,\t", at), text.size());
    std::string_view word = text.substr(at, end - at);
    at = end + 1;
    const std::string lower = Lower(word);
    if (word.empty() || IsWeekday(lower) || lower == "of" || lower == "at" || lower == "the") continue;
    for (const std::string_view ending : kOrdinals) {
      if (EndsWith(lower, ending) && word.size() > 2 && word.size() <= 4 && IsDigit(word.front()))
        word.remove_suffix(2);
    }
    if (lower == "utc" || lower == "gmt") word = "Z";
    if (!plain.empty()) plain.push_back(' ');
    plain.append(word);
  }
  return plain;
}

// `text` by a format, if it is such a date and the day exists.
std::optional<std::string> ByFormat(std::string_view format, std::string_view text) {
  DateRules rules;
  rules.forms = {std::string(format)};
  absl::StatusOr<std::string> date = ReadDate(rules, text);
  if (!date.ok()) return std::nullopt;
  static const record::Slot* const slot = record::Catalogue::FindKind("report")->FindSlot("reported");
  std::string whole = DropSeconds(*date);
  return record::ParseValue(*slot, whole).ok() ? std::optional<std::string>(std::move(whole)) : std::nullopt;
}

}  // namespace

absl::StatusOr<std::string> WrittenDate(std::string_view text) {
  const std::string plain = Plain(text);
  for (const std::string_view date : kDates) {
    for (const std::string_view time : kTimes) {
      if (auto read = ByFormat(Cat({date, time}), plain)) return *std::move(read);
    }
  }
  const auto day_first = ByFormat("%d/%m/%Y", plain);
  const auto month_first = ByFormat("%m/%d/%Y", plain);
  if (day_first && month_first && *day_first != *month_first) {
    return Refused({"can be read in two ways, day or month first; write 2026-03-04"});
  }
  if (day_first) return *day_first;
  if (month_first) return *month_first;
  return Refused({"not a date; write 2026-03-04"});
}

}  // namespace tidegate::intake
