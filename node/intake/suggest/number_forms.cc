#include "node/intake/suggest/number_forms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "node/intake/numbers.h"
#include "node/intake/text.h"
#include "re2/re2.h"

namespace tidegate::intake {
namespace {

using record::Slot;

bool MatchesAll(const RE2& pattern, std::string_view text, std::string* part = nullptr) {
  const re2::StringPiece piece(text.data(), text.size());
  return part == nullptr ? RE2::PartialMatch(piece, pattern) : RE2::PartialMatch(piece, pattern, part);
}

// The first number of a cell.
constexpr char kNumberIn[] = R"re(([-+]?\d(?:[\d.,'\x{A0}\x{2009}\x{202F} ]*\d)?))re";
// One amount, with the sign or the word of a currency before or behind it.
constexpr char kAmount[] =
    R"re(^(?:\p{Sc}|[A-Z]{2,3}\$?)?\s*([-+]?\d(?:[\d.,'\x{A0}\x{2009}\x{202F} ]*\d)?)\s*(?:\p{Sc}|\pL{1,5}\.?)?$)re";
// `34`, `34 Jahre`, `3 persons`: a number, and perhaps a word that says what is counted.
constexpr char kCountedThings[] =
    R"re((?i)^(\d+)\s*(?:y|yo|y/o|yr|yrs|year|years|years old|j|jahre|jahr|jahre alt|ans|an|lat|lata|lat\.|años|anos|anni|ani|jaar|år|let|person|persons|people|victims?|women|men|girls|boys|workers|personen|opfer|frauen|männer|personnes?|victimes?|femmes|hommes|osób|osoby|osoba|personas?|víctimas?|persone)?\.?$)re";

// What a sign or word around an amount says.
struct CurrencySign {
  std::string_view sign, code;
};
constexpr std::array<CurrencySign, 12> kCurrencySigns = {{{"£", "GBP"},
                                                          {"€", "EUR"},
                                                          {"zł", "PLN"},
                                                          {"zl", "PLN"},
                                                          {"Kč", "CZK"},
                                                          {"Ft", "HUF"},
                                                          {"lei", "RON"},
                                                          {"лв", "BGN"},
                                                          {"₺", "TRY"},
                                                          {"₴", "UAH"},
                                                          {"Euro", "EUR"},
                                                          {"US$", "USD"}}};

// The currency that stands in the cell; empty if none does. `$` and `kr` are those of many countries.
std::string CurrencyIn(std::string_view text) {
  const record::CodeList* list = record::Catalogue::FindCodeList(record::kCurrencyList);
  static const RE2* const kWord = new RE2(R"(\b([A-Z]{3})\b)");
  std::string word;
  if (MatchesAll(*kWord, text, &word) && list != nullptr && record::Catalogue::FindCode(*list, word) != nullptr) {
    return word;
  }
  for (const CurrencySign& one : kCurrencySigns) {
    if (text.find(one.sign) != std::string_view::npos) return std::string(one.code);
  }
  return "";
}

// What the cells say of their signs. A point or a comma before three digits says nothing.
struct Evidence {
  std::uint64_t comma = 0;       // a decimal comma, or points between thousands
  std::uint64_t point = 0;       // the other way round
  std::uint64_t blanks = 0;      // blanks between thousands
  std::uint64_t open_point = 0;  // `1.260`
  std::uint64_t open_comma = 0;  // `1,260`
};

Evidence EvidenceOf(const ColumnProfile& column) {
  static const RE2* const kNumber = new RE2(kNumberIn);
  static const RE2* const kComma = new RE2(R"(,\d{1,2}$|,\d{4,}$|\.\d{3},|\.\d{3}\.\d{3})");
  static const RE2* const kPoint = new RE2(R"(\.\d{1,2}$|\.\d{4,}$|,\d{3}\.|,\d{3},\d{3})");
  static const RE2* const kBlank = new RE2(R"(^[-+]?\d{1,3}(?:[ \x{A0}\x{2009}\x{202F}]\d{3})+(?:[.,]\d+)?$)");
  Evidence evidence;
  for (const auto& [text, count] : column.values()) {
    std::string number;
    if (!MatchesAll(*kNumber, text, &number)) continue;
    const bool comma = MatchesAll(*kComma, number);
    const bool point = MatchesAll(*kPoint, number);
    if (comma != point) (comma ? evidence.comma : evidence.point) += count;
    if (MatchesAll(*kBlank, number)) evidence.blanks += count;
    if (comma || point) continue;
    if (number.find('.') != std::string::npos) evidence.open_point += count;
    if (number.find(',') != std::string::npos) evidence.open_comma += count;
  }
  return evidence;
}

// The cells that a field reads by the guess, as the import would read them.
std::uint64_t FitsOf(const Slot& slot, const ColumnProfile& column, const NumberGuess& guess) {
  std::optional<RE2> pattern;
  if (!guess.pattern.empty()) pattern.emplace(guess.pattern);
  return column.Passing([&](const std::string& text) {
    std::string number = text;
    if (pattern.has_value() && !MatchesAll(*pattern, text, &number)) return false;
    if (guess.decimal != '\0') {
      absl::StatusOr<std::string> plain = PlainNumber(number, guess.decimal);
      if (!plain.ok()) return false;
      number = *std::move(plain);
    }
    const std::string unit = guess.without_unit ? "EUR" : guess.unit;
    return record::ParseValue(slot, unit.empty() ? number : Cat({number, " ", unit})).ok();
  });
}

void DoubtSigns(const Evidence& evidence, NumberGuess* guess) {
  if (evidence.comma > 0 && evidence.point > 0) {
    guess->doubts.emplace_back(
        "some numbers have a decimal comma and some a decimal point; only those with a point are read");
  } else if (evidence.open_point > 0 && evidence.comma == 0) {
    guess->doubts.push_back(Cat({std::to_string(evidence.open_point),
                                 " numbers like `1.260` can be one and a bit, or more than a thousand; add "
                                 "decimal = \",\" or decimal = \".\""}));
  } else if (evidence.open_comma > 0 && evidence.point == 0 && evidence.comma == 0) {
    guess->doubts.emplace_back("commas before three digits are read as separators of thousands");
  }
}

// Money with its currency in the cell or in the column's name.
void GuessUnit(const Slot& slot, const ColumnProfile& column, const std::string& unit, NumberGuess* guess) {
  std::string said;
  bool several = false;
  std::uint64_t with = 0;
  for (const auto& [text, count] : column.values()) {
    const std::string currency = CurrencyIn(text);
    if (currency.empty()) continue;
    several = several || (!said.empty() && said != currency);
    said = currency;
    with += count;
  }
  if (several) {
    guess->doubts.emplace_back("its amounts are of several currencies; those that name theirs as a code are read");
    return;
  }
  if (with > 0) guess->pattern = kAmount;
  guess->unit = with > 0 ? said : unit;
  guess->without_unit = guess->unit.empty();
  if (with > 0 && with < column.kept()) {
    guess->doubts.push_back(Cat({"only ", std::to_string(with), " of ", std::to_string(column.kept()),
                                 " amounts name a currency; all are read as ", said}));
  }
  guess->fits = FitsOf(slot, column, *guess);
  if (guess->fits == column.kept() || with > 0) return;
  NumberGuess among = *guess;  // a sign that says nothing, such as `$` or `kr`
  among.pattern = kAmount;
  among.fits = FitsOf(slot, column, among);
  if (among.fits > guess->fits) *guess = std::move(among);
}

}  // namespace

char GuessDecimal(const ColumnProfile& column) {
  const Evidence evidence = EvidenceOf(column);
  return (evidence.comma > 0 || evidence.blanks > 0) && evidence.point == 0 ? ',' : '\0';
}

NumberGuess GuessNumbers(const Slot& slot, const ColumnProfile& column, const std::string& unit) {
  NumberGuess guess;
  guess.fits = FitsOf(slot, column, guess);
  const Evidence evidence = EvidenceOf(column);
  const bool comma = (evidence.comma > 0 || evidence.blanks > 0) && evidence.point == 0;
  // What reads all of it already needs nothing. A comma before three digits is read in two ways, though.
  if (guess.fits == column.kept() && !(comma && evidence.open_comma > 0)) {
    if (evidence.open_comma > 0) DoubtSigns(evidence, &guess);
    return guess;
  }
  NumberGuess other;
  if (comma) other.decimal = ',';
  if (slot.unit == "money") {
    GuessUnit(slot, column, unit, &other);
  } else {
    other.fits = FitsOf(slot, column, other);
    if (other.fits < column.kept() && other.decimal == '\0') {
      NumberGuess counted = other;
      counted.pattern = kCountedThings;
      counted.fits = FitsOf(slot, column, counted);
      if (counted.fits > other.fits) other = std::move(counted);
    }
  }
  if (other.fits > guess.fits) guess = std::move(other);
  DoubtSigns(evidence, &guess);
  return guess;
}

std::uint64_t CoordinatePairs(const ColumnProfile& column) {
  static const RE2* const kLatitude = new RE2(kLatitudePattern);
  static const RE2* const kLongitude = new RE2(kLongitudePattern);
  return column.Passing([](const std::string& text) {
    std::string latitude;
    std::string longitude;
    return MatchesAll(*kLatitude, text, &latitude) && MatchesAll(*kLongitude, text, &longitude) &&
           std::abs(std::strtod(latitude.c_str(), nullptr)) <= 90 &&
           std::abs(std::strtod(longitude.c_str(), nullptr)) <= 180;
  });
}

}  // namespace tidegate::intake
