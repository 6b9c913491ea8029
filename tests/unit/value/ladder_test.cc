// Each ladder, rung by rung, against what a person would expect to read.
#include "node/record/value/ladder.h"

#include <gtest/gtest.h>

#include "tests/unit/value/slots.h"

namespace tidegate::value {
namespace {

// Displays of a value at every rung; "-" where a rung is finer than is known.
std::vector<std::string> Rungs(std::string_view kind, std::string_view field, std::string_view text) {
  const Slot& slot = SlotOf(kind, field);
  const absl::StatusOr<Value> value = ParseValue(slot, text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status();
  std::vector<std::string> shown;
  for (uint8_t rung = 0; rung < slot.rung_count(); ++rung) {
    shown.push_back(rung < FinestRung(slot, *value) ? "-" : DisplayValue(slot, CoarsenTo(slot, *value, rung)));
  }
  return shown;
}

using Shown = std::vector<std::string>;

TEST(Ladder, Place) {
  EXPECT_EQ(Rungs("report", "place", "14 Harbour Lane|Grimsby|Lincolnshire|GB|53.5675,-0.0803"),
            (Shown{"14 Harbour Lane, Grimsby, Lincolnshire, GB (53.567500, -0.080300)", "Grimsby, Lincolnshire, GB",
                   "Lincolnshire, GB", "GB"}));
  EXPECT_EQ(Rungs("report", "place", "||Lincolnshire|GB"), (Shown{"-", "-", "Lincolnshire, GB", "GB"}));
  EXPECT_EQ(Rungs("report", "place", "Harbour Lane||"), (Shown{"Harbour Lane", "unknown", "unknown", "unknown"}));
  EXPECT_EQ(Rungs("report", "place", "unknown"), (Shown{"-", "-", "-", "unknown"}));
}

TEST(Ladder, Time) {
  EXPECT_EQ(Rungs("report", "observed", "2026-03-04T22:15Z"),
            (Shown{"2026-03-04T22:15Z", "2026-03-04", "2026-03", "2026"}));
  EXPECT_EQ(Rungs("report", "observed", "2026-03"), (Shown{"-", "-", "2026-03", "2026"}));
  EXPECT_EQ(Rungs("report", "observed", "2025..2026-03-04"),
            (Shown{"-", "2025..2026-03-04", "2025..2026-03", "2025..2026"}));
}

TEST(Ladder, AgeInTheBandsOfCtdc) {
  EXPECT_EQ(Rungs("person", "age", "19"), (Shown{"19 years", "18 to 20 years", ">=18 years"}));
  EXPECT_EQ(Rungs("person", "age", "17"), (Shown{"17 years", "9 to 17 years", "0 to 17 years"}));
  EXPECT_EQ(Rungs("person", "age", "over 17"), (Shown{">17 years", ">=18 years", ">=18 years"}));
  EXPECT_EQ(Rungs("person", "age", "under 18"), (Shown{"<18 years", "0 to 17 years", "0 to 17 years"}));
  EXPECT_EQ(Rungs("person", "age", "~60"), (Shown{"~60 years", "~>=48 years", "~>=18 years"}));
  EXPECT_EQ(Rungs("person", "age", "17-18"), (Shown{"17 to 18 years", "9 to 20 years", "years"}));
}

TEST(Ladder, AmountInPowersOfTen) {
  EXPECT_EQ(Rungs("report", "wage", "20 GBP"), (Shown{"20 GBP", "10 to <100 GBP", "GBP"}));
  EXPECT_EQ(Rungs("report", "wage", "100 GBP"), (Shown{"100 GBP", "100 to <1000 GBP", "GBP"}));
  EXPECT_EQ(Rungs("report", "wage", "99.99 GBP"), (Shown{"99.99 GBP", "10 to <100 GBP", "GBP"}));
  EXPECT_EQ(Rungs("report", "wage", "<5 GBP"), (Shown{"<5 GBP", "<10 GBP", "GBP"}));
  EXPECT_EQ(Rungs("report", "wage", "0 GBP"), (Shown{"0 GBP", "0 to <1 GBP", "GBP"}));
  EXPECT_EQ(Rungs("account", "balance", "-120.75 EUR"), (Shown{"-120.75 EUR", "-1000 to -100 EUR", "EUR"}));
  EXPECT_EQ(Rungs("report", "wage", "GBP"), (Shown{"-", "-", "GBP"}));
}

TEST(Ladder, Identifier) {
  EXPECT_EQ(Rungs("account", "number", "iban:GB82WEST12345698765432"),
            (Shown{"iban:GB82WEST12345698765432", "iban:GB*5432"}));
  EXPECT_EQ(Rungs("report", "identifiers", "phone:+447700900123; plate:AB12CDE; handle:@nina; email:a@example.org"),
            (Shown{"phone:+447700900123\nplate:AB12CDE\nhandle:@nina\nemail:a@example.org",
                   "phone:*0123\nplate:*DE\nhandle:*\nemail:*"}));
}

TEST(Ladder, CodeGoesToItsParentAndListsAreDeduplicated) {
  EXPECT_EQ(Rungs("report", "exploitation", "labour.care; sexual; labour.mining"),
            (Shown{"labour.care\nsexual\nlabour.mining", "labour\nsexual"}));
}

TEST(Ladder, NarrativeLosesItsTextThenItsSanitisedText) {
  const Slot& slot = SlotOf("report", "narrative");
  const Value full{{Narrative{"Marin at number 14", "A worker", "Car wash"}}};
  EXPECT_EQ(FinestRung(slot, full), 0);
  EXPECT_EQ(CoarsenTo(slot, full, 1), (Value{{Narrative{"", "A worker", "Car wash"}}}));
  EXPECT_EQ(CoarsenTo(slot, full, 2), (Value{{Narrative{"", "", "Car wash"}}}));
  const Value text_only{{Narrative{"Marin at number 14", "", ""}}};
  EXPECT_EQ(CoarsenTo(slot, text_only, 1), Value{{Unknown{}}});
  EXPECT_EQ(FinestRung(slot, Value{{Narrative{"", "", "Car wash"}}}), 2);
}

}  // namespace
}  // namespace tidegate::value
