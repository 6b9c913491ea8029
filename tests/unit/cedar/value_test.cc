#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policy/cedar/cedar.h"

namespace tidegate::cedar {
namespace {

TEST(CedarValueTest, DecimalsHaveOneToFourPlacesWithinALongOfTenThousandths) {
  const std::pair<const char*, int64_t> good[] = {{"1.5", 15000},
                                                  {"-0.0", 0},
                                                  {"00001.5000", 15000},
                                                  {"922337203685477.5807", INT64_MAX},
                                                  {"-922337203685477.5808", INT64_MIN}};
  for (const auto& [text, units] : good) {
    const auto value = Value::Decimal(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(value->AsUnits(), units) << text;
  }
  for (const char* text : {"", "1", "1.", ".1", "+1.0", "1.00000", "1.0.0", "-", " 1.0", "922337203685477.5808",
                           "-922337203685477.5809", "99999999999999999999999999999999999999999.0", "1e3"}) {
    EXPECT_FALSE(Value::Decimal(text).ok()) << text;
  }
}

TEST(CedarValueTest, AddressesAndRanges) {
  for (const char* text : {"127.0.0.1", "0.0.0.0/0", "255.255.255.255/32", "::", "::1", "1:2:3:4:5:6:7::", "0001::1",
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "::/0", "A::b/64"}) {
    EXPECT_TRUE(Value::Ip(text).ok()) << text;
  }
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "01.2.3.4",
                           "256.0.0.1",
                           "1.2.3.4/33",
                           "1.2.3.4/032",
                           "1.2.3.4/",
                           "1.2.3.4/+8",
                           "::ffff:1.2.3.4",
                           "::1%eth0",
                           "1:2:3:4:5:6:7::8",
                           "00001::1",
                           ":::",
                           "1::2::3",
                           ":1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "::/129",
                           "g::",
                           "1.2.3.4 "}) {
    EXPECT_FALSE(Value::Ip(text).ok()) << text;
  }
  EXPECT_EQ(*Value::Ip("1.2.3.4"), *Value::Ip("1.2.3.4/32"));
  EXPECT_FALSE(*Value::Ip("10.0.0.1/8") == *Value::Ip("10.0.0.0/8")) << "a range is its text's, not its network's";
}

TEST(CedarValueTest, DatetimesInTheFiveForms) {
  const std::pair<const char*, int64_t> good[] = {{"1970-01-01", 0},
                                                  {"1970-01-01T00:00:01Z", 1000},
                                                  {"1970-01-01T00:00:00.001Z", 1},
                                                  {"1970-01-01T00:00:00+0130", -5'400'000},
                                                  {"1970-01-01T00:00:00.500-2359", 86'340'500},
                                                  {"2024-02-29", 1'709'164'800'000},
                                                  {"0000-01-01", -62'167'219'200'000},
                                                  {"9999-12-31T23:59:59.999Z", 253'402'300'799'999}};
  for (const auto& [text, millis] : good) {
    const auto value = Value::Datetime(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(value->AsUnits(), millis) << text;
  }
  for (const char* text :
       {"", "2024-02-30", "2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00", "2024-01-01T00:00:00z", "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.0000Z",
        "2024-01-01T00:00:00+2400", "2024-01-01T00:00:00+0060", "2024-01-01T00:00:00+01:30", "-2024-01-01",
        "2024-01-01 00:00:00Z", "2024-01-01Z"}) {
    EXPECT_FALSE(Value::Datetime(text).ok()) << text;
  }
}

TEST(CedarValueTest, DurationsInDescendingUnits) {
  const std::pair<const char*, int64_t> good[] = {{"1d2h3m4s5ms", 93'784'005},
                                                  {"-1ms", -1},
                                                  {"90m", 5'400'000},
                                                  {"1s1ms", 1001},
                                                  {"00000000000000000000000001ms", 1},
                                                  {"-9223372036854775808ms", INT64_MIN},
                                                  {"-106751991167d7h12m55s808ms", INT64_MIN}};
  for (const auto& [text, millis] : good) {
    const auto value = Value::Duration(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(value->AsUnits(), millis) << text;
  }
  for (const char* text : {"", "-", "1", "1ms1s", "1d1d", "+1d", "1.5h", "1 d", "9223372036854775808ms",
                           "106751991168d", "18446744073709551616ms", "1w"}) {
    EXPECT_FALSE(Value::Duration(text).ok()) << text;
  }
}

TEST(CedarValueTest, PrintedExtensionValuesReadBackAsThemselves) {
  std::vector<Value> values;
  for (int64_t n : {INT64_MIN, int64_t{-10001}, int64_t{-1}, int64_t{0}, int64_t{12345}, INT64_MAX}) {
    values.push_back(Value::DecimalUnits(n));
    values.push_back(Value::DatetimeMillis(n));
    values.push_back(Value::DurationMillis(n));
  }
  values.push_back(*Value::Ip("10.1.2.3/8"));
  values.push_back(*Value::Ip("2001:db8::1/33"));
  for (const Value& v : values) {
    const std::string policy = "permit(principal, action, resource) when { " + v.ToString() + " == context.v };";
    const auto set = PolicySet::Parse(policy);
    ASSERT_TRUE(set.ok()) << policy << set.status();
    Request request;
    request.context = Value::Record({{"v", v}});
    EXPECT_EQ(Authorize(*set, request, Entities()).decision, Decision::kAllow) << policy;
  }
}

TEST(CedarValueTest, SetsIgnoreOrderAndRepetitionAndRecordsOrder) {
  const Value a = Value::Set({Value::Long(2), Value::Long(1), Value::Long(2)});
  EXPECT_EQ(a, Value::Set({Value::Long(1), Value::Long(2)}));
  EXPECT_EQ(a.AsSet().size(), 2u);
  EXPECT_TRUE(a.Contains(Value::Long(2)));
  EXPECT_FALSE(a.Contains(Value::String("2")));
  const Value r = Value::Record({{"b", Value::Long(1)}, {"a", Value::Bool(true)}, {"b", Value::Long(3)}});
  EXPECT_EQ(r, Value::Record({{"a", Value::Bool(true)}, {"b", Value::Long(3)}})) << "the later field holds";
  ASSERT_NE(r.Find("b"), nullptr);
  EXPECT_EQ(r.Find("b")->AsLong(), 3);
  EXPECT_EQ(r.Find("c"), nullptr);
}

TEST(CedarValueTest, EqualityIsByKindAndContents) {
  EXPECT_FALSE(Value::Long(1) == Value::Bool(true));
  EXPECT_FALSE(Value::Long(10000) == Value::DecimalUnits(10000));
  EXPECT_FALSE(Value::DatetimeMillis(1) == Value::DurationMillis(1));
  EXPECT_EQ(Value::Entity({"User", "a"}), Value::Entity({"User", "a"}));
  EXPECT_FALSE(Value::Entity({"User", "a"}) == Value::Entity({"User", "b"}));
  EXPECT_FALSE(EntityUid("a::b", "c") == EntityUid("a", "b::c"));
}

TEST(CedarValueTest, CopiesShareAndMovesEmpty) {
  Value a = Value::String("text");
  Value b = a;
  Value c = std::move(a);
  EXPECT_EQ(b, c);
  b = Value::Long(1);
  EXPECT_EQ(c.AsString(), "text");
  c = *&c;  // to itself
  EXPECT_EQ(c.AsString(), "text");
}

}  // namespace
}  // namespace tidegate::cedar
