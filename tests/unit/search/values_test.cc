// Dates, numbers, radii and colours as queries write them.
#include "node/search/values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "node/search/fields.h"
#include "node/search/offers.h"

namespace tidegate::search {
namespace {

constexpr uint64_t kNow = 1'772'000'000'000;  // 2026-02-25T06:13:20Z
constexpr int64_t kDay = 86'400'000;
constexpr int64_t kToday = 1'771'977'600'000;

TEST(Spans, ADateIsFromItsBeginningToItsEnd) {
  const auto day = ReadSpan("2026-02-25", kNow);
  ASSERT_TRUE(day.ok());
  EXPECT_EQ(day->from, kToday);
  EXPECT_EQ(day->until, kToday + kDay);
  EXPECT_EQ(ReadSpan("today", kNow)->from, kToday);
  EXPECT_EQ(ReadSpan("yesterday", kNow)->until, kToday);
}

TEST(Spans, RangesAreOpenOrRelative) {
  EXPECT_EQ(ReadSpan("30d..", kNow)->from, kToday - 30 * kDay);
  EXPECT_FALSE(ReadSpan("30d..", kNow)->until);
  EXPECT_EQ(ReadSpan("2w..7d", kNow)->until, kToday - 6 * kDay);
  EXPECT_EQ(ReadSpan("1m..", kNow)->from, kToday - 31 * kDay);
  EXPECT_EQ(ReadSpan("1y..", kNow)->from, kToday - 365 * kDay);
  EXPECT_EQ(ReadSpan("..2026-02-25", kNow)->until, kToday + kDay);
  EXPECT_EQ(ReadSpan("<2026-02-25", kNow)->until, kToday);
  EXPECT_EQ(ReadSpan("<=2026-02-25", kNow)->until, kToday + kDay);
  EXPECT_EQ(ReadSpan(">2026-02-25", kNow)->from, kToday + kDay);
  EXPECT_EQ(ReadSpan(">=2026-02-25", kNow)->from, kToday);
}

TEST(Spans, WhatIsNoDateIsRefused) {
  for (const char* wrong : {"", "..", "soon", "2026-13", "2026-03..2026-01", "-3d..", "99999999d..", ">", "1..2..3"}) {
    EXPECT_FALSE(ReadSpan(wrong, kNow).ok()) << wrong;
  }
  EXPECT_NE(ReadSpan("30d", kNow).status().message().find("30d.."), std::string::npos);
}

TEST(Numbers, HaveBoundsAndUnits) {
  const auto money = ReadNumbers(">=1000GBP");
  ASSERT_TRUE(money.ok());
  EXPECT_EQ(money->unit, "GBP");
  EXPECT_FALSE(money->lower_open);
  EXPECT_FALSE(money->upper);
  EXPECT_TRUE(ReadNumbers("<5")->upper_open);
  EXPECT_EQ(record::FormatDecimal(*ReadNumbers("5..10")->upper), "10");
  for (const char* wrong : {"", "..", "x", "5..x", "10..5", "5GBP..6EUR", ">="}) {
    EXPECT_FALSE(ReadNumbers(wrong).ok()) << wrong;
  }
}

TEST(Nears, AreBounded) {
  EXPECT_EQ(ReadNear("53.80,-1.55,15km")->metres, 15'000);
  EXPECT_EQ(ReadNear("53.80,-1.55,500m")->metres, 500);
  EXPECT_LT(ReadNear("0,0,1e300km")->metres, 30'000'000);
  for (const char* wrong : {"", "1,2", "91,0,1km", "0,181,1km", "0,0,-1km", "0,0,km", "0,0,5", "nan,0,1km",
                            "Leeds,15km", "0,0,0,1km", "0,0,infkm"}) {
    EXPECT_FALSE(ReadNear(wrong).ok()) << wrong;
  }
}

TEST(Colours, AreALadder) {
  EXPECT_EQ(ReadTlps(">=AMBER")->least, record::Tlp::kAmber);
  EXPECT_EQ(ReadTlps(">AMBER")->least, record::Tlp::kAmberStrict);
  EXPECT_EQ(ReadTlps("amber+strict")->most, record::Tlp::kAmberStrict);
  EXPECT_EQ(ReadTlps("GREEN..AMBER")->most, record::Tlp::kAmber);
  for (const char* wrong : {"", "BLUE", ">RED", "<CLEAR", "RED..GREEN"}) EXPECT_FALSE(ReadTlps(wrong).ok()) << wrong;
}

// What completion offers is what a query takes.
TEST(OffersTest, AreReadAsTheyAreOffered) {
  size_t values = 0;
  for (const Offer& offer : Offers()) {
    for (const std::string& value : offer.values) {
      const auto meaning = MeaningOf(offer.field + ":" + value, {});
      EXPECT_TRUE(meaning.ok()) << offer.field << ":" << value << ": " << meaning.status();
      ++values;
    }
    const absl::Status none = MeaningOf(offer.field + ":x", {}).status();
    EXPECT_EQ(none.message().find("there is no field"), absl::string_view::npos) << offer.field;
  }
  EXPECT_GT(values, 400u);
  for (const FieldEntry& field : Fields()) {
    const std::vector<Offer> offers = Offers();
    EXPECT_EQ(std::count_if(offers.begin(), offers.end(), [&](const Offer& one) { return one.field == field.name; }), 1)
        << field.name;
  }
  for (const std::string& name : OffersInKinds()) {
    const absl::Status read = MeaningOf(name + ":unknown", {}).status();
    EXPECT_EQ(read.message().find("no field"), absl::string_view::npos) << name << ": " << read;
  }
}

TEST(FieldTable, EachExampleIsRead) {
  for (const FieldEntry& field : Fields()) {
    const auto meaning = MeaningOf(field.example, {kNow, "GB"});
    EXPECT_TRUE(meaning.ok()) << field.name << ": " << meaning.status();
    EXPECT_EQ(std::string(field.example).rfind(std::string(field.name) + ":", 0), 0u) << field.name;
  }
}

}  // namespace
}  // namespace tidegate::search
