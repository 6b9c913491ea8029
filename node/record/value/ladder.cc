#include "node/record/value/ladder.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

namespace tidegate::value {
namespace {

// The age bands of the Counter-Trafficking Data Collaborative, 2017 dictionary: the first year of each.
constexpr std::array<int64_t, 9> kBandBegins = {0, 9, 18, 21, 24, 27, 30, 39, 48};
constexpr int64_t kAdult = 18;
constexpr int64_t kLargestPower = 1'000'000'000'000'000'000;

// --- place, time, narrative: parts are taken away
// ---------------------------------------------------------------------

Scalar CoarsenPlace(Place place, uint8_t rung) {
  if (rung >= 1) {
    place.name.clear();
    place.coordinates.reset();
  }
  if (rung >= 2) place.locality.clear();
  if (rung >= 3) place.region.clear();
  if (place == Place{}) return Unknown{};
  return place;
}

void CoarsenInstant(Instant& instant, TimePrecision precision) {
  if (instant.precision >= precision) return;
  instant.precision = precision;
  instant.minute = 0;
  if (precision >= TimePrecision::kMonth) instant.day = 0;
  if (precision >= TimePrecision::kYear) instant.month = 0;
}

Scalar CoarsenTime(TimeRange range, uint8_t rung) {
  if (range.from) CoarsenInstant(*range.from, static_cast<TimePrecision>(rung));
  if (range.to) CoarsenInstant(*range.to, static_cast<TimePrecision>(rung));
  return range;
}

Scalar CoarsenNarrative(Narrative narrative, uint8_t rung) {
  if (rung >= 1) narrative.text.clear();
  if (rung >= 2) narrative.sanitised.clear();
  if (narrative == Narrative{}) return Unknown{};
  return narrative;
}

// --- age
// --------------------------------------------------------------------------------------------------------------

int64_t Power(uint8_t exponent) {
  int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

int64_t Floor(const Decimal& d) {
  const int64_t unit = Power(d.scale);
  return d.mantissa / unit - (d.mantissa % unit < 0 ? 1 : 0);
}

int64_t Ceiling(const Decimal& d) { return -Floor({-d.mantissa, d.scale}); }

// Whole years that a bound still allows: "over 17" is 18 and more, "under 18" is 17 and less.
int64_t YoungestYears(const Quantity& age) {
  return Floor(*age.lower) + (age.lower_open && age.lower->scale == 0 ? 1 : 0);
}
int64_t OldestYears(const Quantity& age) { return age.upper_open ? Ceiling(*age.upper) - 1 : Floor(*age.upper); }

size_t BandOf(int64_t years) {
  size_t band = kBandBegins.size() - 1;
  while (band > 0 && kBandBegins[band] > years) --band;
  return band;
}

Quantity Years(std::optional<int64_t> lower, std::optional<int64_t> upper, const Quantity& age) {
  Quantity out;
  if (lower) out.lower = Decimal{*lower, 0};
  if (upper) out.upper = Decimal{*upper, 0};
  out.unit = age.unit;
  out.approximate = age.approximate && (lower || upper);
  return out;
}

// From the beginning of the youngest band to the end of the oldest.
Scalar AgeBand(const Quantity& age) {
  if (!age.lower && !age.upper) return age;
  const int64_t youngest = age.lower ? YoungestYears(age) : 0;
  std::optional<int64_t> upper;
  if (age.upper) {
    const size_t band = BandOf(std::max(OldestYears(age), youngest));
    if (band + 1 < kBandBegins.size()) upper = kBandBegins[band + 1] - 1;
  }
  return Years(kBandBegins[BandOf(youngest)], upper, age);
}

Scalar AdultOrMinor(const Quantity& age) {
  if (age.lower && YoungestYears(age) >= kAdult) return Years(kAdult, std::nullopt, age);
  const int64_t youngest = age.lower ? YoungestYears(age) : 0;
  if (age.upper && std::max(OldestYears(age), youngest) < kAdult) return Years(0, kAdult - 1, age);
  return Years(std::nullopt, std::nullopt, age);
}

// --- amount
// -----------------------------------------------------------------------------------------------------------

// Largest power of ten not above `d`, 0 below one; `d` is not negative.
int64_t PowerBelow(const Decimal& d) {
  const int64_t whole = Floor(d);
  if (whole < 1) return 0;
  int64_t power = 1;
  while (power <= whole / 10) power *= 10;
  return power;
}

// Smallest power of ten above `d` (or equal, if `or_equal`); nothing if it is too large to write. `d` is not negative.
std::optional<int64_t> PowerAbove(const Decimal& d, bool or_equal) {
  int64_t power = 1;
  while (true) {
    const int order = Compare({power, 0}, d);
    if (order > 0 || (order == 0 && or_equal)) return power;
    if (power == kLargestPower) return std::nullopt;
    power *= 10;
  }
}

Decimal Negated(const Decimal& d) { return {-d.mantissa, d.scale}; }

void BandLower(const Quantity& amount, Quantity& out) {
  if (amount.lower->mantissa >= 0) {
    out.lower = Decimal{PowerBelow(*amount.lower), 0};
    return;
  }
  // A debt: the power of ten that it does not exceed. One too large to write leaves the band open.
  if (const auto power = PowerAbove(Negated(*amount.lower), true)) out.lower = Decimal{-*power, 0};
}

void BandUpper(const Quantity& amount, Quantity& out) {
  const int64_t least_debt = amount.upper->mantissa < 0 ? PowerBelow(Negated(*amount.upper)) : 0;
  if (least_debt > 0) {
    out.upper = Decimal{-least_debt, 0};
    return;
  }
  if (amount.upper->mantissa < 0 || (amount.upper->mantissa == 0 && amount.upper_open)) {
    out.upper = Decimal{0, 0};
    out.upper_open = true;
    return;
  }
  if (const auto power = PowerAbove(*amount.upper, amount.upper_open)) {
    out.upper = Decimal{*power, 0};
    out.upper_open = true;
  }
}

Scalar AmountBand(const Quantity& amount) {
  Quantity out;
  out.unit = amount.unit;
  if (amount.lower) BandLower(amount, out);
  if (amount.upper) BandUpper(amount, out);
  out.approximate = amount.approximate && (out.lower || out.upper);
  return out;
}

Scalar AmountCurrency(const Quantity& amount) {
  Quantity out;
  out.unit = amount.unit;
  return out;
}

Scalar CoarsenQuantity(Ladder ladder, const Quantity& quantity, uint8_t rung) {
  if (ladder == Ladder::kAge) return rung == 1 ? AgeBand(quantity) : AdultOrMinor(quantity);
  return rung == 1 ? AmountBand(quantity) : AmountCurrency(quantity);
}

// --- identifier, code
// -------------------------------------------------------------------------------------------------

bool IsAlnum(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// `*` and the last four characters of ten or more, the last two of six or more, none of fewer; an IBAN keeps its
// country as well. E-mail addresses, handles and addresses on the web keep nothing: their ends tell more than a
// number's.
Scalar MaskIdentifier(Identifier identifier) {
  if (identifier.masked) return identifier;
  const std::string& whole = identifier.value;
  const bool plain = std::all_of(whole.begin(), whole.end(), [](char c) { return IsAlnum(c) || c == '+' || c == '-'; });
  const size_t tail = !plain || whole.size() < 6 ? 0 : (whole.size() < 10 ? 2 : 4);
  std::string masked = identifier.scheme == "iban" && plain && whole.size() >= 10 ? whole.substr(0, 2) : std::string();
  masked += '*';
  masked += whole.substr(whole.size() - tail);
  identifier.value = std::move(masked);
  identifier.masked = true;
  return identifier;
}

std::string_view ParentOf(const Slot& slot, std::string_view code) {
  const CodeList* list = Catalogue::FindCodeList(slot.code_list);
  const Code* found = list != nullptr ? Catalogue::FindCode(*list, code) : nullptr;
  return found != nullptr ? found->parent : std::string_view();
}

Scalar ParentCode(const Slot& slot, CodeValue value) {
  if (std::string_view parent = ParentOf(slot, value.code); !parent.empty()) value.code = parent;
  return value;
}

// --- dispatch
// ---------------------------------------------------------------------------------------------------------

Scalar CoarsenScalar(const Slot& slot, const Scalar& scalar, uint8_t rung) {
  switch (slot.ladder) {
    case Ladder::kNone:
      break;
    case Ladder::kPlace:
      if (const auto* place = std::get_if<Place>(&scalar)) return CoarsenPlace(*place, rung);
      break;
    case Ladder::kTime:
      if (const auto* range = std::get_if<TimeRange>(&scalar)) return CoarsenTime(*range, rung);
      break;
    case Ladder::kAge:
    case Ladder::kAmount:
      if (const auto* quantity = std::get_if<Quantity>(&scalar)) return CoarsenQuantity(slot.ladder, *quantity, rung);
      break;
    case Ladder::kIdentifier:
      if (const auto* identifier = std::get_if<Identifier>(&scalar)) return MaskIdentifier(*identifier);
      break;
    case Ladder::kCode:
      if (const auto* code = std::get_if<CodeValue>(&scalar)) return ParentCode(slot, *code);
      break;
    case Ladder::kNarrative:
      if (const auto* narrative = std::get_if<Narrative>(&scalar)) return CoarsenNarrative(*narrative, rung);
      break;
  }
  return scalar;
}

uint8_t FinestOfTime(const TimeRange& range) {
  TimePrecision finest = TimePrecision::kYear;
  if (range.from) finest = std::min(finest, range.from->precision);
  if (range.to) finest = std::min(finest, range.to->precision);
  return static_cast<uint8_t>(finest);
}

uint8_t FinestOfScalar(const Slot& slot, const Scalar& scalar) {
  const auto coarsest = static_cast<uint8_t>(slot.rung_count() - 1);
  if (scalar.index() == 0) return coarsest;
  if (const auto* place = std::get_if<Place>(&scalar); place != nullptr && slot.ladder == Ladder::kPlace) {
    if (!place->name.empty() || place->coordinates) return 0;
    return place->locality.empty() ? (place->region.empty() ? 3 : 2) : 1;
  }
  if (const auto* range = std::get_if<TimeRange>(&scalar); range != nullptr && slot.ladder == Ladder::kTime) {
    return FinestOfTime(*range);
  }
  if (const auto* quantity = std::get_if<Quantity>(&scalar)) {
    return quantity->lower || quantity->upper ? 0 : coarsest;
  }
  if (const auto* identifier = std::get_if<Identifier>(&scalar)) return identifier->masked ? coarsest : 0;
  if (const auto* narrative = std::get_if<Narrative>(&scalar);
      narrative != nullptr && slot.ladder == Ladder::kNarrative) {
    return !narrative->text.empty() ? 0 : (!narrative->sanitised.empty() ? 1 : 2);
  }
  return 0;
}

}  // namespace

uint8_t FinestRung(const Slot& slot, const Value& value) {
  auto finest = static_cast<uint8_t>(slot.rung_count() - 1);
  for (const Scalar& scalar : value.items) finest = std::min(finest, FinestOfScalar(slot, scalar));
  return finest;
}

Value CoarsenTo(const Slot& slot, const Value& value, uint8_t rung) {
  if (rung == 0 || slot.ladder == Ladder::kNone) return value;
  Value out;
  out.items.reserve(value.items.size());
  for (const Scalar& scalar : value.items) {
    Scalar coarse = CoarsenScalar(slot, scalar, rung);
    if (coarse.index() == 0) continue;
    if (std::find(out.items.begin(), out.items.end(), coarse) == out.items.end())
      out.items.push_back(std::move(coarse));
  }
  if (out.items.empty()) out.items.emplace_back(Unknown{});
  return out;
}

}  // namespace tidegate::value
