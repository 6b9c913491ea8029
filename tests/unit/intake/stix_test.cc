// STIX 2.1 bundles.
#include "node/stix/stix.h"

#include <algorithm>
#include <string>

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

TEST(Stix, MapsTheTypesThatHaveAKind) {
  Collected read = ReadObjects({
      Object("identity", 1, R"("name":"N. N.","identity_class":"individual")"),
      Object("identity", 2, R"("name":"Firm","identity_class":"organization","sectors":["bank","unheard-of"])"),
      Object("location", 3, R"("name":"Port","city":"Dover","country":"GB","latitude":51.129,"longitude":1.308)"),
      Object("incident", 4, R"("name":"Alert","description":"What happened","confidence":60)"),
      Object("note", 5, R"("content":"A note","object_refs":[])"),
      Object("indicator", 6,
             R"("pattern":"[url:value = 'x']","pattern_type":"stix","valid_from":"2025-01-01T00:00:00Z")"),
      Object("observed-data", 7,
             R"("first_observed":"2025-01-01T00:00:00Z","last_observed":"2025-01-02T00:00:00Z","number_observed":1)"),
      Object("email-addr", 8, R"("value":"A@Example.org")"),
      Object("user-account", 9, R"("account_login":"who","account_type":"facebook")"),
      Object("x-tidegate-account", 10, Own(R"("fields":{"number":"local:12-34"})")),
  });
  ASSERT_TRUE(read.status.ok()) << read.status;
  for (const Reject& reject : read.rejects)
    ADD_FAILURE() << reject.object << " " << reject.field << " " << reject.reason;
  std::vector<std::string> kinds;
  for (const Item& item : read.items) kinds.emplace_back(item.draft.kind->name);
  EXPECT_THAT(kinds, ElementsAre("person", "organisation", "place", "alert", "report", "alert", "report", "online",
                                 "online", "account"));
  EXPECT_EQ(Shown(read.items[0].draft, "external_id"), "stix:" + Id("identity", 1));
  EXPECT_EQ(read.items[0].source_key, "stix:" + Id("identity", 1));
  EXPECT_NE(Shown(read.items[1].draft, "sector"), "");
  const auto place = std::get<record::Place>(FieldOf(read.items[2].draft, "place")->value.items[0]);
  EXPECT_EQ(place.coordinates, (record::Coordinates{51'129'000, 1'308'000}));
  EXPECT_EQ(FullText(read.items[3].draft, "narrative"), "What happened");
  EXPECT_THAT(Shown(read.items[3].draft, "confidence"), HasSubstr("ikely"));
  EXPECT_EQ(FullText(read.items[5].draft, "assessment"), "[url:value = 'x']");
  EXPECT_THAT(Shown(read.items[7].draft, "address"), HasSubstr("a@example.org"));
  EXPECT_THAT(read.summary.warnings,
              testing::Contains(HasSubstr("STIX identity.sectors: a word without a code here is kept as text")));
  EXPECT_THAT(read.summary.warnings, testing::Contains("STIX identity: no field here takes `created`; left out"));
}

TEST(Stix, KeepsAnUnknownTypeWholeByteForByte) {
  std::string object =
      "{ \"type\":\"x-other\",\n  \"id\" : \"" + Id("x-other", 1) +
      "\", \"name\":\"caf\\u00e9\", \"deep\":[1.50,{\"a\":null}], \"created\":\"2025-01-02T03:04:05Z\"}";
  Collected read = ReadObjects({object});
  ASSERT_EQ(read.items.size(), 1u);
  const record::Draft& draft = read.items[0].draft;
  EXPECT_EQ(draft.kind->name, "foreign");
  EXPECT_EQ(std::get<record::Text>(FieldOf(draft, "object")->value.items[0]).text, object);
  EXPECT_EQ(Shown(draft, "object_type"), "x-other");
  EXPECT_EQ(Shown(draft, "object_id"), Id("x-other", 1));
  EXPECT_EQ(Shown(draft, "heading"), "café");
  EXPECT_EQ(read.originals[0], object);
}

TEST(Stix, WhatRefersToOthersComesAfterThem) {
  Collected read = ReadObjects({
      Object("relationship", 1,
             Cat({R"("relationship_type":"owns","source_ref":")", Id("identity", 3), R"(","target_ref":")",
                  Id("report", 2), R"(")"})),
      Object("report", 2,
             Cat({R"("name":"R","published":"2025-01-01T00:00:00Z","object_refs":[")", Id("identity", 3),
                  R"(","marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"])"})),
      Object("identity", 3, R"("name":"I","identity_class":"organization")"),
      Object("sighting", 4, Cat({R"("sighting_of_ref":")", Id("report", 2), R"(","count":3)"})),
  });
  for (const Reject& reject : read.rejects)
    ADD_FAILURE() << reject.object << " " << reject.field << " " << reject.reason;
  std::vector<std::string> kinds;
  for (const Item& item : read.items) kinds.emplace_back(item.draft.kind->name);
  ASSERT_THAT(kinds, ElementsAre("report", "organisation", "link", "sighting", "link"));
  const Item& owns = read.items[2];
  ASSERT_EQ(owns.references.size(), 2u);
  EXPECT_EQ(owns.draft.kind->slots[owns.references[0].slot].name, "from");
  EXPECT_EQ(owns.references[0].source_key, read.items[1].source_key);
  EXPECT_EQ(owns.references[1].source_key, read.items[0].source_key);
  const Item& mentions = read.items[4];
  EXPECT_THAT(Shown(mentions.draft, "verb"), HasSubstr("mentions"));
  EXPECT_EQ(mentions.references[0].source_key, read.items[0].source_key);
  EXPECT_EQ(mentions.references[1].source_key, read.items[1].source_key);
  EXPECT_NE(mentions.source_key, read.items[0].source_key);
}

TEST(Stix, TheStrictestMarkingHolds) {
  auto tlp = [](std::initializer_list<std::string_view> ids, std::string* warning = nullptr) {
    Collected read = ReadObjects({Object("incident", 1, Cat({R"("name":"a",)", Marked(ids)}))});
    if (warning != nullptr) *warning = read.summary.warnings.empty() ? "" : read.summary.warnings[0];
    return read.items.at(0).draft.handling.effective_tlp();
  };
  std::string warning;
  EXPECT_EQ(tlp({kClear2}), record::Tlp::kClear);
  EXPECT_EQ(tlp({kGreen1}, &warning), record::Tlp::kGreen);
  EXPECT_EQ(warning, "");
  EXPECT_EQ(tlp({kGreen1, kAmber2}, &warning), record::Tlp::kAmber);
  EXPECT_THAT(warning, HasSubstr("contradictory"));
  EXPECT_EQ(tlp({kClear2, kOther}, &warning), record::Tlp::kRed);  // nobody defines kOther
  Collected unmarked = ReadObjects({Object("incident", 1, R"("name":"a")")});
  EXPECT_FALSE(unmarked.items.at(0).draft.handling.tlp.has_value());
  EXPECT_EQ(unmarked.items.at(0).draft.handling.effective_tlp(), record::Tlp::kRed);
}

TEST(Stix, ADefinitionMayComeAfterWhatItMarks) {
  std::string definition = Cat({R"({"type":"marking-definition","spec_version":"2.1","id":")", kOther,
                                R"(","definition_type":"tlp","definition":{"tlp":"amber"}})"});
  Collected read = ReadObjects({Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther})})), definition});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_EQ(read.summary.skipped, 1u);
  EXPECT_THAT(read.summary.warnings, IsEmpty());
}

TEST(Stix, ABundleCannotLoosenAPredefinedMarking) {
  std::string forged = Cat({R"({"type":"marking-definition","id":")", kAmber2,
                            R"(","definition_type":"tlp","definition":{"tlp":"white"}})"});
  Collected read = ReadObjects({forged, Object("incident", 1, Cat({R"("name":"a",)", Marked({kAmber2})}))});
  EXPECT_EQ(read.items.at(0).draft.handling.tlp, record::Tlp::kAmber);
}

TEST(Stix, AStatementIsKeptAsACondition) {
  std::string definition = Cat({R"({"type":"marking-definition","id":")", kOther,
                                R"(","definition_type":"statement","definition":{"statement":"Not in court"}})"});
  Collected read = ReadObjects({definition, Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther, kGreen1})}))});
  EXPECT_EQ(read.items.at(0).draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_THAT(read.items.at(0).draft.handling.conditions, ElementsAre("Not in court"));
}

// The text of the statement travels with the object, so the marking of the text counts.
TEST(Stix, AnObjectIsAsStrictAsTheMarkingOfItsStatement) {
  const auto tlp_with = [](std::string_view own_marking) {
    std::string definition =
        Cat({R"({"type":"marking-definition","id":")", kOther,
             R"(","definition_type":"statement","definition":{"statement":"Not in court"},)", own_marking, "}"});
    return ReadObjects({definition, Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther, kGreen1})}))})
        .items.at(0)
        .draft.handling.tlp;
  };
  EXPECT_EQ(tlp_with(Marked({kAmber2})), record::Tlp::kAmber);
  EXPECT_EQ(tlp_with(Marked({kOther})), record::Tlp::kGreen) << "it names itself";
  EXPECT_EQ(tlp_with(R"("object_marking_refs":["marking-definition--nobody"])"), record::Tlp::kRed);
  EXPECT_EQ(tlp_with(R"("object_marking_refs":7)"), record::Tlp::kRed);
  EXPECT_EQ(tlp_with(R"("granular_markings":[])"), record::Tlp::kRed);
}

TEST(Stix, GranularMarkingsMarkTheFieldsMadeOfWhatTheySelect) {
  auto granular = [](std::string_view selector) {
    return Cat({R"("granular_markings":[{"marking_ref":")", kStrict2, R"(","selectors":[")", selector, R"("]}],)"});
  };
  std::string body = Cat(
      {R"("name":"a","description":"d","unmapped":1,)", Marked({kGreen1}), ",", Own(R"("fields":{"amount":"7 GBP"})")});
  auto read = [&](std::string_view selector) {
    return ReadObjects({Object("incident", 1, granular(selector) + body)}).items.at(0).draft;
  };
  record::Draft named = read("description");
  EXPECT_EQ(FieldOf(named, "narrative")->attributes.tlp, record::Tlp::kAmberStrict);
  EXPECT_FALSE(FieldOf(named, "title")->attributes.tlp.has_value());
  EXPECT_EQ(named.handling.tlp, record::Tlp::kGreen);
  record::Draft own = read(Cat({"extensions.", stix::kExtension, ".fields.amount"}));
  EXPECT_EQ(FieldOf(own, "amount")->attributes.tlp, record::Tlp::kAmberStrict);
  EXPECT_EQ(own.handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(read("unmapped").handling.tlp, record::Tlp::kAmberStrict);  // it has no field that could be marked
  EXPECT_EQ(read("nothing-there").handling.tlp, record::Tlp::kAmberStrict);
  EXPECT_EQ(read("extensions").handling.tlp, record::Tlp::kAmberStrict);
}

TEST(Stix, TheExtensionSaysWhatStixCannot) {
  Collected read = ReadObjects({Object(
      "incident", 1,
      Cat({R"("name":"a",)", Marked({kGreen1}), ",",
           Own(Cat(
               {R"("kind":"alert","fields":{"place":{"locality":"Leeds","country":"GB"},"ages":["17",">20"],)",
                R"("raised":"2025-05-06T07:08:09Z","tags":"sar"},"attributes":{"place":{"tlp":"RED","basis":"fact"}},)",
                R"("handling":{"grade":"1BC","conditions":["contact-author"],"purposes":["prevention"],"tlp":"AMBER"},)",
                R"("recipients":["North"],"tags":["sar"],"references":{"related":[")", Id("report", 2),
                R"("]})"}))}))});
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].field + read.rejects[0].reason);
  const Item& item = read.items[0];
  EXPECT_EQ(FieldOf(item.draft, "place")->attributes.tlp, record::Tlp::kRed);
  EXPECT_EQ(FieldOf(item.draft, "place")->attributes.basis, "fact");
  EXPECT_EQ(FieldOf(item.draft, "ages")->value.items.size(), 2u);
  EXPECT_THAT(Shown(item.draft, "raised"), HasSubstr("07:08"));
  EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_EQ(item.draft.handling.handling_code, "C");
  EXPECT_THAT(item.draft.local.named_recipients, ElementsAre("North"));
  EXPECT_THAT(item.draft.local.tags, ElementsAre("sar"));
  ASSERT_EQ(item.references.size(), 1u);
  EXPECT_EQ(item.references[0].source_key, "stix:" + Id("report", 2));
}

TEST(Stix, RefusesAnObjectByIdPropertyAndReason) {
  Collected read = ReadObjects({
      Object("incident", 1, R"("description":"no name")"),
      Object("incident", 2, R"("name":7)"),
      Object("incident", 3, R"("name":"a","confidence":101)"),
      R"({"type":"incident","id":"incident--1","name":"a"})",
      R"({"id":"incident--1"})",
      R"({"type":"incident",})",
      "7",
      R"({"type":"incident","type":"incident"})",
      Object("location", 4, R"("name":"l","latitude":91,"longitude":0)"),
      Object("location", 5, R"("name":"l","latitude":9)"),
      Object("relationship", 6, R"("relationship_type":"owns","source_ref":"x","target_ref":"y")"),
      Object("incident", 7, Cat({R"("name":"a",)", Own(R"("fields":{"titel":"x"})")})),
      Object("incident", 8, Cat({R"("name":"a",)", Own(R"("fields":{"amount":[7]})")})),
      Object("incident", 9, Cat({R"("name":"a",)", Own(R"("attributes":{"place":{"tlp":"RED"}})")})),
      Object("incident", 10, Cat({R"("name":"a",)", Own(R"("handling":{"grade":"9ZZ"})")})),
      Object("incident", 11, R"("name":"a","granular_markings":[{}])"),
      Object("incident", 14, Cat({R"("name":"a",)", Own(R"("handlng":{"tlp":"RED"})")})),
      Object("x-tidegate-phone", 12, ""),
      Object("incident", 13, R"("name":"good")"),
  });
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(Shown(read.items[0].draft, "title"), "good");
  std::vector<std::string> fields;
  for (const Reject& reject : read.rejects) fields.push_back(reject.field);
  std::string fields_path = "extensions.fields.";
  EXPECT_THAT(fields,
              ElementsAre("name", "name", "confidence", "id", "type", "", "", "type", "latitude", "latitude",
                          "source_ref", fields_path + "titel", fields_path + "amount", "extensions.attributes.place",
                          "extensions.handling.grade", "granular_markings", "extensions", "extensions"));
  EXPECT_THAT(read.rejects[16].reason, HasSubstr("did you mean `handling`?"));
  EXPECT_EQ(read.rejects[0].object, Id("incident", 1));
  EXPECT_EQ(read.rejects[0].position, 0u);
  EXPECT_THAT(read.rejects[5].reason, HasSubstr("broken JSON"));
  EXPECT_THAT(read.rejects[7].reason, HasSubstr("twice"));
  EXPECT_THAT(read.rejects[11].reason, HasSubstr("did you mean `title`?"));
  EXPECT_EQ(read.rejects[6].original, "7");
}

TEST(Stix, BoundsDepthAndSizeOfEachObject) {
  Limits limits;
  limits.object_bytes = 600;
  std::string deep = Object("incident", 1, R"("name":"a","x":)" + std::string(100, '[') + std::string(100, ']'));
  std::string big = Object("incident", 2, R"("name":")" + std::string(700, 'x') + "\"");
  Collected read = ReadObjects({deep, big, Object("incident", 3, R"("name":"good")")}, limits);
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("deeper than 64"));
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(read.items[0].draft.kind->name, "foreign") << "without its name, which is too long";
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("incident.name: longer than")));
}

TEST(Stix, HandsOverWhatCameBeforeAFaultOfTheFile) {
  std::string text = Bundle({Object("incident", 1, R"("name":"a")")});
  Collected read = CollectText(Format::kStix, text.substr(0, text.size() - 2) + ",{\"type\":");
  EXPECT_FALSE(read.status.ok());
  EXPECT_EQ(read.items.size(), 1u);
}

TEST(Stix, HandsOverWhatItsAuthorRevokedWithoutADraft) {
  Collected read = ReadObjects({Object("incident", 1, R"("name":"a","revoked":true)")});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_TRUE(read.items[0].revoked);
  EXPECT_EQ(read.items[0].source_key, "stix:" + Id("incident", 1));
  EXPECT_EQ(read.items[0].draft.local.source.version_us, 1'735'787'045'678'000u);
  EXPECT_EQ(read.items[0].draft.kind, nullptr);
}

TEST(Stix, DoesNotGuessWhetherAnObjectIsRevoked) {
  for (const char* revoked : {R"("true")", "1", "[true]"}) {
    Collected read = ReadObjects({Object("incident", 1, Cat({R"("name":"a","revoked":)", revoked}))});
    EXPECT_TRUE(read.items.empty()) << revoked;
    ASSERT_EQ(read.rejects.size(), 1u) << revoked;
    EXPECT_EQ(read.rejects[0].field, "revoked");
  }
  EXPECT_FALSE(ReadObjects({Object("incident", 1, R"("name":"a","revoked":false)")}).items.at(0).revoked);
}

std::string Versioned(int year, std::string_view more) {
  return Cat({R"({"type":"incident","id":")", Id("incident", 1), R"(","modified":")", std::to_string(year),
              R"(-01-01T00:00:00Z",)", more, "}"});
}

TEST(Stix, OfSeveralVersionsInAFileTheLatestHolds) {
  for (const bool latest_first : {false, true}) {
    const std::string old = Versioned(2024, R"("name":"old")");
    const std::string latest = Versioned(2026, R"("name":"new")");
    const std::string between = Versioned(2025, R"("name":"between","revoked":true)");
    Collected read = latest_first ? ReadObjects({latest, old, between}) : ReadObjects({old, between, latest});
    ASSERT_EQ(read.items.size(), 1u);
    EXPECT_EQ(Shown(read.items[0].draft, "title"), "new");
    EXPECT_EQ(read.summary.older, 2u);
    EXPECT_THAT(read.rejects, IsEmpty());
  }
}

TEST(Stix, OfTwoObjectsOfOneVersionTheFirstHoldsWithAWarning) {
  Collected read = ReadObjects({Versioned(2025, R"("name":"one")"), Versioned(2025, R"("name":"two")")});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(Shown(read.items[0].draft, "title"), "one");
  EXPECT_THAT(read.summary.warnings, ElementsAre(HasSubstr("the first holds")));
}

TEST(Stix, ASourceThatIsNamedHasIdsOfItsOwn) {
  const std::string text = Bundle({Object("note", 1,
                                          Cat({R"("content":"c","created_by_ref":")", Id("identity", 9),
                                               R"(","object_refs":[")", Id("incident", 2), R"("])"})),
                                   Object("incident", 2, R"("name":"a")")});
  Collected read = Collect(Format::kStix, {"source", text, true, -1, "north"});
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_EQ(read.items[0].source_key, "stix@north:" + Id("note", 1));
  EXPECT_EQ(read.items[0].former_key, "stix:" + Id("note", 1));
  EXPECT_EQ(read.items[0].draft.local.source.producer, Id("identity", 9));
  EXPECT_EQ(read.items[2].references[1].source_key, "stix@north:" + Id("incident", 2));
}

TEST(Stix, AMarkedMentionIsMarkedAlone) {
  Collected read = ReadObjects({Object(
      "report", 1,
      Cat({R"("name":"r",)", Marked({kGreen1}), ",", Granular(kAmber2, "object_refs.[1]"), R"(,"object_refs":[")",
           Id("incident", 2), R"(",")", Id("incident", 3), R"(",")", Id("incident", 2), R"("])"}))});
  ASSERT_EQ(read.items.size(), 3u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(read.items[1].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(read.items[2].draft.handling.tlp, record::Tlp::kAmber);
}

TEST(Stix, WhatCannotBeMarkedAloneMarksTheWholeWithAWarning) {
  const std::string body = Cat({R"("name":"a",)", Marked({kGreen1}), ","});
  for (const std::string& more :
       {Granular(kAmber2, "x_case_officer") + R"(,"x_case_officer":"N")", Granular(kAmber2, "modified"),
        std::string(R"("x_parts":[{"object_marking_refs":[")") + std::string(kAmber2) + R"("]}])",
        std::string(R"("labels":["TLP:AMBER"])"), std::string(R"("x_tlp":"amber")")}) {
    Collected read = ReadObjects({Object("incident", 1, body + more)});
    ASSERT_EQ(read.items.size(), 1u) << more;
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber) << more;
    EXPECT_THAT(read.summary.warnings, testing::Not(IsEmpty())) << more;
  }
}

TEST(Stix, AWordThatIsNoTlpWhereATlpStandsIsTheStrictest) {
  Collected read = ReadObjects({Object("incident", 1, Cat({R"("name":"a","x_tlp":"purple",)", Marked({kGreen1})}))});
  EXPECT_EQ(read.items.at(0).draft.handling.tlp, record::Tlp::kRed);
}

TEST(Stix, AMarkOnAPartLoosensNothingThatIsUnmarked) {
  Collected read =
      ReadObjects({Object("incident", 1, Cat({R"("name":"a","x_note":"n",)", Granular(kGreen1, "x_note")}))});
  EXPECT_EQ(read.items.at(0).draft.handling.effective_tlp(), record::Tlp::kRed);
  read = ReadObjects({Object("incident", 1, R"("name":"a","labels":["tlp:clear"])")});
  EXPECT_EQ(read.items.at(0).draft.handling.effective_tlp(), record::Tlp::kRed);
}

// It stands in the field and in the text of the object, which is kept whole.
TEST(Stix, AMarkOnAFieldOfAForeignObjectMarksTheWholeWithAWarning) {
  const std::string selector = Cat({"extensions.", stix::kExtension, ".fields.heading"});
  for (const std::string& more :
       {Own(R"("fields":{"heading":"who told us"})") + "," + Granular(kStrict2, selector),
        Own(R"("fields":{"heading":"who told us"},"attributes":{"heading":{"tlp":"AMBER+STRICT"}})")}) {
    Collected read = ReadObjects({Object("x-other", 1, Cat({Marked({kGreen1}), ",", more}))});
    ASSERT_EQ(read.items.size(), 1u) << more;
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmberStrict) << more;
    EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("for the whole object"))) << more;
  }
}

// JSON leaves open which of two members of one name holds: the second could undo what the first marks.
TEST(Stix, RefusesAnObjectWithAPropertyTwiceAtAnyDepth) {
  const auto entry = [](std::string_view members) { return Cat({R"("granular_markings":[{)", members, "}]"}); };
  const std::string loose = Cat({R"("marking_ref":")", kGreen1, "\""});
  const std::string strict = Cat({R"("marking_ref":")", kStrict2, "\""});
  for (const std::string& twice :
       {entry(Cat({loose, ",", strict, R"(,"selectors":["name"])"})),
        entry(Cat({strict, R"(,"selectors":["labels"],"selectors":["name"])"})),
        Own(R"("fields":{"narrative":"n"},"attributes":{"narrative":{"tlp":"RED","tlp":"GREEN"}})"),
        Own(R"("fields":{"narrative":"n"},"attributes":{"narrative":{"tlp":"RED"}},"attributes":{})"),
        Own(R"("handling":{"tlp":"RED","tlp":"GREEN"})"), std::string(R"("x_parts":[{"deep":{"a":1,"a":2}}])")}) {
    Collected read = ReadObjects({Object("incident", 1, Cat({R"("name":"a",)", Marked({kGreen1}), ",", twice}))});
    EXPECT_THAT(read.items, IsEmpty()) << twice;
    ASSERT_EQ(read.rejects.size(), 1u) << twice;
    EXPECT_EQ(read.rejects[0].reason, "is there twice");
  }
}

TEST(Stix, AMarkingThatIsDefinedWithAMemberTwiceIsUndefinedAndRed) {
  const std::string definition =
      Cat({R"({"type":"marking-definition","id":")", kOther, R"(","definition":{"tlp":"green","tlp":"clear"}})"});
  Collected read = ReadObjects({definition, Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther})}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed);
}

std::string Statement(std::string_view id, std::string_view text) {
  return Cat({R"({"type":"marking-definition","id":")", id,
              R"(","definition_type":"statement","definition":{"statement":")", text, R"("}})"});
}

TEST(Stix, AStatementThatNoConditionCanHoldIsRed) {
  for (const std::string& text : {std::string(256, 'x'), std::string(R"(two\nlines)")}) {
    Collected read = ReadObjects(
        {Statement(kOther, text), Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther, kGreen1})}))});
    ASSERT_EQ(read.items.size(), 1u);
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed);
    EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("statement cannot be kept")));
  }
}

TEST(Stix, AStatementOnAPropertyThatNoConditionCanHoldMakesItsFieldRed) {
  Collected read = ReadObjects(
      {Statement(kOther, std::string(256, 'x')),
       Object("incident", 1,
              Cat({R"("name":"a","description":"d",)", Marked({kGreen1}), ",", Granular(kOther, "description")}))});
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_EQ(FieldOf(read.items[0].draft, "narrative")->attributes.tlp, record::Tlp::kRed);
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("statement cannot be kept")));
}

TEST(Stix, TheThirtyThirdStatementIsRed) {
  std::string text = R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[)";
  std::string refs = Cat({"\"", kGreen1, "\""});
  for (int i = 0; i < 33; ++i) {
    const std::string id = Id("marking-definition", 100 + i);
    text += Statement(id, "statement " + std::to_string(i)) + ",";
    refs += Cat({",\"", id, "\""});
  }
  text += Object("incident", 1, Cat({R"("name":"a","object_marking_refs":[)", refs, "]"})) + "]}";
  Collected read = CollectText(Format::kStix, text);
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed);
  EXPECT_EQ(read.items[0].draft.handling.conditions.size(), 32u);
}

TEST(Stix, OfAMarkingThatIsDefinedTwiceBothHold) {
  const auto tlp = [](std::string_view word) {
    return Cat({R"({"type":"marking-definition","id":")", kOther, R"(","definition_type":"tlp","definition":{"tlp":")",
                word, R"("}})"});
  };
  const std::string object = Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther})}));
  EXPECT_EQ(ReadObjects({tlp("green"), object, tlp("amber")}).items.at(0).draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_EQ(ReadObjects({tlp("green"), object, Statement(kOther, "s")}).items.at(0).draft.handling.tlp,
            record::Tlp::kRed);
}

TEST(Stix, ADefinitionThatSaysMoreThanIsKnownIsRed) {
  const std::string strange =
      Cat({R"({"type":"marking-definition","id":")", kOther,
           R"(","definition_type":"statement","definition":{"statement":"s","releasable_to":["XX"]}})"});
  Collected read = ReadObjects({strange, Object("incident", 1, Cat({R"("name":"a",)", Marked({kOther, kGreen1})}))});
  EXPECT_EQ(read.items.at(0).draft.handling.tlp, record::Tlp::kRed);
}

TEST(Stix, AFileGivesTheSameAsItsBytes) {
  std::string text = R"({"type":"bundle","objects":[)";
  for (int i = 0; i < 400; ++i) {
    text += Object("identity", i, R"("name":"n","identity_class":"organization")") + ",\n";
    text += Object("relationship", i,
                   Cat({R"("relationship_type":"owns","source_ref":")", Id("identity", 399 - i), R"(","target_ref":")",
                        Id("identity", i), R"(")"})) +
            ",  ";
  }
  text += Object("note", 1, R"("content":"last","object_refs":[])") + "]}";
  TemporaryFolder folder;
  WriteFile(folder / "b.json", text);
  Limits limits;
  limits.object_bytes = 700;  // a window far smaller than the file
  limits.batch_items = 7;
  Collected file = Collect(Format::kStix, {folder / "b.json", {}, false}, nullptr, {}, limits);
  Collected bytes = CollectText(Format::kStix, text);
  ASSERT_TRUE(file.status.ok()) << file.status;
  ASSERT_EQ(file.items.size(), 801u);
  ASSERT_EQ(bytes.items.size(), 801u);
  EXPECT_EQ(file.originals, bytes.originals);
  for (std::size_t i = 0; i < 801; ++i) ASSERT_EQ(file.items[i].source_key, bytes.items[i].source_key);
}

}  // namespace
}  // namespace tidegate::intake
