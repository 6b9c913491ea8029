// Random values and drafts of every kind in the catalogue.
#ifndef TIDEGATE_TESTS_PROPERTY_RECORD_RANDOM_RECORDS_H_
#define TIDEGATE_TESTS_PROPERTY_RECORD_RANDOM_RECORDS_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "node/record/record.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::record {

using property::Dice;

inline std::string RandomWords(Dice& dice, size_t most) {
  static constexpr std::string_view kPieces[] = {"a",       "B7", " ", "caf\xc3\xa9", "-", "\xe8\xbb\x8a", "x;y",
                                                 "Harbour", "\n", "|"};
  std::string out = "w";
  for (uint64_t i = dice.Below(most); i > 0; --i) out += kPieces[dice.Below(std::size(kPieces))];
  return out;
}

inline std::string RandomCode(Dice& dice, std::string_view list_name) {
  const CodeList* list = Catalogue::FindCodeList(list_name);
  return std::string(list->codes[dice.Below(list->codes.size())].code);
}

inline Decimal RandomDecimal(Dice& dice, bool negative) {
  Decimal d{static_cast<int64_t>(dice.Below(2) != 0 ? dice.Below(200) : dice.Below(1'000'000'000'000'000'000)), 0};
  if (dice.Below(2) != 0) d.scale = static_cast<uint8_t>(dice.Below(9));
  while (d.scale > 0 && d.mantissa % 10 == 0) {
    d.mantissa /= 10;
    --d.scale;
  }
  if (negative && dice.Below(2) != 0) d.mantissa = -d.mantissa;
  return d;
}

inline Quantity RandomQuantity(Dice& dice, const Slot& slot) {
  Quantity q;
  q.unit = slot.unit == "money" ? RandomCode(dice, kCurrencyList) : std::string(slot.unit);
  const bool age = slot.ladder == Ladder::kAge;
  const auto number = [&] {
    return age ? Decimal{static_cast<int64_t>(dice.Below(100)), 0} : RandomDecimal(dice, slot.unit == "money");
  };
  const uint64_t shape = dice.Below(8);
  if (shape != 0 || slot.unit.empty()) q.lower = number();
  if (shape > 1 && dice.Below(2) != 0) q.upper = number();
  if (q.lower && q.upper && Compare(*q.lower, *q.upper) > 0) std::swap(q.lower, q.upper);
  const bool equal = q.lower && q.upper && Compare(*q.lower, *q.upper) == 0;
  q.lower_open = q.lower && !equal && dice.Below(3) == 0;
  q.upper_open = q.upper && !equal && dice.Below(3) == 0;
  q.approximate = (q.lower || q.upper) && dice.Below(4) == 0;
  return q;
}

inline Instant RandomInstant(Dice& dice) {
  Instant t;
  t.precision = static_cast<TimePrecision>(dice.Below(4));
  t.year = static_cast<uint16_t>(2015 + dice.Below(15));
  if (t.precision <= TimePrecision::kMonth) t.month = static_cast<uint8_t>(1 + dice.Below(12));
  if (t.precision <= TimePrecision::kDay) t.day = static_cast<uint8_t>(1 + dice.Below(28));
  if (t.precision == TimePrecision::kMinute) t.minute = static_cast<uint16_t>(dice.Below(1440));
  return t;
}

inline TimeRange RandomTime(Dice& dice) {
  TimeRange range;
  const Instant a = RandomInstant(dice);
  const Instant b = dice.Below(2) != 0 ? a : RandomInstant(dice);
  range.from = BeginMs(a) <= BeginMs(b) ? a : b;
  range.to = BeginMs(a) <= BeginMs(b) ? b : a;
  if (BeginMs(*range.from) >= EndMs(*range.to)) range.to.reset();
  if (range.to && dice.Below(6) == 0) range.from.reset();
  return range;
}

inline Place RandomPlace(Dice& dice) {
  Place p;
  if (dice.Below(2) != 0) p.name = RandomWords(dice, 6);
  if (dice.Below(2) != 0) p.locality = RandomWords(dice, 3);
  if (dice.Below(2) != 0) p.region = RandomWords(dice, 3);
  if (dice.Below(3) == 0) {
    p.coordinates = Coordinates{static_cast<int32_t>(dice.Below(180'000'001)) - 90'000'000,
                                static_cast<int32_t>(dice.Below(360'000'001)) - 180'000'000};
  }
  if (p == Place{} || dice.Below(2) != 0) p.country = RandomCode(dice, kCountryList);
  return p;
}

inline Narrative RandomNarrative(Dice& dice) {
  Narrative n;
  if (dice.Below(4) != 0) n.text = RandomWords(dice, 60);
  if (dice.Below(2) != 0) n.sanitised = RandomWords(dice, 30);
  if (n == Narrative{} || dice.Below(2) != 0) n.heading = RandomWords(dice, 5);
  return n;
}

template <size_t N>
std::array<uint8_t, N> RandomBytes(Dice& dice) {
  std::array<uint8_t, N> out;
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(dice.Below(256));
  return out;
}

inline Scalar RandomKnown(Dice& dice, const Slot& slot) {
  switch (slot.type) {
    case Type::kText:
      return Text{RandomWords(dice, 8)};
    case Type::kCode:
      return CodeValue{RandomCode(dice, slot.code_list)};
    case Type::kQuantity:
      return RandomQuantity(dice, slot);
    case Type::kTime:
      return RandomTime(dice);
    case Type::kPlace:
      return RandomPlace(dice);
    case Type::kIdentifier:
      return Identifier{RandomCode(dice, slot.code_list), std::to_string(100 + dice.Below(1'000'000'000'000)), false};
    case Type::kReference:
      return Reference{RandomBytes<16>(dice)};
    case Type::kAttachment:
      return Attachment{RandomBytes<32>(dice), dice.Below(1u << 30), "image/png"};
    case Type::kTristate:
      return Tristate{dice.Below(2) != 0};
    case Type::kNarrative:
      return RandomNarrative(dice);
  }
  return Unknown{};
}

inline Value RandomValue(Dice& dice, const Slot& slot) {
  Value value;
  if (dice.Below(12) == 0) return Value{{Unknown{}}};
  const uint64_t count = slot.repeated ? 1 + dice.Below(5) : 1;
  while (value.items.size() < count) {
    Scalar item = RandomKnown(dice, slot);
    const bool twice = std::find(value.items.begin(), value.items.end(), item) != value.items.end();
    if (twice && dice.Below(3) == 0) break;  // a short code list may have no more
    if (!twice) value.items.push_back(std::move(item));
  }
  return value;
}

inline FieldAttributes RandomAttributes(Dice& dice) {
  FieldAttributes a;
  if (dice.Below(4) != 0) return a;
  a.tlp = static_cast<Tlp>(dice.Below(5));
  if (dice.Below(2) != 0) a.basis = "assessment";
  if (dice.Below(3) == 0) a.asserted_by = "Harbour Trust";
  return a;
}

inline Draft RandomDraft(Dice& dice) {
  const auto kinds = Catalogue::Kinds();
  Draft draft;
  draft.kind = &kinds[dice.Below(kinds.size())];
  while (draft.fields.empty()) {
    const uint64_t density = 1 + dice.Below(4);
    for (const Slot& slot : draft.kind->slots) {
      if (dice.Below(4) < density) draft.fields[slot.number] = Field{RandomValue(dice, slot), RandomAttributes(dice)};
    }
  }
  draft.handling.tlp = static_cast<Tlp>(dice.Below(5));
  return draft;
}

inline VerifiedView RandomCommitted(Dice& dice) {
  const Draft draft = RandomDraft(dice);
  CommitContext context;
  context.record_id = RandomBytes<16>(dice);
  context.author_fpr = RandomBytes<32>(dice);
  context.created_ms = dice.Below(1u << 30);
  absl::StatusOr<VerifiedView> view = Commit(draft, context, RandomBytes<32>(dice));
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

// Rungs from `coarsest_first` chance: withheld about a third of the time.
inline std::vector<int8_t> RandomMask(Dice& dice, const Kind& kind) {
  std::vector<int8_t> mask;
  for (const Slot& slot : kind.slots) {
    mask.push_back(dice.Below(3) == 0 ? int8_t{-1} : static_cast<int8_t>(dice.Below(slot.rung_count())));
  }
  return mask;
}

}  // namespace tidegate::record

#endif  // TIDEGATE_TESTS_PROPERTY_RECORD_RANDOM_RECORDS_H_
