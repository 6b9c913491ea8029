// Every valid object is taken, whole or in part, with a warning that names what was not.
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/stix/object.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"
#include "tests/unit/intake/stix_objects.h"

namespace tidegate::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Stix, TakesWholeNumbersThatAreWrittenWithAFraction) {
  Collected read =
      ReadObjects({Object("incident", 1, R"("name":"a","confidence":30.0)"),
                   Object("sighting", 2, Cat({R"("sighting_of_ref":")", Id("incident", 1), R"(","count":4.0)"})),
                   Object("incident", 3, R"("name":"a","confidence":30.5)"),
                   Object("incident", 4, R"("name":"a","confidence":1e300)")});
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_THAT(Shown(read.items[0].draft, "confidence"), HasSubstr("nlikely"));
  EXPECT_THAT(Shown(read.items[1].draft, "count"), HasSubstr("4"));
  EXPECT_EQ(read.rejects.size(), 2u);
}

TEST(Stix, ReadsACountryInAnySpellingAndKeepsAnUnknownOneAsText) {
  const std::pair<std::string_view, std::string_view> kSpellings[] = {
      {"vn", "VN"}, {"ROU", "RO"}, {"Viet Nam", "VN"}, {" gb ", "GB"}, {"Lemuria", ""}};
  for (const auto& [word, code] : kSpellings) {
    Collected read = ReadObjects({Object("location", 1, Cat({R"("city":"C","country":")", word, R"(")"}))});
    ASSERT_EQ(read.items.size(), 1u) << word;
    const record::Draft& draft = read.items[0].draft;
    EXPECT_EQ(std::get<record::Place>(FieldOf(draft, "place")->value.items[0]).country, code);
    EXPECT_EQ(FullText(draft, "narrative"), code.empty() ? "country: Lemuria" : "");
  }
}

TEST(Stix, KeepsAUserAccountThatHasNoLogin) {
  Collected read = ReadObjects({Object("user-account", 1, R"("user_id":"5501","account_type":"vk")"),
                                Object("user-account", 2, R"("display_name":"Rooms and jobs")"),
                                Object("user-account", 3, R"("account_login":"ann","user_id":"77")"),
                                Object("user-account", 4, R"("account_login":"Ann","user_id":"ann")"),
                                Object("user-account", 5, R"("is_disabled":true)")});
  ASSERT_EQ(read.items.size(), 5u);
  EXPECT_THAT(Shown(read.items[0].draft, "address"), HasSubstr("5501"));
  EXPECT_NE(Shown(read.items[0].draft, "platform"), "");
  EXPECT_EQ(Shown(read.items[1].draft, "title"), "Rooms and jobs");
  EXPECT_THAT(Shown(read.items[2].draft, "address"), HasSubstr("ann"));
  EXPECT_THAT(Shown(read.items[2].draft, "other_addresses"), HasSubstr("77"));
  EXPECT_EQ(FieldOf(read.items[3].draft, "other_addresses"), nullptr);
  EXPECT_EQ(read.items[4].draft.kind->name, "foreign");
}

TEST(Stix, AMarkOnTheSecondNameOfAnAccountMarksThatNameAlone) {
  Collected read = ReadObjects({Object(
      "user-account", 1,
      Cat({R"("account_login":"ann","user_id":"77",)", Marked({kGreen1}), ",", Granular(kAmber2, "user_id")}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(FieldOf(read.items[0].draft, "other_addresses")->attributes.tlp, record::Tlp::kAmber);
  EXPECT_FALSE(FieldOf(read.items[0].draft, "address")->attributes.tlp.has_value());
}

TEST(Stix, MapsWordsOfOpenVocabulariesAndKeepsTheOthersAsText) {
  Collected read = ReadObjects(
      {Object("identity", 1,
              R"("name":"n","identity_class":"organization","description":"Their own words.",)"
              R"("sectors":["non-profit","hospitality-leisure","technology"],"contact_information":"desk@n.example")"),
       Object("report", 2, R"("name":"r","report_types":["threat-report"],"object_refs":[],"lang":"ro")"),
       Object("user-account", 3, R"("account_login":"n","account_type":"windows-domain")")});
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_THAT(Shown(read.items[0].draft, "sector"), HasSubstr("ngo"));
  EXPECT_THAT(Shown(read.items[0].draft, "industry"), HasSubstr("hospitality"));
  EXPECT_EQ(FullText(read.items[0].draft, "narrative"),
            "Their own words.\n\nsectors: technology\ncontact_information: desk@n.example");
  EXPECT_EQ(FullText(read.items[1].draft, "narrative"), "report_types: threat-report\nlang: ro");
  EXPECT_EQ(FullText(read.items[2].draft, "narrative"), "account_type: windows-domain");
}

TEST(Stix, KeepsWhatAnExternalReferenceSaysInWords) {
  Collected read = ReadObjects({Object(
      "incident", 1,
      R"("name":"a","external_references":[{"source_name":"hospital","description":"ward book, 3 May"},)"
      R"({"source_name":"blog","url":"https://b.example/1","description":"the advert"},{"source_name":"x","external_id":"9"}])")});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_THAT(Shown(read.items[0].draft, "external_id"), HasSubstr("https://b.example/1"));
  EXPECT_EQ(FullText(read.items[0].draft, "narrative"),
            "external_references: hospital: ward book, 3 May; blog: the advert");
}

// Its own id stays, however much room the others need.
TEST(Stix, KeepsAsManyExternalReferencesAsThereIsRoomForAndTheOthersAsText) {
  std::string references;
  for (int i = 0; i < 300; ++i) {
    references += Cat({i == 0 ? "" : ",", R"({"source_name":"s","url":"https://long.example/)", std::string(100, 'p'),
                       std::to_string(i), R"("})"});
  }
  Collected read =
      ReadObjects({Object("incident", 1, Cat({R"("name":"a","external_references":[)", references, "]"}))});
  ASSERT_EQ(read.items.size(), 1u);
  const std::string ids = Shown(read.items[0].draft, "external_id");
  EXPECT_THAT(ids, HasSubstr(Id("incident", 1)));
  EXPECT_THAT(ids, HasSubstr("p0"));
  EXPECT_THAT(FullText(read.items[0].draft, "narrative"), HasSubstr("p299"));
}

TEST(Stix, KeepsObservedDataWithObjectsInsideWholeAndSays20) {
  const std::string object =
      Cat({R"({"type":"observed-data","id":")", Id("observed-data", 1),
           R"(","created":"2020-01-01T00:00:00Z","modified":"2020-01-01T00:00:00Z",)"
           R"("first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,)"
           R"("objects":{"0":{"type":"url","value":"https://rooms.example"}}})"});
  Collected read = ReadObjects({object});
  ASSERT_EQ(read.items.size(), 3u) << "the object, the web page in it, and the link between";
  EXPECT_EQ(std::get<record::Text>(FieldOf(read.items[0].draft, "object")->value.items[0]).text, object);
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("observed-data.objects")));
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("STIX 2.0")));
  Collected bundle = CollectText(Format::kStix, R"({"type":"bundle","spec_version":"2.0","objects":[]})");
  EXPECT_THAT(bundle.summary.warnings, testing::Contains(HasSubstr("STIX 2.0")));
}

std::string ObservedData(int number, std::string_view more, std::string_view objects) {
  return Object("observed-data", number,
                Cat({R"("first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z",)",
                     R"("number_observed":1,)", more, R"("objects":{)", objects, "}"}));
}

TEST(Stix, FactsWithinObservedDataAreRecordsThatAreFoundByTheirIdentifiers) {
  Collected read = ReadObjects(
      {ObservedData(1, Cat({Marked({kGreen1}), ","}),
                    R"("0":{"type":"domain-name","value":"rooms.example"},)"
                    R"("1":{"type":"user-account","account_login":"ann"},)"
                    R"("2":{"type":"file","name":"a.txt"},"a b":{"type":"ipv4-addr","value":"192.0.2.7"})")});
  EXPECT_THAT(read.rejects, IsEmpty());
  ASSERT_EQ(read.items.size(), 7u);
  EXPECT_EQ(read.items[0].draft.kind->name, "foreign");
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(read.items[static_cast<std::size_t>(i)].draft.kind->name, "online");
  EXPECT_EQ(Shown(read.items[1].draft, "address"), "domain:rooms.example");
  EXPECT_EQ(Shown(read.items[2].draft, "address"), "handle:ann");
  EXPECT_EQ(read.items[1].source_key, Cat({"stix:", Id("observed-data", 1), "#0"}));
  for (const Item& item : read.items) EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kGreen);
  for (std::size_t i = 4; i < 7; ++i) {
    ASSERT_EQ(read.items[i].references.size(), 2u);
    EXPECT_EQ(read.items[i].references[0].source_key, read.items[0].source_key);
    EXPECT_EQ(read.items[i].references[1].source_key, read.items[i - 3].source_key);
  }
}

TEST(Stix, AMarkOnOneFactWithinMarksAllOfThem) {
  Collected read = ReadObjects({ObservedData(
      1, Cat({Marked({kGreen1}), ",", Granular(kStrict2, "objects.0.value"), ","}),
      R"("0":{"type":"domain-name","value":"rooms.example"},"1":{"type":"url","value":"https://x.example"})")});
  ASSERT_EQ(read.items.size(), 5u);
  for (const Item& item : read.items) EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kAmberStrict);
}

TEST(Stix, FactsAreTakenBackWithTheObjectThatHoldsThem) {
  Collected read =
      ReadObjects({ObservedData(1, R"("revoked":true,)", R"("0":{"type":"domain-name","value":"rooms.example"})")});
  ASSERT_EQ(read.items.size(), 2u);
  for (const Item& item : read.items) EXPECT_TRUE(item.revoked);
  EXPECT_EQ(read.items[0].source_key, Cat({"stix:", Id("observed-data", 1), "#0"}));
}

TEST(Stix, KeepsAnObjectWholeThatItsKindCannotHold) {
  for (const std::string& object :
       {Object("incident", 1, Cat({R"("name":")", std::string(3000, 'n'), R"(")"})),
        Object("incident", 1, R"("name":"bell \u0007")"), Object("incident", 1, R"("name":"  ")"),
        Object("email-addr", 1, R"("value":"\"a b\"@mail.example")"),
        Object("location", 1, Cat({R"("city":")", std::string(1001, 'c'), R"(")"}))}) {
    Collected read = ReadObjects({object});
    ASSERT_EQ(read.items.size(), 1u) << object << (read.rejects.empty() ? "" : read.rejects[0].reason);
    EXPECT_EQ(read.items[0].draft.kind->name, "foreign");
    EXPECT_EQ(std::get<record::Text>(FieldOf(read.items[0].draft, "object")->value.items[0]).text, object);
    EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("kept whole")));
  }
}

TEST(Stix, KeepsAsTextWhatAnOptionalFieldCannotHold) {
  Collected read = ReadObjects(
      {Object("email-addr", 1, Cat({R"("value":"desk@n.example","display_name":")", std::string(3000, 'n'), R"(")"}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_THAT(Shown(read.items[0].draft, "address"), HasSubstr("desk@n.example"));
  EXPECT_EQ(FullText(read.items[0].draft, "narrative"), "display_name: " + std::string(3000, 'n'));
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("email-addr.display_name")));
}

TEST(Stix, AnObjectThatIsKeptWholeKeepsItsMarkings) {
  Collected read = ReadObjects({Object("incident", 1,
                                       Cat({R"("name":")", std::string(3000, 'n'), R"(","description":"d",)",
                                            Marked({kGreen1}), ",", Granular(kStrict2, "description")}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmberStrict);
}

TEST(Stix, CutsTheLongestMemberOfAnObjectThatNoRecordHolds) {
  const std::string_view begin = R"("mime_type":"image/png" ,)";
  Collected read = ReadObjects({Object(
      "artifact", 1, Cat({begin, R"("payload_bin":")", std::string(2'000'000, 'A'), R"(",)", Marked({kAmber2})}))});
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  const record::Draft& draft = read.items[0].draft;
  EXPECT_EQ(draft.handling.tlp, record::Tlp::kAmber);
  const std::string& text = std::get<record::Text>(FieldOf(draft, "object")->value.items[0]).text;
  EXPECT_THAT(text, HasSubstr(R"("mime_type":"image/png")"));
  EXPECT_THAT(text, HasSubstr("object_marking_refs"));
  EXPECT_THAT(text, testing::Not(HasSubstr("payload_bin")));
  simdjson::dom::parser parser;
  StixObject again;
  PropertyFault fault;
  EXPECT_TRUE(ParseStixObject(text, &parser, &again, &fault)) << fault.reason;
  EXPECT_THAT(FullText(draft, "note"), HasSubstr("payload_bin"));
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("artifact.payload_bin: longer than")));
}

// 5 MB are more than intake holds of an object.
TEST(Stix, CutsAnObjectThatIsTooLongToBeRead) {
  const std::string payload(5'000'000, 'A');
  Collected read = ReadObjects(
      {Object("artifact", 1, Cat({R"("mime_type":"image/png","payload_bin":")", payload, R"(",)", Marked({kAmber2})})),
       Object("report", 2,
              Cat({R"("name":"long","object_refs":[],"description":")", payload, R"(",)", Marked({kGreen1})})),
       Object("x-other", 3, Cat({R"("x":[{"a":")", payload, R"("}],)", Marked({kGreen1})})),
       Object("incident", 4, R"("name":"after")")});
  ASSERT_EQ(read.items.size(), 4u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_THAT(FullText(read.items[0].draft, "note"), HasSubstr("payload_bin"));
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("artifact.payload_bin: longer than")));
  EXPECT_EQ(read.items[1].draft.kind->name, "foreign") << "a report without its text would look whole";
  EXPECT_EQ(read.items[2].draft.handling.tlp, record::Tlp::kRed) << "the list may have had a marking within it";
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("may have had markings of its own")));
}

TEST(Stix, WhatMarksAnObjectIsNeverCut) {
  const std::string payload(5'000'000, 'A');
  Collected read = ReadObjects(
      {Object("x-other", 1, Cat({R"("name":"n","granular_markings":[{"selectors":[")", payload, R"("]}])"})),
       Object("x-other", 2, Cat({R"("name":"n","object_marking\u005frefs":")", payload, "\""})),
       Object("x-other", 3, Cat({R"("name":"n","extensions":{"x":")", payload, "\"}"}))});
  EXPECT_EQ(read.items.size(), 0u);
  ASSERT_EQ(read.rejects.size(), 3u);
  EXPECT_THAT(read.rejects[1].reason, HasSubstr("longer than"));
}

TEST(Stix, WritesControlCharactersOfAnObjectThatIsKeptWholeAsEscapes) {
  Collected read = ReadObjects({Object("x-other", 1, "\"a\":\"\x7F \xC2\x9B \xC3\xA9\"")});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_THAT(std::get<record::Text>(FieldOf(read.items[0].draft, "object")->value.items[0]).text,
              HasSubstr("\\u007f \\u009b \xC3\xA9"));
}

TEST(Stix, AReportMayMentionManyObjectsAndOneOfThemOften) {
  std::string ids;
  for (int i = 0; i < 12'000; ++i) ids += Cat({i == 0 ? "\"" : ",\"", Id("url", i % 11'000), "\""});
  Collected read = ReadObjects({Object("report", 1, Cat({R"("name":"r","object_refs":[)", ids, "]"}))});
  EXPECT_THAT(read.rejects, IsEmpty());
  EXPECT_EQ(read.items.size(), 11'001u);
  EXPECT_EQ(read.originals.back(), "");  // a file of 11,001 times the report would be long
}

TEST(Stix, ReadsAListOfObjectsAndOneAlone) {
  EXPECT_EQ(CollectText(Format::kStix, "[" + Object("incident", 1, R"("name":"a")") + "]").items.size(), 1u);
  EXPECT_EQ(CollectText(Format::kStix, Object("incident", 1, R"("name":"a")")).items.size(), 1u);
}

TEST(Stix, NamesInALineForEachTypeWhatNoFieldTakes) {
  Collected read = ReadObjects(
      {Object("url", 1, R"("value":"https://a.example","x_one":1,"defanged":false)"),
       Object("url", 2, R"("value":"https://b.example","x_two":{"a":1},"extensions":{"other-ext":{"a":1}})")});
  EXPECT_THAT(read.summary.warnings,
              ElementsAre("STIX url: no field here takes `created`, `defanged`, `extensions.other-ext`, `x_one`, "
                          "`x_two`; left out"));
}

TEST(Stix, AMarkOnWordsThatAreKeptAsTextMarksTheNarrative) {
  Collected read = ReadObjects({Object(
      "incident", 1,
      Cat({R"("name":"a","labels":["no such tag"],)", Marked({kGreen1}), ",", Granular(kAmber2, "labels.[0]")}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kGreen) << testing::PrintToString(read.summary.warnings);
  EXPECT_EQ(FullText(read.items[0].draft, "narrative"), "labels: no such tag");
  EXPECT_EQ(FieldOf(read.items[0].draft, "narrative")->attributes.tlp, record::Tlp::kAmber);
}

}  // namespace
}  // namespace tidegate::intake
