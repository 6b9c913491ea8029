// Values: what people write, what it means, its bytes and its JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/bytes.h"
#include "nlohmann/json.hpp"
#include "node/record/value/encoding.h"
#include "node/record/value/telephone.h"
#include "tests/unit/value/slots.h"

namespace tidegate::value {
namespace {

using testing::HasSubstr;

// Every way through: text, display, bytes and back, JSON and back.
void ExpectReads(std::string_view kind, std::string_view field, std::string_view text, std::string_view shown) {
  const Slot& slot = SlotOf(kind, field);
  const absl::StatusOr<Value> value = ParseValue(slot, text);
  ASSERT_TRUE(value.ok()) << text << ": " << value.status();
  EXPECT_EQ(DisplayValue(slot, *value), shown) << text;
  const std::string bytes = EncodeValue(slot, *value);
  const absl::StatusOr<Value> decoded = DecodeValue(slot, bytes);
  ASSERT_TRUE(decoded.ok()) << text << ": " << decoded.status();
  EXPECT_EQ(*decoded, *value) << text;
  EXPECT_EQ(EncodeValue(slot, *decoded), bytes) << text;
  EXPECT_EQ(EncodedSize(slot, *value), bytes.size()) << text;
  crypto::ByteWriter behind;
  AppendValue(slot, *value, behind.U8('!'));
  EXPECT_EQ(behind.view(), "!" + bytes) << text;
  EXPECT_EQ(*EncodeValidValue(slot, *value), bytes) << text;
  const nlohmann::json json = ToJson(slot, *value);
  const absl::StatusOr<Value> from_json = FromJson(slot, json);
  ASSERT_TRUE(from_json.ok()) << json << ": " << from_json.status();
  EXPECT_EQ(*from_json, *value) << json;
}

std::string ErrorOf(std::string_view kind, std::string_view field, std::string_view text) {
  const absl::StatusOr<Value> value = ParseValue(SlotOf(kind, field), text);
  EXPECT_FALSE(value.ok()) << text;
  return value.ok() ? "" : Message(value.status());
}

TEST(Value, Quantities) {
  ExpectReads("report", "victim_count", "7", "7 persons");
  ExpectReads("report", "victim_count", "<5", "<5 persons");
  ExpectReads("report", "victim_count", "at most 5", "<=5 persons");
  ExpectReads("report", "victim_count", "at least ten", ">=10 persons");
  ExpectReads("report", "victim_count", "more than 3", ">3 persons");
  ExpectReads("report", "victim_count", "3-7", "3 to 7 persons");
  ExpectReads("report", "victim_count", "~20 persons", "~20 persons");
  ExpectReads("report", "victim_count", "12+", ">=12 persons");
  ExpectReads("report", "wage", "1200 GBP", "1200 GBP");
  ExpectReads("report", "wage", "GBP 60,000", "60000 GBP");
  ExpectReads("report", "wage", "£19.50", "19.5 GBP");
  ExpectReads("report", "wage", "0.05 EUR", "0.05 EUR");
  ExpectReads("account", "balance", "-120.75 EUR", "-120.75 EUR");
  ExpectReads("report", "wage", "<100 USD", "<100 USD");
  ExpectReads("report", "wage", "GBP", "GBP");
  ExpectReads("report", "wage", "unknown", "unknown");
}

TEST(Value, WrongQuantities) {
  EXPECT_THAT(ErrorOf("report", "victim_count", "many"), HasSubstr("field `victim_count`: not a quantity"));
  EXPECT_THAT(ErrorOf("report", "victim_count", "7-3"), HasSubstr("lower bound above upper"));
  EXPECT_THAT(ErrorOf("report", "wage", "1200"), HasSubstr("needs its currency"));
  EXPECT_THAT(ErrorOf("report", "wage", "1,20,0 GBP"), HasSubstr("not a quantity"));
  EXPECT_THAT(ErrorOf("report", "wage", "12345678901234567890 GBP"), HasSubstr("not a quantity"));
  EXPECT_THAT(ErrorOf("person", "age", "151"), HasSubstr("0 to 150"));
}

TEST(Value, DecimalsCompareAcrossScales) {
  EXPECT_EQ(Compare({15, 1}, {150, 2}), 0);
  EXPECT_LT(Compare({149, 2}, {15, 1}), 0);
  EXPECT_GT(Compare({-149, 2}, {-15, 1}), 0);
  EXPECT_LT(Compare({-1, 8}, {0, 0}), 0);
  EXPECT_GT(Compare({1'000'000'000'000'000'000, 0}, {999'999'999'999'999'999, 0}), 0);
}

TEST(Value, Times) {
  ExpectReads("report", "observed", "2026", "2026");
  ExpectReads("report", "observed", "2026-03", "2026-03");
  ExpectReads("report", "observed", "2024-02-29", "2024-02-29");
  ExpectReads("report", "observed", "2026-03-04T10:20Z", "2026-03-04T10:20Z");
  ExpectReads("report", "observed", "2026-03-04 00:20:59+02:00", "2026-03-03T22:20Z");
  ExpectReads("report", "observed", "2026-01..2026-03", "2026-01..2026-03");
  ExpectReads("report", "observed", "2026-01..", "2026-01..");
  ExpectReads("report", "observed", "..2026", "..2026");
  for (const char* wrong :
       {"2026-13", "2026-02-30", "26-03-04", "2026-3", "2026-03-04T25:00Z", "yesterday", "2026-03..2026-01", ".."}) {
    EXPECT_THAT(ErrorOf("report", "observed", wrong), HasSubstr("field `observed`")) << wrong;
  }
}

TEST(Value, InstantsInMilliseconds) {
  const Instant epoch{1970, 1, 1, 0, TimePrecision::kMinute};
  EXPECT_EQ(BeginMs(epoch), 0);
  EXPECT_EQ(EndMs(epoch), 60'000);
  const Instant february{2024, 2, 0, 0, TimePrecision::kMonth};
  EXPECT_EQ(EndMs(february) - BeginMs(february), int64_t{29} * 86'400'000);
  const Instant december{1999, 12, 0, 0, TimePrecision::kMonth};
  EXPECT_EQ(EndMs(december), 946'684'800'000);  // 2000-01-01T00:00Z
}

TEST(Value, Places) {
  ExpectReads("report", "place", "14 Harbour Lane|Grimsby|Lincolnshire|GB|53.5675,-0.0803",
              "14 Harbour Lane, Grimsby, Lincolnshire, GB (53.567500, -0.080300)");
  ExpectReads("report", "place", "|Grimsby||GB", "Grimsby, GB");
  ExpectReads("report", "place", "GB", "GB");
  ExpectReads("report", "place", "Romania", "RO");
  ExpectReads("report", "other_places", "|Leeds||GB; |Cluj||RO ;|Leeds||GB", "Leeds, GB\nCluj, RO");
  EXPECT_THAT(ErrorOf("report", "place", "||||91,0"), HasSubstr("coordinates"));
  EXPECT_THAT(ErrorOf("report", "place", "||||"), HasSubstr("without any part"));
  EXPECT_THAT(ErrorOf("report", "place", "|Leeds||Narnia"), HasSubstr("field `place`: not a country"));
}

TEST(Value, Codes) {
  ExpectReads("report", "exploitation", "labour.care", "labour.care");
  ExpectReads("report", "exploitation", "Forced labour", "labour");
  EXPECT_THAT(ErrorOf("report", "exploitation", "labour.carwsh"), HasSubstr("field `exploitation`: unknown code"));
  EXPECT_THAT(ErrorOf("report", "exploitation", "labour.minning"), HasSubstr("did you mean `labour.mining`"));
}

TEST(Value, Identifiers) {
  ExpectReads("report", "identifiers", "phone:+44 (0)7700 900-123", "phone:+447700900123");
  ExpectReads("report", "identifiers", "phone:0044 7700 900123", "phone:+447700900123");
  ExpectReads("report", "identifiers", "plate: ab12 cde", "plate:AB12CDE");
  ExpectReads("report", "identifiers", "email:Ana@Example.ORG", "email:ana@example.org");
  ExpectReads("report", "identifiers", "url:hxxp://Bad[.]Example/Path", "url:http://bad.example/Path");
  ExpectReads("account", "number", "iban:gb82 west 1234 5698 7654 32", "iban:GB82WEST12345698765432");
  EXPECT_THAT(ErrorOf("account", "number", "iban:GB82WEST12345698765433"), HasSubstr("check digits"));
  EXPECT_THAT(ErrorOf("report", "identifiers", "phone:12"), HasSubstr("4 to 15 digits"));
  EXPECT_THAT(ErrorOf("report", "identifiers", "phne:+447700900123"), HasSubstr("did you mean `phone:`"));
  EXPECT_THAT(ErrorOf("report", "identifiers", "12345"), HasSubstr("scheme:value"));
}

TEST(Value, ANationalTelephoneNumberIsOfTheWritersCountry) {
  const Slot& slot = SlotOf("report", "identifiers");
  const auto read = [&slot](std::string_view text, std::string_view home) {
    const absl::StatusOr<Value> value = ParseValue(slot, "phone:" + std::string(text), home);
    return value.ok() ? DisplayValue(slot, *value) : Message(value.status());
  };
  for (const char* text : {"07700 900345", "7700900345", "447700900345", "(0)7700 900345", "0044 7700 900345",
                           "+44 (0)7700-900345", "+44 07700 900345", "tel:+44-7700-900345", "07700\u00A0900345"}) {
    EXPECT_EQ(read(text, "GB"), "phone:+447700900345") << text;
  }
  EXPECT_EQ(read("0722 555 017", "RO"), "phone:+40722555017");
  EXPECT_EQ(read("06 55 55 01 23", "FR"), "phone:+33655550123");
  EXPECT_EQ(read("(202) 555-0134", "US"), "phone:+12025550134");
  EXPECT_EQ(read("06 5555 0123", "IT"), "phone:+390655550123");  // the zero is part of an Italian number
  for (const char* text : {"07700 900345", "7700900345", "447700900345", "60070"}) {
    EXPECT_THAT(read(text, ""), HasSubstr("field `identifiers`: a telephone number without its country")) << text;
  }
  EXPECT_THAT(read("40722555017", "GB"), HasSubstr("not a whole telephone number of GB"));
  EXPECT_THAT(read("60070", "GB"), HasSubstr("write it with its country"));
  EXPECT_THAT(read("+44 7700 9OO345", "GB"), HasSubstr("has digits, spaces"));
  EXPECT_THAT(read("+0 7700 900345", "GB"), HasSubstr("never begins with 0"));
}

TEST(Value, ACanonicalTelephoneNumberIsItsOwnCanonicalForm) {
  for (const char* text :
       {"+44 07700 900345", "+390655550123", "+49 (0)30 555017", "+99 9 0123", "0044 020 7946 0999"}) {
    const absl::StatusOr<std::string> once = CanonicalIdentifier("phone", text);
    ASSERT_TRUE(once.ok()) << text << ": " << once.status();
    const absl::StatusOr<std::string> twice = CanonicalIdentifier("phone", *once);
    ASSERT_TRUE(twice.ok()) << *once;
    EXPECT_EQ(*twice, *once) << text;
  }
}

TEST(Value, ATelephoneNumberIsAsLongAsThoseOfItsCountryOrNot) {
  // A Polish mobile number, a British one, an Italian one with its zero, a North American one, one of a satellite
  // network, a German one with six digits; a British one with a zero that its plan drops.
  for (const char* known : {"+48600700800", "+447700900345", "+390655550123", "+12025550123", "+881612345678",
                            "+49305550", "+4402079460999"}) {
    EXPECT_TRUE(IsOfKnownLength(known)) << known;
  }
  for (const char* odd : {"+4860070", "+44207946000122", "+4477009003", "+120255501234", "+1202555", "+9991234567", "+",
                          "+4", "+44", "447700900345", ""}) {
    EXPECT_FALSE(IsOfKnownLength(odd)) << odd;
  }
}

TEST(Value, ACallingCodeNamesItsCountry) {
  EXPECT_EQ(CountryOfCallingCode("+44"), "GB");
  EXPECT_EQ(CountryOfCallingCode("0040"), "RO");
  EXPECT_EQ(CountryOfCallingCode("+999"), "");
  EXPECT_EQ(CountryOfCallingCode(""), "");
}

TEST(Value, AnAmountThatCanBeReadInTwoWaysIsRefused) {
  for (const char* text :
       {"1.260 GBP", "EUR 12.500", "~1.000 EUR", "1.260.000 RON", "1.000-1.500 GBP", "1.234,50 EUR"}) {
    EXPECT_THAT(ErrorOf("report", "wage", text), HasSubstr("write `1260` or `1.2600`")) << text;
  }
  ExpectReads("report", "wage", "1.2600 GBP", "1.26 GBP");
  ExpectReads("report", "wage", "0.125 XMR", "0.125 XMR");
  ExpectReads("report", "wage", "1,260.500 GBP", "1260.5 GBP");
  EXPECT_THAT(ErrorOf("report", "victim_count", "1.260"), HasSubstr("three digits"));
  const Slot& count = SlotOf("report", "victim_count");
  const absl::StatusOr<Value> number = FromJson(count, nlohmann::json::parse("1.125"));
  ASSERT_TRUE(number.ok()) << number.status();  // JSON has one way to write a fraction
  EXPECT_EQ(DisplayValue(count, *number), "1.125 persons");
}

TEST(Value, ACountryIsReadByWhatItsCitizensAreCalledAndByItsNameInOtherLanguages) {
  const std::pair<std::string_view, std::string_view> kWords[] = {
      {"Vietnamese", "VN"},   {"romanian", "RO"},     {"Nigerian", "NG"},      {"Nigerien", "NE"},
      {"Filipina", "PH"},     {"Scottish", "GB"},     {"Rum\u00e4nien", "RO"}, {"Roumanie", "RO"},
      {"Niemcy", "DE"},       {"vietnamienne", "VN"}, {"Bulgarische", "BG"},   {"rumu\u0144skie", "RO"},
      {"South Korean", "KR"}, {"W\u0142ochy", "IT"}};
  for (const auto& [word, code] : kWords) {
    const absl::StatusOr<std::string> country = ParseCountry(word);
    ASSERT_TRUE(country.ok()) << word << ": " << country.status();
    EXPECT_EQ(*country, code) << word;
  }
  for (const std::string_view word : {"Congolese", "Dominican", "Korean", "Kurdish", "Island", "Arabic"}) {
    EXPECT_FALSE(ParseCountry(word).ok()) << word << " means several countries, or none";
  }
}

TEST(Value, CountriesInEverySpelling) {
  for (const char* text : {"GB", "gb", "GBR", "gbr", "UK", "United Kingdom", "great britain"}) {
    const absl::StatusOr<std::string> country = ParseCountry(text);
    ASSERT_TRUE(country.ok()) << text << ": " << country.status();
    EXPECT_EQ(*country, "GB") << text;
  }
  EXPECT_EQ(*ParseCountry(" viet nam "), "VN");
  EXPECT_EQ(*ParseCountry("Vietnam"), "VN");
  EXPECT_EQ(*ParseCountry("Czechia"), "CZ");
  EXPECT_EQ(*ParseCountry("Czech Republic"), "CZ");
  EXPECT_EQ(*ParseCountry("USA"), "US");
  EXPECT_EQ(*ParseCountry("Holland"), "NL");
  EXPECT_THAT(Message(ParseCountry("Romenia").status()), HasSubstr("did you mean `RO`"));
  EXPECT_THAT(Message(ParseCountry("").status()), HasSubstr("not a country"));
}

TEST(Value, SchemesInEverySpelling) {
  EXPECT_EQ(*ParseScheme("phone"), "phone");
  EXPECT_EQ(*ParseScheme("tel"), "phone");
  EXPECT_EQ(*ParseScheme("Case"), "case");
  EXPECT_EQ(*ParseScheme("IBAN"), "iban");
  EXPECT_THAT(Message(ParseScheme("phne").status()), HasSubstr("did you mean `phone:`"));
  EXPECT_THAT(Message(ParseScheme("Website").status()), HasSubstr("`url:` or `domain:`"));
  EXPECT_THAT(Message(ParseScheme("nosuch").status()), HasSubstr("have the scheme `nosuch:`"));
}

TEST(Value, TheOtherTypes) {
  ExpectReads("report", "ongoing", "yes", "yes");
  ExpectReads("report", "ongoing", "-99", "unknown");
  ExpectReads("report", "related", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff");
  ExpectReads("report", "attachments", std::string(64, 'a') + " 1024 image/png",
              std::string(64, 'a') + " 1024 image/png");
  ExpectReads("report", "title", "Two lines\nof text; with a semicolon", "Two lines\nof text; with a semicolon");
  ExpectReads("report", "persons_named", "Ana\\; called Nina; Marin", "Ana; called Nina\nMarin");
  EXPECT_THAT(ErrorOf("report", "ongoing", "perhaps"), HasSubstr("`yes`, `no` or `unknown`"));
  EXPECT_THAT(ErrorOf("report", "related", "0011"), HasSubstr("32 hex digits"));
  EXPECT_THAT(ErrorOf("report", "title", ""), HasSubstr("say `unknown`"));
  EXPECT_THAT(ErrorOf("report", "title", std::string("a\x1b[2Jb")), HasSubstr("control characters"));
  EXPECT_THAT(ErrorOf("report", "title", "\xff\xfe"), HasSubstr("UTF-8"));
}

TEST(Value, OverLongIsRefusedWithItsField) {
  const Slot& slot = SlotOf("report", "title");
  ASSERT_GT(slot.max_bytes, 0u);
  const std::string most(slot.max_bytes - 1, 'x');  // one byte says that it is known
  EXPECT_TRUE(ParseValue(slot, most).ok());
  EXPECT_THAT(ErrorOf("report", "title", most + "x"), HasSubstr("field `title`: value of "));
}

TEST(Value, CleanText) {
  EXPECT_TRUE(IsCleanText("t\xc3\xa9xt\twith\nlines\r\n\xf0\x9f\x9a\x97"));
  EXPECT_FALSE(IsCleanText(std::string("a\0b", 3)));
  EXPECT_FALSE(IsCleanText("\x7f"));
  EXPECT_FALSE(
      IsCleanText("\xc2\x9b"
                  "31m"));                        // C1 control sequence introducer
  EXPECT_FALSE(IsCleanText("\xc0\xaf"));          // overlong
  EXPECT_FALSE(IsCleanText("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(IsCleanText("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(IsCleanText("cut \xe2\x82"));
  // Printable ASCII is read eight bytes at a time: every byte at every place of a stretch.
  for (int byte = 0; byte < 0x80; ++byte) {
    const bool clean = (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\n' || byte == '\r';
    for (size_t place = 0; place < 19; ++place) {
      for (char around : {' ', 'a', '~'}) {
        std::string text(19, around);
        text[place] = static_cast<char>(byte);
        EXPECT_EQ(IsCleanText(text), clean) << byte << " at " << place << " in " << around;
      }
    }
  }
  EXPECT_TRUE(IsCleanText("caf\xc3\xa9 au lait, caf\xc3\xa9 cr\xc3\xa8me"));
}

TEST(Value, DecodingIsStrict) {
  const Slot& single = SlotOf("report", "ongoing");
  EXPECT_TRUE(DecodeValue(single, std::string("\x01\x01", 2)).ok());
  EXPECT_TRUE(DecodeValue(single, std::string("\x00", 1)).ok());
  EXPECT_FALSE(DecodeValue(single, "").ok());
  EXPECT_FALSE(DecodeValue(single, std::string("\x01\x02", 2)).ok());
  EXPECT_FALSE(DecodeValue(single, std::string("\x02\x01", 2)).ok());
  EXPECT_FALSE(DecodeValue(single, std::string("\x01\x01\x00", 3)).ok());
  EXPECT_FALSE(DecodeValue(single, std::string("\x00\x00", 2)).ok());

  const Slot& list = SlotOf("report", "related");
  const absl::StatusOr<Value> two =
      ParseValue(list, "00112233445566778899aabbccddeeff;ff112233445566778899aabbccddee00");
  ASSERT_TRUE(two.ok());
  Value twice = *two;
  twice.items[1] = twice.items[0];
  EXPECT_FALSE(DecodeValue(list, EncodeValue(list, twice)).ok());
  Value among = *two;
  among.items[1] = Unknown{};
  EXPECT_FALSE(DecodeValue(list, EncodeValue(list, among)).ok());
  EXPECT_FALSE(DecodeValue(list, std::string("\x00\x00", 2)).ok());
}

TEST(Value, ValuesMadeInMemoryAreChecked) {
  const Slot& wage = SlotOf("report", "wage");
  Quantity quantity;
  quantity.lower = Decimal{100, 1};  // 10.0 is not in its shortest form
  quantity.unit = "GBP";
  EXPECT_FALSE(ValidateValue(wage, Value{{quantity}}).ok());
  quantity.lower = Decimal{10, 0};
  EXPECT_TRUE(ValidateValue(wage, Value{{quantity}}).ok());
  quantity.unit = "gold";
  EXPECT_FALSE(ValidateValue(wage, Value{{quantity}}).ok());
  EXPECT_FALSE(ValidateValue(wage, Value{{Text{"20"}}}).ok());
  EXPECT_FALSE(ValidateValue(wage, Value{}).ok());
  EXPECT_FALSE(ValidateValue(SlotOf("report", "title"), Value{{Text{"a"}, Text{"b"}}}).ok());
}

TEST(Value, JsonIsReadStrictly) {
  const Slot& place = SlotOf("report", "place");
  using nlohmann::json;
  EXPECT_TRUE(FromJson(place, json{{"locality", "Leeds"}, {"country", "GB"}}).ok());
  EXPECT_FALSE(FromJson(place, json{{"locality", "Leeds"}, {"planet", "Earth"}}).ok());
  EXPECT_FALSE(FromJson(place, json{{"latitude", 1.0}}).ok());
  EXPECT_FALSE(FromJson(place, json{{"locality", 5}}).ok());
  EXPECT_FALSE(FromJson(place, json(5)).ok());
  EXPECT_FALSE(FromJson(SlotOf("report", "wage"), json{{"lower", "ten pounds"}, {"unit", "GBP"}}).ok());
  EXPECT_TRUE(FromJson(SlotOf("report", "victim_count"), json(12)).ok());
}

}  // namespace
}  // namespace tidegate::value
