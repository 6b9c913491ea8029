#include "node/intake/suggest/date_forms.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

using record::Slot;

constexpr std::size_t kMostShapes = 16;
constexpr std::size_t kMostTried = 100;  // cells of one shape
constexpr int kFirstYear = 1970;         // of two digits, and for dates of birth:
constexpr int kFirstYearOfBirth = 1930;

// The likelier first. Where a form and its exchange (day and month) read as many cells, the first holds.
constexpr std::array<std::string_view, 46> kDayForms = {
    "%Y-%m-%d",     "%d/%m/%Y",      "%m/%d/%Y",     "%d.%m.%Y",     "%d-%m-%Y",      "%m-%d-%Y",
    "%Y/%m/%d",     "%Y.%m.%d",      "%Y%m%d",       "%d. %m. %Y",   "%d %m %Y",      "%Y. %m. %d.",
    "%d/%m/%y",     "%m/%d/%y",      "%d.%m.%y",     "%d-%m-%y",     "%y-%m-%d",      "%d %b %Y",
    "%d. %b %Y",    "%d-%b-%Y",      "%d/%b/%Y",     "%d.%b.%Y",     "%d-%b-%y",      "%d %b %y",
    "%b %d, %Y",    "%b %d %Y",      "%d %b, %Y",    "%Y-%b-%d",     "%Y %b %d",      "%d de %b de %Y",
    "%A, %d %b %Y", "%A, %d. %b %Y", "%A %d %b %Y",  "%A %d. %b %Y", "%A, %b %d, %Y", "%A, %d.%m.%Y",
    "%A %d.%m.%Y",  "%A %d/%m/%Y",   "%A, %d/%m/%Y", "%A, %Y-%m-%d", "%d%b%Y",        "%d de %b del %Y",
    "%d.%m.%Y.",    "%d. %m. %Y.",   "%Y. %b %d.",   "%d %b. %Y"};
constexpr std::array<std::string_view, 24> kWiderForms = {
    "%Y-%m",  "%m/%Y",  "%m.%Y",  "%m-%Y",    "%Y/%m",  "%Y",      "%b %Y",          "%b-%Y",
    "%b/%Y",  "%b-%y",  "%b %y",  "%b de %Y", "%Y %b",  "Q%q %Y",  "Q%q/%Y",         "Q%q-%Y",
    "%Y Q%q", "%Y-Q%q", "%Y/Q%q", "%YQ%q",    "T%q %Y", "Q%q. %Y", "%q. Quartal %Y", "%q Quartal %Y"};
constexpr std::array<std::string_view, 3> kCountedForms = {"excel", "epoch", "epoch_ms"};
constexpr std::array<std::string_view, 17> kClockForms = {
    " %H:%M",       " %H:%M:%S",    "T%H:%M",     "T%H:%M:%S",  "T%H:%M%z",  "T%H:%M:%S%z",
    " %H:%M:%S%z",  " %H:%M:%S %z", ", %H:%M",    ", %H:%M:%S", " %I:%M %p", " %I:%M%p",
    " %I:%M:%S %p", ", %I:%M %p",   " %H:%M Uhr", " %Hh%M",     " - %H:%M"};
constexpr std::array<std::string_view, 7> kTimesOfDay = {"%H:%M",       "%H:%M:%S",  "%I:%M %p", "%I:%M%p",
                                                         "%I:%M:%S %p", "%H:%M Uhr", "%Hh%M"};

bool IsLetterByte(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || (c & 0x80) != 0; }

// How digits, letters and signs follow each other: `24/03/2026` is `9/9/Y`, `3. März 2026` is `9. a Y`.
std::string ShapeOf(std::string_view text) {
  std::string shape;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    if (const std::size_t digits = end - at; digits > 0) {
      shape.append(digits <= 2 ? "9" : digits == 4 ? "Y" : Cat({"N", std::to_string(digits)}));
      at = end;
      continue;
    }
    while (end < text.size() && IsLetterByte(text[end])) ++end;
    shape.push_back(end > at ? 'a' : text[at]);
    at = std::max(end, at + 1);
  }
  return shape;
}

struct ShapedDate {
  const std::string* text;
  std::uint64_t count;
};
struct DateShape {
  std::vector<ShapedDate> cells;
  std::uint64_t count = 0;
};

// The shapes of the column, the more frequent first.
std::vector<DateShape> ShapesOf(const ColumnProfile& column) {
  std::map<std::string, DateShape> by_shape;
  for (const auto& [text, count] : column.values()) {
    DateShape& shape = by_shape[ShapeOf(text)];
    shape.cells.push_back({&text, count});
    shape.count += count;
  }
  std::vector<DateShape> shapes;
  shapes.reserve(by_shape.size());
  for (auto& [name, shape] : by_shape) shapes.push_back(std::move(shape));
  std::stable_sort(shapes.begin(), shapes.end(),
                   [](const DateShape& a, const DateShape& b) { return a.count > b.count; });
  if (shapes.size() > kMostShapes) shapes.resize(kMostShapes);
  return shapes;
}

bool ContainsText(std::string_view form, std::string_view mark) { return form.find(mark) != std::string_view::npos; }

// The same form with day and month exchanged, if they are two numbers beside each other; else empty. Behind a year, and
// between full stops, people write them in one order.
std::string Exchanged(std::string_view form) {
  if (StartsWith(form, "%Y") || StartsWith(form, "%y")) return "";
  std::string other(form);
  const std::size_t day = other.find("%d");
  const std::size_t month = other.find("%m");
  constexpr std::size_t kApart = 3;
  if (day == std::string::npos || month == std::string::npos) return "";
  const std::size_t first = std::min(day, month);
  if (std::max(day, month) != first + kApart || !ContainsText("/-", other.substr(first + 2, 1))) return "";
  std::swap(other[day + 1], other[month + 1]);
  return other;
}

class DateReader {
 public:
  DateReader(const Slot& slot, int first_year) : slot_(slot), first_year_(first_year) {}

  // A date of our time, so that a number is not taken for a year or a day by chance.
  bool Reads(const std::vector<std::string>& forms, const std::string& text) const {
    DateRules rules;
    rules.forms = forms;
    rules.first_year = first_year_;
    if (forms.size() == 1 && IsCounted(forms.front()) && !IsPlausible(forms.front(), text)) return false;
    const absl::StatusOr<std::string> date = ReadDate(rules, text);
    if (!date.ok() || !record::ParseValue(slot_, *date).ok()) return false;
    constexpr int kEarliest = 1900;
    constexpr int kLatest = 2100;
    int year = 0;
    return absl::SimpleAtoi(date->substr(0, 4), &year) && year >= kEarliest && year < kLatest;
  }

  bool ReadsAsItIs(const std::string& text) const {
    const bool year = text.size() == 4 && (StartsWith(text, "19") || StartsWith(text, "20"));
    return (text.size() > 4 || year) && record::ParseValue(slot_, DropSeconds(text)).ok();
  }

 private:
  static bool IsCounted(std::string_view form) {
    return std::find(kCountedForms.begin(), kCountedForms.end(), form) != kCountedForms.end();
  }
  // Days and seconds from 1954 to 2064, and from 1990 to 2050.
  static bool IsPlausible(std::string_view form, const std::string& text) {
    const double number = std::strtod(text.c_str(), nullptr);
    if (form == "excel") return number >= 20'000 && number < 60'000;
    const double seconds = form == "epoch" ? number : number / 1000;
    return seconds >= 631'152'000 && seconds < 2'524'608'000;
  }

  const Slot& slot_;
  const int first_year_;
};

// The forms worth a try for a cell.
std::vector<std::string> CandidatesFor(std::string_view text, const DateHints& hints) {
  std::vector<std::string> candidates;
  const bool clock = ContainsText(text, ":") || ContainsText(text, "h");
  for (std::string_view day : kDayForms) {
    candidates.emplace_back(day);
    if (!clock) continue;
    for (std::string_view time : kClockForms) candidates.push_back(Cat({day, time}));
  }
  for (std::string_view wider : kWiderForms) candidates.emplace_back(wider);
  if (hints.named) candidates.insert(candidates.end(), kCountedForms.begin(), kCountedForms.end());
  return candidates;
}

// The form of one shape, and what says whether its day comes first.
struct ShapeForms {
  std::string form;                            // empty: none was found
  std::string other;                           // `form` with day and month exchanged, if that reads some cells, too
  bool only_form = false, only_other = false;  // cells that only the one reads
};

class Guesser {
 public:
  Guesser(const Slot& slot, const ColumnProfile& column, const DateHints& hints)
      : column_(column),
        hints_(hints),
        first_year_(hints.birth ? kFirstYearOfBirth : kFirstYear),
        reader_(slot, first_year_) {}

  DateGuess Guess() {
    DateGuess guess;
    guess.fits = column_.Passing([this](const std::string& text) { return reader_.ReadsAsItIs(text); });
    // A zone can be said of times that a form reads, and of no others.
    const bool bare = column_.Passing([](const std::string& text) { return HasBareClock(text); }) > 0;
    if (guess.fits == column_.kept() && !bare) return guess;
    std::vector<ShapeForms> found;
    for (const DateShape& shape : ShapesOf(column_)) found.push_back(FormsOf(shape));
    Settle(&found, &guess);
    if (guess.forms.empty()) return guess;
    // A number of four digits is a year rather than a day of 1905; with both forms it is neither.
    if (Has(guess.forms, "excel") && !Has(guess.forms, "%Y")) guess.forms.emplace_back("%Y");
    if (std::any_of(guess.forms.begin(), guess.forms.end(),
                    [](const std::string& f) { return ContainsText(f, "%y"); })) {
      guess.first_year = first_year_;
    }
    const std::uint64_t by_forms =
        column_.Passing([&](const std::string& text) { return reader_.Reads(guess.forms, text); });
    if (by_forms < guess.fits || (by_forms == guess.fits && !bare)) return {{}, {}, false, guess.fits, {}};
    guess.fits = by_forms;
    Doubt(&guess);
    return guess;
  }

 private:
  // A time of day without a zone behind it.
  static bool HasBareClock(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) return false;
    return text.find_first_of("Zz+-", colon) == std::string::npos;
  }

  static bool Has(const std::vector<std::string>& forms, std::string_view form) {
    return std::find(forms.begin(), forms.end(), form) != forms.end();
  }

  std::uint64_t Fits(const DateShape& shape, const std::string& form) const {
    constexpr std::size_t kSome = 8;  // a form that reads none of so many is not tried on the others
    std::uint64_t fits = 0;
    for (std::size_t i = 0; i < std::min(shape.cells.size(), kMostTried); ++i) {
      if (i == kSome && fits == 0) break;
      if (reader_.Reads({form}, *shape.cells[i].text)) fits += shape.cells[i].count;
    }
    return fits;
  }

  ShapeForms FormsOf(const DateShape& shape) const {
    ShapeForms found;
    std::uint64_t most = 0;
    for (const std::string& candidate : CandidatesFor(*shape.cells.front().text, hints_)) {
      const std::uint64_t fits = Fits(shape, candidate);
      if (fits <= most) continue;
      most = fits;
      found.form = candidate;
    }
    const std::string other = Exchanged(found.form);
    if (other.empty() || Fits(shape, other) == 0) return found;
    found.other = other;
    for (const ShapedDate& cell : shape.cells) {
      const bool one = reader_.Reads({found.form}, *cell.text);
      const bool exchanged = reader_.Reads({other}, *cell.text);
      found.only_form |= one && !exchanged;
      found.only_other |= exchanged && !one;
    }
    return found;
  }

  // Where a shape does not say which number is the day, the others do, or where the table is from.
  void Settle(std::vector<ShapeForms>* found, DateGuess* guess) const {
    int day_first = 0;
    int month_first = 0;
    for (const ShapeForms& one : *found) {
      const bool says = !one.other.empty() && one.only_form != one.only_other;
      if (!says) continue;
      const std::string& sure = one.only_form ? one.form : one.other;
      ++(sure.find("%d") < sure.find("%m") ? day_first : month_first);
    }
    for (ShapeForms& one : *found) {
      if (one.form.empty()) continue;
      if (one.other.empty()) {
        Add(one.form, guess);
      } else if (one.only_form && one.only_other) {
        Add(one.form, guess);
        Add(one.other, guess);
        guess->doubts.push_back(Cat({"some dates can only be `", one.form, "` and some only `", one.other,
                                     "`; rows whose date could be both are refused"}));
      } else if (one.only_form || one.only_other) {
        Add(one.only_form ? one.form : one.other, guess);
      } else {
        const bool month = day_first == month_first ? hints_.month_first : month_first > day_first;
        const bool form_is_month = one.form.find("%m") < one.form.find("%d");
        if (form_is_month != month) std::swap(one.form, one.other);
        Add(one.form, guess);
        guess->doubts.push_back(
            Cat({"no day is beyond 12, so day and month could be the other way round: `", one.other, "`"}));
      }
    }
  }

  static void Add(const std::string& form, DateGuess* guess) {
    if (!Has(guess->forms, form)) guess->forms.push_back(form);
  }

  void Doubt(DateGuess* guess) const {
    const auto any = [guess](std::string_view mark) {
      return std::any_of(guess->forms.begin(), guess->forms.end(),
                         [mark](const std::string& form) { return ContainsText(form, mark); });
    };
    if (guess->first_year.has_value()) {
      guess->doubts.push_back(Cat({"years of two digits are read as ", std::to_string(first_year_), " to ",
                                   std::to_string(first_year_ + 99), "; `first_year` says otherwise"}));
    }
    guess->zoneless = (any("%H") || any("%I")) && !any("%z");
    if (any("excel")) guess->doubts.emplace_back("its numbers are read as a spreadsheet's days since 1900");
    if (any("epoch")) guess->doubts.emplace_back("its numbers are read as seconds or milliseconds since 1970");
  }

  const ColumnProfile& column_;
  const DateHints& hints_;
  const int first_year_;
  const DateReader reader_;
};

}  // namespace

DateGuess GuessDates(const record::Slot& slot, const ColumnProfile& column, const DateHints& hints) {
  return Guesser(slot, column, hints).Guess();
}

std::vector<std::string> GuessClocks(const ColumnProfile& column) {
  constexpr double kMost = 0.8;
  std::vector<std::string> clocks;
  std::uint64_t fits = 0;
  for (std::string_view clock : kTimesOfDay) {
    DateRules rules;
    rules.forms = {Cat({"%Y-%m-%d ", clock})};
    const std::uint64_t read = column.Passing([&rules](const std::string& text) {
      return ReadDate(rules, Cat({"2026-01-02 ", text})).ok();
    });
    if (read == 0) continue;
    fits += read;
    clocks.emplace_back(clock);
  }
  const auto kept = static_cast<double>(column.kept());
  return kept > 0 && static_cast<double>(fits) >= kept * kMost ? clocks : std::vector<std::string>();
}

std::vector<std::string> WithClocks(const std::vector<std::string>& dates, const std::vector<std::string>& clocks) {
  std::vector<std::string> forms = dates.empty() ? std::vector<std::string>{"%Y-%m-%d"} : dates;
  const std::size_t plain = forms.size();
  for (std::size_t i = 0; i < plain; ++i) {
    const bool to_the_day =
        ContainsText(forms[i], "%d") && !ContainsText(forms[i], "%H") && !ContainsText(forms[i], "%I");
    for (const std::string& clock : clocks) {
      if (to_the_day) forms.push_back(Cat({forms[i], " ", clock}));
    }
  }
  return forms;
}

std::string FormsText(const std::vector<std::string>& forms) {
  if (forms.size() == 1) return text::Json(forms.front());
  std::string list;
  for (const std::string& form : forms) list.append(Cat({list.empty() ? "" : ", ", text::Json(form)}));
  return Cat({"[", list, "]"});
}

}  // namespace tidegate::intake
