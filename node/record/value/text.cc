// Values as people write and read them.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "node/record/value/ascii.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"
#include "node/record/value/value.h"

namespace tidegate::value {
namespace {

bool SameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    parts.push_back(Trimmed(text.substr(begin, end == std::string_view::npos ? end : end - begin)));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

// Items of a repeated field; `\;` is a semicolon.
std::vector<std::string> SplitItems(std::string_view text) {
  std::vector<std::string> items(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ';') {
      items.back().push_back(text[++i]);
    } else if (text[i] == ';') {
      items.emplace_back();
    } else {
      items.back().push_back(text[i]);
    }
  }
  return items;
}

// --- code
// -------------------------------------------------------------------------------------------------------------

constexpr size_t kMostListed = 600;  // bytes of codes in one message

// Names the codes of a short list, and of a long one how to see them.
absl::Status UnknownCode(const Slot& slot, const CodeList& list) {
  std::string codes;
  for (const Code& code : list.codes) codes += Joined({codes.empty() ? "" : ", ", code.code});
  if (codes.size() <= kMostListed) return RefuseField(slot, {"unknown code; there are ", codes});
  return RefuseField(
      slot, {"unknown code; the codes are those of the list `", list.name, "` (`tidegate codes ", list.name, "`)"});
}

absl::StatusOr<std::string> ReadCode(const Slot& slot, std::string_view list_name, std::string_view text) {
  const CodeList* list = Catalogue::FindCodeList(list_name);
  if (list == nullptr) return RefuseField(slot, {"its code list `", list_name, "` is not in the catalogue"});
  if (const Code* code = Catalogue::ResolveCode(*list, text)) return std::string(code->code);
  const std::string_view nearest = Catalogue::NearestCode(*list, text);
  if (nearest.empty()) return UnknownCode(slot, *list);
  return RefuseField(slot, {"unknown code; did you mean `", nearest, "`?"});
}

// --- quantity
// ---------------------------------------------------------------------------------------------------------

constexpr std::string_view kNumberWords[] = {"zero",  "one",   "two",  "three", "four",   "five",  "six",
                                             "seven", "eight", "nine", "ten",   "eleven", "twelve"};

bool TakeAny(std::string_view& text, std::initializer_list<std::string_view> prefixes) {
  for (std::string_view prefix : prefixes) {
    if (text.size() >= prefix.size() && SameWord(text.substr(0, prefix.size()), prefix)) {
      text = Trimmed(text.substr(prefix.size()));
      return true;
    }
  }
  return false;
}

// Takes the unit off: `1200 GBP`, `GBP 60,000`, `£60`, `12 persons`.
void TakeUnit(const Slot& slot, std::string_view& text, std::string& unit) {
  if (slot.unit != "money") {
    unit = slot.unit;
    if (text.size() > slot.unit.size() && SameWord(text.substr(text.size() - slot.unit.size()), slot.unit)) {
      text = Trimmed(text.substr(0, text.size() - slot.unit.size()));
    }
    return;
  }
  static constexpr std::pair<std::string_view, std::string_view> kSigns[] = {{"£", "GBP"}, {"€", "EUR"}};
  for (const auto& [sign, code] : kSigns) {
    if (TakeAny(text, {sign})) unit = code;
  }
  const CodeList* currencies = Catalogue::FindCodeList(kCurrencyList);
  if (currencies == nullptr || !unit.empty()) return;
  const size_t first = text.find(' ');
  const size_t last = text.rfind(' ');
  const std::string_view head = text.substr(0, first);
  const std::string_view tail = last == std::string_view::npos ? std::string_view() : text.substr(last + 1);
  if (Catalogue::FindCode(*currencies, tail) != nullptr) {
    unit = tail;
    text = Trimmed(text.substr(0, last));
  } else if (Catalogue::FindCode(*currencies, head) != nullptr) {
    unit = head;
    text = first == std::string_view::npos ? std::string_view() : Trimmed(text.substr(first));
  }
}

absl::Status NotAQuantity(const Slot& slot) {
  return RefuseField(slot, {"not a quantity; write `7`, `<5`, `at least ten`, `3-7` or `~20`",
                            slot.unit == "money" ? ", and the currency: `1200 GBP`" : ""});
}

// After the unit is off: one number, or a range of two.
absl::StatusOr<Scalar> ReadBounds(const Slot& slot, std::string_view text, Quantity out) {
  const bool below = TakeAny(text, {"<=", "at most ", "up to ", "no more than ", "max "});
  const bool under = !below && TakeAny(text, {"<", "under ", "less than ", "fewer than ", "below "});
  const bool least = !below && !under && TakeAny(text, {">=", "at least ", "min ", "no fewer than "});
  const bool over = !below && !under && !least && TakeAny(text, {">", "over ", "more than ", "above "});
  std::optional<Decimal> number = ParseDecimal(text);
  if (!below && !under && !least && !over && !number) {
    if (text.size() > 1 && text.back() == '+') {
      out.lower = ParseDecimal(text.substr(0, text.size() - 1));
      return out.lower ? absl::StatusOr<Scalar>(std::move(out)) : NotAQuantity(slot);
    }
    size_t middle = text.find("..");
    const size_t width = middle == std::string_view::npos ? 1 : 2;
    if (middle == std::string_view::npos) middle = text.find('-', 1);
    if (middle == std::string_view::npos) return NotAQuantity(slot);
    out.lower = ParseDecimal(text.substr(0, middle));
    out.upper = ParseDecimal(text.substr(middle + width));
    return out.lower && out.upper ? absl::StatusOr<Scalar>(std::move(out)) : NotAQuantity(slot);
  }
  if (!number) return NotAQuantity(slot);
  if (!below && !under) out.lower = number;
  if (!least && !over) out.upper = number;
  out.lower_open = over;
  out.upper_open = under;
  return out;
}

// Whether a number in `text` is written as `1.260`, `1.260.000` or `1.260,50`: half of Europe parts thousands so.
bool HasAmbiguousNumber(std::string_view text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_not_of("0123456789.,", begin), text.size());
    const std::string_view number = text.substr(begin, end - begin);
    const size_t point = number.find_first_of(".,");
    const bool thousands = point >= 1 && point <= 3 && number[point] == '.' && number.front() != '0';
    const std::string_view after = thousands ? number.substr(point + 1) : std::string_view();
    if (after.substr(0, 3).find_first_of(".,") == after.npos &&
        (after.size() == 3 || (after.size() > 3 && !IsDigit(after[3])))) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

absl::StatusOr<Scalar> ReadQuantity(const Slot& slot, std::string_view text) {
  if (HasAmbiguousNumber(text)) {
    return RefuseField(slot, {"a point before three digits can separate thousands or begin a fraction; write `1260` "
                              "or `1.2600`"});
  }
  Quantity out;
  out.approximate = TakeAny(text, {"~", "about ", "around ", "approx. ", "approximately ", "circa ", "c. "});
  TakeUnit(slot, text, out.unit);
  if (!out.approximate) out.approximate = TakeAny(text, {"~", "about "});
  if (slot.unit == "money" && out.unit.empty()) {
    return RefuseField(slot, {"an amount needs its currency: `1200 GBP` (ISO 4217)"});
  }
  if (text.empty() && !out.approximate && !out.unit.empty()) return out;
  return ReadBounds(slot, text, std::move(out));
}

// --- the other types
// --------------------------------------------------------------------------------------------------

absl::StatusOr<Scalar> ReadTime(const Slot& slot, std::string_view text) {
  const auto wrong = [&slot] {
    return RefuseField(slot,
                       {"not a time; write `2026`, `2026-03`, `2026-03-04`, `2026-03-04T10:20Z`, or two with `..` "
                        "between"});
  };
  const size_t dots = text.find("..");
  TimeRange out;
  if (dots == std::string_view::npos) {
    out.from = out.to = ParseInstant(text);
    return out.from ? absl::StatusOr<Scalar>(out) : wrong();
  }
  const std::string_view from = Trimmed(text.substr(0, dots));
  const std::string_view to = Trimmed(text.substr(dots + 2));
  if (!from.empty() && !(out.from = ParseInstant(from))) return wrong();
  if (!to.empty() && !(out.to = ParseInstant(to))) return wrong();
  return out;
}

std::optional<int32_t> ReadDegrees(std::string_view text, int64_t most) {
  const std::optional<Decimal> number = ParseDecimal(text);
  if (!number) return std::nullopt;
  int64_t micro = number->mantissa;
  if (std::abs(micro) > 1'000'000'000'000) return std::nullopt;
  for (int i = number->scale; i < 6; ++i) micro *= 10;
  for (int i = 6; i < number->scale; ++i) micro /= 10;
  if (micro > most || micro < -most) return std::nullopt;
  return static_cast<int32_t>(micro);
}

absl::StatusOr<Scalar> ReadPlace(const Slot& slot, std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, '|');
  if (parts.size() > 5) return RefuseField(slot, {"a place has at most five parts: `name|locality|region|CC|lat,lon`"});
  Place out;
  if (parts.size() == 1) {
    absl::StatusOr<std::string> country = ParseCountry(parts[0]);
    (country.ok() ? out.country : out.name) = country.ok() ? *std::move(country) : std::string(parts[0]);
    return out;
  }
  out.name = parts[0];
  out.locality = parts[1];
  if (parts.size() > 2) out.region = parts[2];
  if (parts.size() > 3 && !parts[3].empty()) {
    absl::StatusOr<std::string> country = ParseCountry(parts[3]);
    if (!country.ok()) return RefuseField(slot, {WithoutRoom(country.status())});
    out.country = *std::move(country);
  }
  if (parts.size() > 4 && !parts[4].empty()) {
    const std::vector<std::string_view> degrees = Split(parts[4], ',');
    const auto latitude = degrees.size() == 2 ? ReadDegrees(degrees[0], 90'000'000) : std::nullopt;
    const auto longitude = degrees.size() == 2 ? ReadDegrees(degrees[1], 180'000'000) : std::nullopt;
    if (!latitude || !longitude)
      return RefuseField(slot, {"coordinates are `latitude,longitude` in degrees: `53.8,-1.55`"});
    out.coordinates = Coordinates{*latitude, *longitude};
  }
  return out;
}

absl::StatusOr<Scalar> ReadIdentifier(const Slot& slot, std::string_view text, std::string_view home) {
  const CodeList* schemes = Catalogue::FindCodeList(slot.code_list);
  if (schemes == nullptr) return RefuseField(slot, {"its list of schemes is not in the catalogue"});
  const size_t colon = text.find(':');
  const Code* scheme =
      colon == std::string_view::npos ? nullptr : Catalogue::ResolveCode(*schemes, Trimmed(text.substr(0, colon)));
  std::string_view value = scheme != nullptr ? text.substr(colon + 1) : text;
  if (scheme == nullptr && schemes->codes.size() == 1) scheme = &schemes->codes.front();
  if (scheme == nullptr) {
    const std::string_view nearest =
        colon == std::string_view::npos ? std::string_view() : Catalogue::NearestCode(*schemes, text.substr(0, colon));
    if (!nearest.empty()) return RefuseField(slot, {"unknown identifier scheme; did you mean `", nearest, ":`?"});
    return RefuseField(slot, {"write `scheme:value`, the scheme one of the list `", slot.code_list, "`"});
  }
  absl::StatusOr<std::string> canonical = CanonicalIdentifier(scheme->code, value, home);
  if (!canonical.ok()) return RefuseField(slot, {WithoutRoom(canonical.status())});
  return Identifier{std::string(scheme->code), *std::move(canonical), false};
}

// Exactly 2 * N hex digits.
template <size_t N>
bool ReadHex(std::string_view text, std::array<uint8_t, N>& out) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  if (text.size() != 2 * N || !std::all_of(text.begin(), text.end(), hex)) return false;
  const std::string bytes = absl::HexStringToBytes(absl::string_view(text.data(), text.size()));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return true;
}

absl::StatusOr<Scalar> ReadReference(const Slot& slot, std::string_view text) {
  Reference out;
  if (!ReadHex(text, out.id)) return RefuseField(slot, {"a reference is the 32 hex digits of a record's id"});
  return out;
}

absl::StatusOr<Scalar> ReadAttachment(const Slot& slot, std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, ' ');
  Attachment out;
  const std::optional<Decimal> size = parts.size() == 3 ? ParseDecimal(parts[1]) : std::nullopt;
  if (!size || size->scale != 0 || size->mantissa < 0 || !ReadHex(parts[0], out.sha256)) {
    return RefuseField(slot, {"an attachment is `sha256 size media/type`"});
  }
  out.size = static_cast<uint64_t>(size->mantissa);
  out.media_type = Lowered(parts[2]);
  return out;
}

absl::StatusOr<Scalar> ReadTristate(const Slot& slot, std::string_view text) {
  for (std::string_view yes : {"yes", "true", "1", "y"}) {
    if (SameWord(text, yes)) return Tristate{true};
  }
  for (std::string_view no : {"no", "false", "0", "n"}) {
    if (SameWord(text, no)) return Tristate{false};
  }
  return RefuseField(slot, {"takes `yes`, `no` or `unknown`"});
}

absl::StatusOr<Scalar> ScalarOfText(const Slot& slot, std::string_view text, std::string_view home) {
  switch (slot.type) {
    case Type::kText:
      return Text{std::string(text)};
    case Type::kCode: {
      absl::StatusOr<std::string> code = ReadCode(slot, slot.code_list, text);
      if (!code.ok()) return code.status();
      return CodeValue{*std::move(code)};
    }
    case Type::kQuantity:
      return ReadQuantity(slot, text);
    case Type::kTime:
      return ReadTime(slot, text);
    case Type::kPlace:
      return ReadPlace(slot, text);
    case Type::kIdentifier:
      return ReadIdentifier(slot, text, home);
    case Type::kReference:
      return ReadReference(slot, text);
    case Type::kAttachment:
      return ReadAttachment(slot, text);
    case Type::kTristate:
      return ReadTristate(slot, text);
    case Type::kNarrative:
      return Narrative{std::string(text), {}, {}};
  }
  return RefuseField(slot, {"is of a type that this node does not know"});
}

bool MeansUnknown(const Slot& slot, std::string_view text) {
  if (slot.type == Type::kNarrative) return false;
  if (!SameWord(text, "unknown") && text != "?" && (text != "-99" || slot.type == Type::kText)) return false;
  if (slot.type != Type::kCode) return true;
  const CodeList* list = Catalogue::FindCodeList(slot.code_list);  // which may have such a code of its own
  return list == nullptr || Catalogue::ResolveCode(*list, text) == nullptr;
}

absl::StatusOr<Scalar> ReadTextItem(const Slot& slot, std::string_view text, std::string_view home) {
  // A narrative or text is kept to the byte; everything else is a word or a few.
  const bool verbatim = slot.type == Type::kNarrative || (slot.type == Type::kText && !slot.repeated);
  const std::string_view words = Trimmed(text);
  if (words.empty()) return RefuseField(slot, {"empty; leave the field out or say `unknown`"});
  if (MeansUnknown(slot, words)) return Unknown{};
  return ScalarOfText(slot, verbatim ? text : words, home);
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text) {
  text = Trimmed(text);
  for (size_t i = 0; i < std::size(kNumberWords); ++i) {
    if (SameWord(text, kNumberWords[i])) return Decimal{static_cast<int64_t>(i), 0};
  }
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  int64_t mantissa = 0;
  int digits = 0;
  int since_comma = -1;
  std::optional<uint8_t> scale;
  for (char c : text) {
    if (c == '.' && !scale && digits > 0 && (since_comma == -1 || since_comma == 3)) {
      scale = 0;
    } else if (c == ',' && !scale && digits > 0 && (since_comma == -1 ? digits <= 3 : since_comma == 3)) {
      since_comma = 0;
    } else if (c >= '0' && c <= '9' && ++digits <= 18) {
      mantissa = mantissa * 10 + (c - '0');
      if (scale && ++*scale > 8) return std::nullopt;
      if (!scale && since_comma >= 0) ++since_comma;
    } else {
      return std::nullopt;
    }
  }
  if (digits == 0 || (!scale && since_comma != -1 && since_comma != 3)) return std::nullopt;
  Decimal out{negative ? -mantissa : mantissa, scale.value_or(0)};
  while (out.scale > 0 && out.mantissa % 10 == 0) {
    out.mantissa /= 10;
    --out.scale;
  }
  return out;
}

absl::StatusOr<Value> ParseValue(const Slot& slot, std::string_view text, std::string_view home) {
  Value value;
  if (slot.repeated) {
    if (text.size() > kMaxValueBytes) return RefuseField(slot, {"value is longer than a field may be"});
    for (const std::string& item : SplitItems(text)) {
      if (Trimmed(item).empty()) continue;
      absl::StatusOr<Scalar> scalar = ReadTextItem(slot, item, home);
      if (!scalar.ok()) return scalar.status();
      if (value.items.size() >= kMaxItems)
        return RefuseField(slot, {"more than ", std::to_string(kMaxItems), " items"});
      if (std::find(value.items.begin(), value.items.end(), *scalar) == value.items.end()) {
        value.items.push_back(*std::move(scalar));
      }
    }
  } else {
    absl::StatusOr<Scalar> scalar = ReadTextItem(slot, text, home);
    if (!scalar.ok()) return scalar.status();
    value.items.push_back(*std::move(scalar));
  }
  if (absl::Status valid = ValidateValue(slot, value); !valid.ok()) return valid;
  return value;
}

}  // namespace tidegate::value
