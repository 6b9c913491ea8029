#include "node/intake/sheet/cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr int kKeptDigits = 15;         // a spreadsheet keeps no more of a number
constexpr double kMostWhole = 1e15;     // beyond it digits are lost
constexpr double kLastDay = 2'958'466;  // 10000-01-01, in days from the end of 1899
constexpr double kFalseLeapDay = 60;    // 1900-02-29, which spreadsheets count and which never was
constexpr double k1904 = 1462;          // days from the end of 1899 to the start of 1904
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kMostExponent = 20;
constexpr std::string_view kLostDigits =
    "a number of more than 15 digits, of which a spreadsheet keeps only 15; format the column as text and type it "
    "again";

SheetCell TextCell(std::string text) { return {SheetCell::Type::kText, std::move(text)}; }

std::optional<double> ParseDouble(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

// The shortest decimal with the digits that a spreadsheet keeps, without an exponent.
std::string PlainNumber(double number) {
  if (number == 0) return "0";
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%.*e", kKeptDigits - 1, std::fabs(number));
  const std::string_view written(text.data());
  const std::size_t e = written.find('e');
  std::string digits;
  for (char c : written.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  int exponent = 0;
  std::string_view power = written.substr(e + 1);
  if (StartsWith(power, "+")) power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  const auto distance = static_cast<std::size_t>(std::abs(exponent));
  if (distance > kMostExponent) return std::string(number < 0 ? "-" : "").append(written);
  std::string plain;
  if (exponent < 0) {
    plain = "0." + std::string(distance - 1, '0') + digits;
  } else if (digits.size() <= distance + 1) {
    plain = digits + std::string(distance + 1 - digits.size(), '0');
  } else {
    plain = digits.substr(0, distance + 1) + "." + digits.substr(distance + 1);
  }
  return number < 0 ? "-" + plain : plain;
}

// A whole number in the places of `digits`, from the right: 123 by `00000` is 00123.
std::string InPlaces(std::string number, std::string_view digits) {
  std::string shown;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const bool place = digits[i] == '0' || digits[i] == '#';
    if (!place) {
      shown.push_back(digits[i]);
      continue;
    }
    if (!number.empty()) {
      shown.push_back(number.back());
      number.pop_back();
    } else if (digits[i] == '0') {
      shown.push_back('0');
    }
    // The digits that are left go before the first place.
    const bool first = digits.substr(0, i).find_first_of("0#") == std::string_view::npos;
    while (first && !number.empty()) {
      shown.push_back(number.back());
      number.pop_back();
    }
  }
  std::reverse(shown.begin(), shown.end());
  return std::string(Trim(shown));
}

std::string Clock(std::int64_t seconds) {
  std::array<char, 32> text;
  const auto hours = static_cast<long long>(seconds / 3600);
  std::snprintf(text.data(), text.size(), "%02lld:%02d:%02d", hours, static_cast<int>(seconds / 60 % 60),
                static_cast<int>(seconds % 60));
  return text.data();
}

SheetCell DateCell(double serial, const NumberFormat& format) {
  const auto seconds = static_cast<std::int64_t>(std::llround(serial * kDaySeconds));
  std::int64_t days = seconds / kDaySeconds;
  if (days < static_cast<std::int64_t>(kFalseLeapDay)) ++days;  // the count has one day too many from then on
  using std::chrono::sys_days;
  constexpr sys_days kZero{std::chrono::year{1899} / 12 / 30};
  const std::chrono::year_month_day date(kZero + std::chrono::days(days));
  std::array<char, 32> text;
  const int year = static_cast<int>(date.year());
  const unsigned month = static_cast<unsigned>(date.month());
  if (format.day || format.clock) {
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", year, month, static_cast<unsigned>(date.day()));
  } else if (format.month) {
    std::snprintf(text.data(), text.size(), "%04d-%02u", year, month);
  } else {
    std::snprintf(text.data(), text.size(), "%04d", year);
  }
  std::string shown = text.data();
  if (format.clock) shown += "T" + Clock(seconds % kDaySeconds);
  return {SheetCell::Type::kDate, std::move(shown)};
}

// One section of a format (before the first `;`) as its letters: without quoted text, escapes, colours and locales.
struct FormatSection {
  std::string letters;      // lower case, with `[h]` for an elapsed time
  std::string places;       // digit places and what may stand between them
  bool only_places = true;  // nothing else is in it
};

FormatSection ReadSection(std::string_view code) {
  FormatSection section;
  const auto literal = [&section](char c) {
    if (std::string_view("+-() /").find(c) == std::string_view::npos) section.only_places = false;
    section.places.push_back(c);
  };
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = static_cast<char>(absl::ascii_tolower(static_cast<unsigned char>(code[i])));
    if (c == '"') {
      const std::size_t end = std::min(code.find('"', i + 1), code.size());
      for (char quoted : code.substr(i + 1, end - i - 1)) literal(quoted);
      i = end;
    } else if (c == '\\') {
      if (++i < code.size()) literal(code[i]);
    } else if (c == '_' || c == '*') {
      ++i;  // room of the next character's width, or as much of it as fits
    } else if (c == '[') {
      const std::size_t end = std::min(code.find(']', i), code.size());
      const std::string inside = Lower(code.substr(i + 1, end - i - 1));
      const bool elapsed = !inside.empty() && inside.find_first_not_of(inside[0]) == std::string::npos &&
                           std::string_view("hms").find(inside[0]) != std::string_view::npos;
      if (elapsed) section.letters.append("[h]");
      if (StartsWith(inside, "$") && !StartsWith(inside, "$-")) section.only_places = false;  // a currency
      i = end;
    } else {
      section.letters.push_back(c);
      if (c == '0' || c == '#') {
        section.places.push_back(c);
      } else {
        literal(c);
      }
    }
  }
  return section;
}

}  // namespace

NumberFormat ReadNumberFormat(std::string_view code) {
  NumberFormat format;
  const FormatSection section = ReadSection(code);
  const std::string& letters = section.letters;
  if (Lower(letters) == "general" || letters == "@") return format;
  const auto has = [&letters](char c) { return letters.find(c) != std::string::npos; };
  const bool number = has('0') || has('#') || has('?');
  // `s.000` is a time with thousandths; a digit place alone is a number, whatever letters stand beside it.
  if (letters.find("[h]") != std::string::npos) {
    format.shows = NumberFormat::Shows::kDuration;
  } else if (has('y') || has('d')) {
    format.shows = NumberFormat::Shows::kDate;
    format.clock = has('h') || has('s');
    format.day = has('d') || !has('y');
    format.month = has('m') || format.day;
  } else if (has('h') || has('s')) {
    format.shows = NumberFormat::Shows::kTime;
  } else if (has('m') && !number) {
    format.shows = NumberFormat::Shows::kDate;
    format.month = true;
  } else if (has('%')) {
    format.shows = NumberFormat::Shows::kPercent;
  } else if (section.only_places && number && !has('?')) {
    const std::string_view places = section.places;
    const bool plain = places.find("00") == std::string_view::npos && places.find_first_not_of("0#") == places.npos;
    if (!plain && !has('/')) format.digits = places;
  }
  return format;
}

NumberFormat BuiltInNumberFormat(std::uint64_t id) {
  // 27 to 36 and 50 to 58 are dates in the formats of East Asia.
  if ((id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58) {
    return ReadNumberFormat("yyyy-mm-dd");
  }
  if ((id >= 32 && id <= 35) || id == 55 || id == 56) return ReadNumberFormat("h:mm:ss");
  switch (id) {
    case 9:
    case 10:
      return ReadNumberFormat("0%");
    case 14:
    case 15:
    case 16:
      return ReadNumberFormat("yyyy-mm-dd");
    case 17:
      return ReadNumberFormat("mmm-yy");
    case 18:
    case 19:
    case 20:
    case 21:
    case 45:
    case 47:
      return ReadNumberFormat("h:mm:ss");
    case 22:
      return ReadNumberFormat("yyyy-mm-dd h:mm");
    case 46:
      return ReadNumberFormat("[h]:mm:ss");
    default:
      return {};
  }
}

SheetCell NumberCell(std::string_view text, const NumberFormat& format, bool from_1904) {
  const std::optional<double> number = ParseDouble(text);
  if (!number.has_value()) return {SheetCell::Type::kFault, "not a number, though the cell says it is one"};
  using Shows = NumberFormat::Shows;
  const bool dated = format.shows == Shows::kDate;
  const double serial = dated && from_1904 ? *number + k1904 : *number;
  if (dated && serial >= 1 && serial < kLastDay && std::floor(serial) != kFalseLeapDay) {
    return DateCell(serial, format);
  }
  if (dated && (serial < 0 || serial >= 1)) {
    return {SheetCell::Type::kFault, "shown as a date, but no date that a spreadsheet can hold"};
  }
  if (format.shows == Shows::kTime || format.shows == Shows::kDuration || (dated && serial > 0)) {
    if (serial < 0 || serial >= kLastDay) return TextCell(PlainNumber(serial));
    const double shown = format.shows == Shows::kDuration ? serial : serial - std::floor(serial);
    return TextCell(Clock(std::llround(shown * kDaySeconds)));
  }
  if (format.shows == Shows::kPercent) return TextCell(PlainNumber(*number * 100) + "%");
  if (std::fabs(*number) >= kMostWhole) return {SheetCell::Type::kFault, std::string(kLostDigits)};
  std::string plain = PlainNumber(*number);
  const bool whole = plain.find_first_not_of("0123456789") == std::string::npos;
  return TextCell(whole && !format.digits.empty() ? InPlaces(std::move(plain), format.digits) : plain);
}

std::string_view SheetDateForm(std::string_view text) {
  struct Shape {
    std::string_view shape, form;
  };
  constexpr Shape kShapes[] = {
      {"dddd", "%Y"}, {"dddd-dd", "%Y-%m"}, {"dddd-dd-dd", "%Y-%m-%d"}, {"dddd-dd-ddTdd:dd:dd", "%Y-%m-%dT%H:%M:%S"}};
  for (const Shape& shape : kShapes) {
    const bool fits = shape.shape.size() == text.size() &&
                      std::equal(text.begin(), text.end(), shape.shape.begin(), [](char c, char s) {
                        return s == 'd' ? absl::ascii_isdigit(static_cast<unsigned char>(c)) : c == s;
                      });
    if (fits) return shape.form;
  }
  return {};
}

std::optional<std::string> IsoDateText(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  std::size_t matched = 0;
  while (matched < std::min(text.size(), kForm.size())) {
    const char form = kForm[matched];
    const bool fits =
        form == 'd' ? absl::ascii_isdigit(static_cast<unsigned char>(text[matched])) : form == text[matched];
    if (!fits) break;
    ++matched;
  }
  constexpr std::size_t kDay = 10, kSecond = 19;
  if (matched == kDay && text.size() == kDay) return std::string(text);
  if (matched != kSecond) return std::nullopt;
  const std::string_view fraction = text.substr(kSecond);
  if (!fraction.empty() && (fraction[0] != '.' || fraction.find_first_not_of("0123456789", 1) != fraction.npos)) {
    return std::nullopt;
  }
  if (text.substr(kDay, kSecond - kDay) == "T00:00:00") return std::string(text.substr(0, kDay));
  return std::string(text.substr(0, kSecond));
}

}  // namespace tidegate::intake
