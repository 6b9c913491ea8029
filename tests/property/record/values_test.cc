// For random values of every slot in the catalogue: encodings are one to one, and ladders only take away.
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"
#include "node/record/value/ladder.h"
#include "tests/property/record/random_records.h"

namespace tidegate::record {
namespace {

template <typename Property>
void ForRandomValues(const char* name, Property property) {
  Dice dice(name);
  for (int round = 0; round < Dice::Rounds(40); ++round) {
    for (const Kind& kind : Catalogue::Kinds()) {
      for (const Slot& slot : kind.slots) {
        const Value value = RandomValue(dice, slot);
        const absl::Status valid = ValidateValue(slot, value);
        ASSERT_TRUE(valid.ok()) << valid << " " << DisplayValue(slot, value);
        property(slot, value);
        if (testing::Test::HasFailure()) {
          FAIL() << kind.name << "." << slot.name << ": " << DisplayValue(slot, value);
        }
      }
    }
  }
}

TEST(ValuesProperty, DecodeUndoesEncode) {
  ForRandomValues("DecodeUndoesEncode", [](const Slot& slot, const Value& value) {
    const absl::StatusOr<Value> again = DecodeValue(slot, EncodeValue(slot, value));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, value);
  });
}

TEST(ValuesProperty, FromJsonUndoesToJson) {
  ForRandomValues("FromJsonUndoesToJson", [](const Slot& slot, const Value& value) {
    for (const Scalar& item : value.items) {  // JSON identifiers are canonicalised on the way in
      const auto* identifier = std::get_if<Identifier>(&item);
      if (identifier == nullptr) continue;
      const auto canonical = CanonicalIdentifier(identifier->scheme, identifier->value);
      if (!canonical.ok() || *canonical != identifier->value) return;
    }
    const std::string text = ToJson(slot, value).dump();
    const absl::StatusOr<Value> again = FromJson(slot, nlohmann::json::parse(text));
    ASSERT_TRUE(again.ok()) << again.status() << " " << text;
    EXPECT_EQ(*again, value) << text;
  });
}

// For f <= g: CoarsenTo(CoarsenTo(v, f), g) == CoarsenTo(v, g); rung 0 changes nothing; every rung is a valid value.
TEST(ValuesProperty, CoarseningIsAChain) {
  ForRandomValues("CoarseningIsAChain", [](const Slot& slot, const Value& value) {
    EXPECT_EQ(CoarsenTo(slot, value, 0), value);
    for (uint8_t f = 0; f < slot.rung_count(); ++f) {
      const Value finer = CoarsenTo(slot, value, f);
      const absl::Status valid = ValidateValue(slot, finer);
      EXPECT_TRUE(valid.ok()) << valid << " at rung " << int{f};
      for (uint8_t g = f; g < slot.rung_count(); ++g) {
        EXPECT_EQ(CoarsenTo(slot, finer, g), CoarsenTo(slot, value, g)) << int{f} << " then " << int{g};
      }
    }
  });
}

// Coarsening to the finest rung that the author knows loses nothing.
TEST(ValuesProperty, TheFinestKnownRungIsTheValue) {
  ForRandomValues("TheFinestKnownRungIsTheValue", [](const Slot& slot, const Value& value) {
    const uint8_t finest = FinestRung(slot, value);
    ASSERT_LT(finest, slot.rung_count());
    EXPECT_EQ(CoarsenTo(slot, value, finest), value);
  });
}

bool Within(const Quantity& inner, const Quantity& outer) {
  const bool below = !outer.lower || (inner.lower && Compare(*outer.lower, *inner.lower) <= 0);
  const bool above = !outer.upper || (inner.upper && Compare(*inner.upper, *outer.upper) <= 0);
  return below && above;
}

// A coarser rung is true of the finer one: amounts lie in their bands, times in their months.
TEST(ValuesProperty, ACoarserRungIsTrue) {
  ForRandomValues("ACoarserRungIsTrue", [](const Slot& slot, const Value& value) {
    if (slot.repeated) return;
    for (uint8_t rung = 1; rung < slot.rung_count(); ++rung) {
      const Value coarse = CoarsenTo(slot, value, rung);
      if (const auto* exact = std::get_if<Quantity>(&value.items[0]);
          exact != nullptr && slot.ladder == Ladder::kAmount) {
        EXPECT_TRUE(Within(*exact, std::get<Quantity>(coarse.items[0])));
      }
      if (const auto* exact = std::get_if<TimeRange>(&value.items[0])) {
        const auto& wide = std::get<TimeRange>(coarse.items[0]);
        EXPECT_TRUE(!exact->from || BeginMs(*wide.from) <= BeginMs(*exact->from));
        EXPECT_TRUE(!exact->to || EndMs(*wide.to) >= EndMs(*exact->to));
      }
    }
  });
}

// Text that display gives for a time or a plain identifier is read back as the same value.
TEST(ValuesProperty, ParsedAgainFromDisplay) {
  ForRandomValues("ParsedAgainFromDisplay", [](const Slot& slot, const Value& value) {
    if (slot.repeated || (slot.type != Type::kTime && slot.type != Type::kTristate && slot.type != Type::kReference))
      return;
    const absl::StatusOr<Value> again = ParseValue(slot, DisplayValue(slot, value));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, value);
  });
}

}  // namespace
}  // namespace tidegate::record
