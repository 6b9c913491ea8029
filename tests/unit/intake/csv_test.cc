// CSV files through mappings.
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Mapping MakeMapping(std::string_view toml) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(toml, "test.toml");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return *std::move(mapping);
}

constexpr std::string_view kReports = R"(
kind = "report"
source = "test"
identity = ["id"]
ignore = ["spare"]
unknown = ["n/k"]
[columns]
id = { to = "report.external_id", scheme = "case", required = true }
title = { to = "report.title", required = true }
when = { to = "report.observed", date = "%d/%m/%Y" }
kinds = { to = "report.exploitation", codes = "kinds", split = "," }
phone = { to = "report.identifiers", scheme = "phone", calling_code = "+44" }
plate = { to = "report.identifiers", scheme = "plate" }
going = { to = "report.ongoing", optional = true }
tlp = "handling.tlp"
who = "local.recipients"
[places."report.place"]
locality = "town"
country = "land"
latitude = "lat"
longitude = "lon"
[constants]
"report.place.tlp" = "AMBER+STRICT"
"handling.purposes" = "prevention"
[codes.kinds]
farm = "labour.agriculture"
other = ""
[[skip]]
column = "state"
equals = ["draft"]
)";
constexpr std::string_view kHeader = "id,title,when,kinds,phone,plate,tlp,who,town,land,lat,lon,state,spare\r\n";

Collected ReadRows(std::string_view rows, const Defaults& defaults = {}) {
  Mapping mapping = MakeMapping(kReports);
  return CollectText(Format::kCsv, std::string(kHeader) + std::string(rows), &mapping, defaults);
}

TEST(Csv, EachRowHasItsOwnMarkingHoweverOftenItRecurs) {
  Mapping mapping = MakeMapping(R"(
kind = "report"
source = "test"
[columns]
title = "report.title"
tlp = "handling.tlp"
conditions = "handling.conditions"
code = "handling.handling_code"
)");
  const Collected read = CollectText(Format::kCsv,
                                     "title,tlp,conditions,code\nA,GREEN,,P\nB,RED,sector:ngo,C\nC,GREEN,,P\n"
                                     "D,PURPLE,,P\nE,GREEN,sector:ngo,P\nF,RED,sector:ngo,C\nG,GREEN,,P\n",
                                     &mapping, {});
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].field, "tlp");
  std::string seen;
  for (const Item& item : read.items) {
    const record::Handling& handling = item.draft.handling;
    seen += std::string(record::TlpName(*handling.tlp)) + " " + std::to_string(handling.conditions.size()) +
            handling.handling_code + "; ";
  }
  EXPECT_EQ(seen, "GREEN 0P; RED 1C; GREEN 0P; GREEN 1P; RED 1C; GREEN 0P; ");
}

TEST(Csv, MakesARecordOfARow) {
  Collected read = ReadRows(
      "7,\"A, title\",3/11/2025,\"farm,Farm,other\",07700 900123,qi12 "
      "xzq,AMBER,North;South,Leeds,GB,53.8,-1.55,x,\r\n");
  ASSERT_TRUE(read.status.ok()) << read.status;
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  const Item& item = read.items[0];
  EXPECT_EQ(item.source_key, "csv:test:report:7");
  EXPECT_EQ(item.draft.local.source_reference, item.source_key);
  EXPECT_EQ(item.position, 2u);
  EXPECT_EQ(Shown(item.draft, "title"), "A, title");
  EXPECT_EQ(FieldOf(item.draft, "exploitation")->value.items.size(), 1u);
  const auto& identifiers = FieldOf(item.draft, "identifiers")->value.items;
  EXPECT_THAT(identifiers, ElementsAre(record::Identifier{"phone", "+447700900123", false},
                                       record::Identifier{"plate", "QI12XZQ", false}));
  const auto place = std::get<record::Place>(FieldOf(item.draft, "place")->value.items[0]);
  EXPECT_EQ(place.locality, "Leeds");
  EXPECT_EQ(place.coordinates, (record::Coordinates{53'800'000, -1'550'000}));
  EXPECT_EQ(FieldOf(item.draft, "place")->attributes.tlp, record::Tlp::kAmberStrict);
  EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_THAT(item.draft.handling.purposes, ElementsAre("prevention"));
  EXPECT_THAT(item.draft.local.named_recipients, ElementsAre("North", "South"));
  EXPECT_THAT(read.summary.warnings, ElementsAre(HasSubstr("no column `going`")));
}

TEST(Csv, OfTwoContradictoryMarkingsTheStrictestHoldsAndTheImportWarns) {
  const std::string good = "7,t,,,,,AMBER,,Leeds,GB,,,x,\n";  // the mapping marks places AMBER+STRICT
  EXPECT_THAT(ReadRows(good).summary.warnings, testing::Not(testing::Contains(HasSubstr("contradictory"))));
  Collected read = ReadRows("7,t,,,,,RED,,Leeds,GB,,,x,\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed);
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("contradictory TLP markings")));
}

TEST(Csv, EmptyCellsSayNothingAndUnknownWordsSayUnknown) {
  Collected read = ReadRows("1,t,n/k,,,,,,,,,,x,\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(Shown(read.items[0].draft, "observed"), "unknown");
  EXPECT_EQ(FieldOf(read.items[0].draft, "identifiers"), nullptr);
  EXPECT_EQ(FieldOf(read.items[0].draft, "place"), nullptr);
  EXPECT_FALSE(read.items[0].draft.handling.tlp.has_value());  // unmarked: RED everywhere
}

TEST(Csv, DefaultsSpeakOnlyWhereTheSourceIsSilent) {
  Defaults defaults;
  defaults.handling.tlp = record::Tlp::kGreen;
  defaults.local.named_recipients = {"East"};
  defaults.local.tags = {"exercise"};
  Collected read = ReadRows("1,t,,,,,RED,North,,,,,x,\n2,t,,,,,,,,,,,x,\n", defaults);
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed);
  EXPECT_THAT(read.items[0].draft.local.named_recipients, ElementsAre("North"));
  EXPECT_EQ(read.items[1].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_THAT(read.items[1].draft.local.named_recipients, ElementsAre("East"));
  EXPECT_THAT(read.items[1].draft.local.tags, ElementsAre("exercise"));
}

TEST(Csv, RefusesARowByColumnAndReasonAndKeepsTheRest) {
  Collected read = ReadRows(
      ",t,,,,,,,,,,,x,\n"
      "2,,,,,,,,,,,,x,\n"
      "3,t,31/02/2025,,,,,,,,,,x,\n"
      "4,t,,farn,,,,,,,,,x,\n"
      "5,t,,,1,,,,,,,,x,\n"
      "6,t,,,,,PURPLE,,,,,,x,\n"
      "7,t,,,,,,,,,95,1,x,\n"
      "8,t,,,,,,,,,5,,x,\n"
      "9,t,,,,,,,Leeds,QQ,,,x,\n"
      "10,t\n"
      "11,\"t\xC3\xA9\xC3\xA9\xFF\",,,,,,,,,,,x,\n"
      "12,t,,,,,,,,,,,draft,\n"
      "13,t,,,,,,,,,,,x,\n");
  ASSERT_TRUE(read.status.ok());
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].source_key, "csv:test:report:13");
  EXPECT_EQ(read.summary.skipped, 1u);
  EXPECT_EQ(read.summary.rejected, 11u);
  std::vector<std::string> fields;
  for (const Reject& reject : read.rejects) fields.push_back(reject.field);
  EXPECT_THAT(fields, ElementsAre("id", "title", "when", "kinds", "phone", "tlp", "lat", "lon", "land", "", ""));
  EXPECT_EQ(read.rejects[0].position, 2u);
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("requires"));
  EXPECT_THAT(read.rejects[3].reason, HasSubstr("did you mean `farm`?"));
  EXPECT_THAT(read.rejects[9].reason, HasSubstr("2 fields where the header has 14"));
  EXPECT_THAT(read.rejects[10].reason, HasSubstr("not UTF-8"));
  EXPECT_EQ(read.rejects[2].original, "3,t,31/02/2025,,,,,,,,,,x,");
}

TEST(Csv, AMissingColumnIsToldOnceForAllRowsAndNamesTheNearest) {
  Mapping mapping =
      MakeMapping("kind=\"report\"\nsource=\"s\"\n[columns]\ntitle=\"report.title\"\nobserved=\"report.observed\"\n");
  Collected read = CollectText(Format::kCsv, "title,Obsreved\na,2025\nb,2025\n", &mapping);
  ASSERT_TRUE(read.status.ok());
  EXPECT_THAT(read.items, IsEmpty());
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].items, 2u);
  EXPECT_EQ(read.summary.rejected, 2u);
  EXPECT_EQ(read.rejects[0].field, "observed");
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("no column `observed`; did you mean `Obsreved`?"));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("header was taken from row 1"));
  EXPECT_THAT(read.summary.warnings, IsEmpty());
}

TEST(Csv, KeysAndHashesFollowWhatARowSaysAndNotWhereItStands) {
  std::string_view toml = "kind=\"report\"\nsource=\"s\"\n[columns]\na=\"report.title\"\nb=\"report.observed\"\n";
  Mapping mapping = MakeMapping(toml);
  Collected one = CollectText(Format::kCsv, "a,b,c\nx,2025,1\ny,2025,1\n", &mapping);
  Collected two = CollectText(Format::kCsv, "c,b,a\r\n9,2025,y\r\n", &mapping);
  ASSERT_EQ(one.items.size(), 2u);
  ASSERT_EQ(two.items.size(), 1u);
  EXPECT_EQ(one.items[1].source_key, two.items[0].source_key);
  EXPECT_EQ(one.items[1].draft.local.source.said, two.items[0].draft.local.source.said);
  EXPECT_NE(one.items[0].source_key, one.items[1].source_key);
  Mapping other = MakeMapping(std::string(toml) + "[constants]\n\"report.tags\"=\"exercise\"\n");
  Collected three = CollectText(Format::kCsv, "a,b\ny,2025\n", &other);
  EXPECT_NE(three.items[0].draft.local.source.said, one.items[1].draft.local.source.said);
}

constexpr std::string_view kIdentified =
    "kind=\"report\"\nsource=\"s\"\nidentity=[\"ref\",\"part\"]\n[columns]\nref=\"report.title\"\npart=\"report."
    "tags\"\n"
    "to=\"local.recipients\"\n";

TEST(Csv, OfTwoRowsOfOneIdentityTheFirstHoldsAndTheSecondNamesIt) {
  Mapping mapping = MakeMapping(kIdentified);
  Collected read = CollectText(Format::kCsv, "ref,part,to\na,exercise,x\nb,exercise,\na,exercise,y\n", &mapping);
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_THAT(read.items[0].draft.local.named_recipients, ElementsAre("x"));
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].position, 4u);
  EXPECT_EQ(read.rejects[0].reason, "same `ref`, `part` as row 2");
}

TEST(Csv, RecipientsInAnyOrderAreReadyToBeStored) {
  Mapping mapping = MakeMapping(kIdentified);
  Collected read = CollectText(Format::kCsv, "ref,part,to\na,exercise,z;a;z\n", &mapping);
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_THAT(read.items[0].draft.local.named_recipients, ElementsAre("a", "z"));
  EXPECT_TRUE(record::EncodeLocalFacts(read.items[0].draft.local).ok());
}

TEST(Csv, WhatCannotIdentifyARowIsSaidAtThatRow) {
  Mapping mapping = MakeMapping("kind=\"report\"\nsource=\"s\"\nidentity=[\"ref\"]\n[columns]\nt=\"report.title\"\n");
  Collected read = CollectText(
      Format::kCsv, "ref,t\n" + std::string(70'000, 'x') + ",a\nb\x02,b\n" + std::string(1024, 'y') + ",c\n", &mapping);
  EXPECT_EQ(read.items.size(), 1u);
  ASSERT_EQ(read.rejects.size(), 2u);
  EXPECT_EQ(read.rejects[0].field, "ref");
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("longer than 1024 bytes"));
  EXPECT_THAT(read.rejects[1].reason, HasSubstr("control characters"));
}

TEST(Csv, AnOverlongRecipientRefusesItsRow) {
  Mapping mapping = MakeMapping(kIdentified);
  Collected read = CollectText(Format::kCsv, "ref,part,to\na,exercise," + std::string(201, 'x') + "\n", &mapping);
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("200 bytes"));
}

TEST(Csv, RowsThatLookAlikeAreToldOrEachIsAThingOfItsOwn) {
  const std::string head = "kind=\"report\"\nsource=\"s\"\n";
  const std::string columns = "[columns]\nt=\"report.title\"\n";
  Mapping alike = MakeMapping(head + columns);
  Collected read = CollectText(Format::kCsv, "t\nsame\nsame\nother\nsame\n", &alike);
  EXPECT_EQ(read.items.size(), 2u);
  ASSERT_EQ(read.rejects.size(), 2u);
  EXPECT_THAT(read.rejects[1].reason, HasSubstr("says the same as row 2; if each row is a thing of its own"));

  Mapping each = MakeMapping(head + "each_row = true\n" + columns);
  read = CollectText(Format::kCsv, "t\nsame\nsame\nother\nsame\n", &each);
  ASSERT_EQ(read.items.size(), 4u);
  EXPECT_EQ(read.items[3].source_key, "csv:s:report:row:source:5");
}

TEST(Csv, ARowFromARejectsFileIsTheRowItWas) {
  Mapping each = MakeMapping("kind=\"report\"\nsource=\"s\"\neach_row = true\n[columns]\nt=\"report.title\"\n");
  const std::string text = "t,x_tidegate_row,x_tidegate_field,x_tidegate_reason,x_tidegate_original\nmended,7,,,\n";
  Collected read = Collect(Format::kCsv, {"/home/ana/calls.csv.rejects.csv", text, true}, &each);
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].source_key, "csv:s:report:row:calls.csv:7");
}

TEST(Csv, ASourceThatIsNamedHasKeysOfItsOwn) {
  Mapping mapping = MakeMapping(kIdentified);
  Source source{"source", "ref,part,to\na,exercise,\n", true, -1, "north"};
  Collected read = Collect(Format::kCsv, source, &mapping);
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].source_key,
            "csv:north:report:a\x1F"
            "exercise");
  EXPECT_EQ(read.items[0].former_key,
            "csv:s:report:a\x1F"
            "exercise");
  source.system = "two words";
  EXPECT_FALSE(Collect(Format::kCsv, source, &mapping).status.ok());
}

TEST(Csv, TimesOfMarkingsKeepTheirSeconds) {
  Mapping mapping = MakeMapping(
      "kind=\"report\"\nsource=\"s\"\n[columns]\nt=\"report.title\"\n"
      "n={to=\"handling.not_before\",date=\"%d/%m/%Y %H:%M:%S\"}\ne={to=\"handling.expiry\",date=\"%d/%m/%Y "
      "%H:%M:%S\"}\n");
  Collected read = CollectText(Format::kCsv, "t,n,e\na,29/11/2026 19:52:50,29/11/2026 20:00:07\n", &mapping);
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  EXPECT_EQ(read.items[0].draft.handling.not_before_ms, 1'795'981'970'000u);
  EXPECT_EQ(read.items[0].draft.handling.expiry_ms, 1'795'982'407'000u);
}

TEST(Csv, ReferencesNameWhatTheyReferTo) {
  Mapping mapping = MakeMapping(
      "kind=\"alert\"\nsource=\"s\"\nidentity=[\"k\"]\n[columns]\nk=\"alert.title\"\n"
      "acc={to=\"alert.related\",refers=\"account\"}\n");
  Collected read = CollectText(Format::kCsv, "k,acc\n1,77\n", &mapping);
  ASSERT_EQ(read.items.size(), 1u);
  ASSERT_EQ(read.items[0].references.size(), 1u);
  EXPECT_EQ(read.items[0].references[0].source_key, "csv:s:account:77");
  EXPECT_EQ(read.items[0].draft.kind->slots[read.items[0].references[0].slot].name, "related");
  Reject dangling = DanglingReference(read.items[0], "f.csv", read.items[0].references[0]);
  EXPECT_EQ(dangling.field, "related");
  EXPECT_EQ(dangling.position, 2u);
}

TEST(Csv, RefusesFilesThatAreNoCsvOfOurs) {
  Mapping mapping = MakeMapping("kind=\"report\"\nsource=\"s\"\n[columns]\na=\"report.title\"\n");
  EXPECT_THAT(std::string(MessageOf(CollectText(Format::kCsv, "", &mapping).status)), HasSubstr("is empty"));
  EXPECT_THAT(std::string(MessageOf(CollectText(Format::kCsv, "a,a\n1,2\n", &mapping).status)), HasSubstr("twice"));
  EXPECT_THAT(std::string(MessageOf(CollectText(Format::kCsv, "a\n", nullptr).status)), HasSubstr("needs a mapping"));
  EXPECT_THAT(std::string(MessageOf(CollectText(Format::kReport, "", &mapping).status)), HasSubstr("only for csv"));
}

TEST(Csv, AFileGivesTheSameAsItsBytesAndStreamsInBatches) {
  std::string text = "a,b\n";
  for (int i = 0; i < 3000; ++i) text += "title " + std::to_string(i) + ",\"" + std::string(i % 300, 'x') + "\"\n\n";
  Mapping mapping =
      MakeMapping("kind=\"report\"\nsource=\"s\"\n[columns]\na=\"report.title\"\nb=\"report.narrative\"\n");
  TemporaryFolder folder;
  WriteFile(folder / "rows.csv", text);
  Limits limits;
  limits.row_bytes = 400;  // a window far smaller than the file
  limits.batch_items = 64;
  Collected file = Collect(Format::kCsv, {folder / "rows.csv", {}, false}, &mapping, {}, limits);
  Collected bytes = CollectText(Format::kCsv, text, &mapping);
  ASSERT_EQ(file.items.size(), 3000u);
  ASSERT_EQ(bytes.items.size(), 3000u);
  for (std::size_t i = 0; i < 3000; ++i) {
    ASSERT_EQ(file.items[i].draft.local.source.said, bytes.items[i].draft.local.source.said);
    ASSERT_EQ(file.items[i].position, bytes.items[i].position);
    ASSERT_EQ(file.originals[i], bytes.originals[i]);
  }
}

TEST(Csv, BoundsTheNumberOfRows) {
  Mapping mapping = MakeMapping("kind=\"report\"\nsource=\"s\"\n[columns]\na=\"report.title\"\n");
  Limits limits;
  limits.items = 2;
  Collected read = CollectText(Format::kCsv, "a\n1\n2\n3\n", &mapping, {}, limits);
  EXPECT_THAT(std::string(MessageOf(read.status)), HasSubstr("more than 2 items"));
  EXPECT_EQ(read.items.size(), 2u);  // handed over before the limit was met
}

}  // namespace
}  // namespace tidegate::intake
