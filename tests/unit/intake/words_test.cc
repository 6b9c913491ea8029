// The words of a mapping about its columns and rows.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kWordsHead = "kind=\"report\"\nsource=\"s\"\n";

Collected ReadByWords(std::string_view mapping_text, std::string_view text) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(Cat({kWordsHead, mapping_text}), "m.toml");
  EXPECT_TRUE(mapping.ok()) << mapping.status();
  return mapping.ok() ? CollectText(Format::kCsv, text, &*mapping) : Collected();
}

std::string FaultOfWords(std::string_view mapping_text) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(Cat({kWordsHead, mapping_text}), "m.toml");
  return mapping.ok() ? "accepted" : std::string(MessageOf(mapping.status()));
}

std::vector<std::string> ShownOf(const Collected& read, std::string_view field) {
  std::vector<std::string> shown;
  EXPECT_TRUE(read.status.ok()) << read.status;
  for (const Item& item : read.items) shown.push_back(Shown(item.draft, field));
  for (const Reject& reject : read.rejects) shown.push_back("rejected: " + reject.field + ": " + reject.reason);
  return shown;
}

TEST(MappingWords, AllFaultsOfARowAreToldAtOnceWithWhatStandsThere) {
  const Collected read = ReadByWords(
      "identity=[\"no\"]\n[columns]\nt={to=\"report.title\",required=true}\n"
      "d={to=\"report.observed\",date=\"%d/%m/%Y\"}\nk={to=\"report.exploitation\",codes=\"k\"}\ntlp=\"handling.tlp\"\n"
      "[codes.k]\nfarm=\"labour.agriculture\"\n",
      "no,t,d,k,tlp\n,,soon,ship,PURPLE\n1,a,1/2/2025,farm,GREEN\n");
  EXPECT_EQ(read.items.size(), 1u);
  ASSERT_EQ(read.rejects.size(), 1u);
  const Reject& reject = read.rejects[0];
  std::vector<std::string> fields = {reject.field + "=" + reject.value};
  for (const Fault& fault : reject.further) fields.push_back(fault.field + "=" + fault.value);
  EXPECT_THAT(fields, testing::UnorderedElementsAre("t=", "d=soon", "k=ship", "tlp=PURPLE", "no="));
  for (const Fault& fault : reject.further) EXPECT_THAT(fault.reason, Not(HasSubstr("PURPLE")));
}

TEST(MappingWords, AnOptionalValueThatDoesNotFitIsLeftOutAndCounted) {
  const Collected read = ReadByWords(
      "[columns]\nt=\"report.title\"\nd={to=\"report.observed\",date=\"%d/%m/%Y\",optional=true}\n"
      "p={to=\"report.identifiers\",scheme=\"email\",split=\",\",optional=true}\n",
      "t,d,p\na,soon,x@example.org\nb,1/2/2025,\"nobody,y@example.org\"\nc,never,\n");
  EXPECT_THAT(ShownOf(read, "observed"), ElementsAre("", "2025-02-01", ""));
  EXPECT_EQ(FieldOf(read.items[1].draft, "identifiers")->value.items.size(), 1u);
  EXPECT_THAT(read.summary.warnings, Contains("column `d`: 2 values did not fit and were left out (rows 2, 4)"));
  EXPECT_THAT(read.summary.warnings, Contains("column `p`: 1 value did not fit and was left out (row 3)"));
}

// The same is told of a value that a person types.
TEST(MappingWords, AValueThatWasPerhapsMeantOtherwiseIsTakenAndToldByItsColumn) {
  const Collected read = ReadByWords(
      "[constants]\n\"handling.tlp\"=\"GREEN\"\n[columns]\nseen=\"report.observed\"\nwhere=\"report.place\"\nuntil="
      "\"handling.expiry\"\n"
      "rang={to=\"report.reported\",date=\"%d/%m/%Y %H:%M\",zone=\"Europe/London\"}\n",
      "seen,where,until,rang\n2025-02-01T10:20,\"Grimsby, Lincolnshire, GB\",2030-01-01,1/2/2025 10:20\n"
      "2025-02-02T11:00,|Leeds||GB,2031-01-01T09:00,\n2025-02-03,,,\n");
  EXPECT_EQ(read.items.size(), 3u);
  EXPECT_THAT(
      read.summary.warnings,
      testing::UnorderedElementsAre(
          testing::AllOf(HasSubstr("column `seen`, 2 values: "), HasSubstr("time without a zone, which counts as UTC")),
          testing::AllOf(HasSubstr("column `where`, 1 value: "), HasSubstr("kept whole, as one exact address")),
          testing::AllOf(HasSubstr("column `until`, 1 value: "), HasSubstr("time without a zone"))));
}

// Without its marking a record would go further than its source says.
TEST(MappingWords, AMarkingIsNeverLeftOut) {
  const Collected read = ReadByWords(
      "[columns]\nt=\"report.title\"\ntlp={to=\"handling.tlp\",optional=true}\nc={to=\"handling.conditions\",optional="
      "true}\n"
      "pt={to=\"report.title.tlp\",optional=true}\n",
      "t,tlp,c,pt\na,PURPLE,,\nb,GREEN,,MAUVE\n");
  EXPECT_THAT(read.items, IsEmpty());
  EXPECT_EQ(read.rejects.size(), 2u);
}

TEST(MappingWords, AnEmptyCellHasItsDefault) {
  const std::string mapping =
      "[columns]\nt=\"report.title\"\ntlp={to=\"handling.tlp\",default=\"AMBER\"}\n"
      "k={to=\"report.exploitation\",codes=\"k\",default=\"labour\"}\n[codes.k]\nfarm=\"labour.agriculture\"\n";
  const Collected read = ReadByWords(mapping, "t,tlp,k\na,,\nb,GREEN,farm\n");
  ASSERT_EQ(read.items.size(), 2u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_EQ(read.items[1].draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_NE(Shown(read.items[0].draft, "exploitation"), Shown(read.items[1].draft, "exploitation"));
  EXPECT_THAT(FaultOfWords("[columns]\nt={to=\"handling.tlp\",default=\"AMBRE\"}\n"), HasSubstr("`default`: "));
  EXPECT_THAT(FaultOfWords("[columns]\nt={to=\"report.title\",default=\"x\",required=true}\n"), HasSubstr("not both"));
}

TEST(MappingWords, ACodeMapMayKeepAllOthers) {
  const Collected read =
      ReadByWords("[columns]\nt={to=\"report.title\",codes=\"c\"}\n[codes.c]\nyorks=\"Yorkshire\"\n\"*\"=\"keep\"\n",
                  "t\nYORKS\nKent\n");
  EXPECT_THAT(ShownOf(read, "title"), ElementsAre("Yorkshire", "Kent"));
}

TEST(MappingWords, LettersOfAnyScriptAndNoBreakSpacesAreAlikeInCodeMaps) {
  const Collected read = ReadByWords(
      "[columns]\nt={to=\"report.title\",codes=\"c\"}\n[codes.c]\n\"école\"=\"school\"\n", "t\nÉCOLE\nÉcole\xC2\xA0\n");
  EXPECT_THAT(ShownOf(read, "title"), ElementsAre("school", "school"));
}

TEST(MappingWords, ColumnsAreJoinedToOneValue) {
  const Collected read = ReadByWords(
      "[joined.\"report.title\"]\ncolumns=[\"a\",\"b\",\"c\"]\nwith=\", \"\n"
      "[joined.\"report.observed\"]\ncolumns=[\"day\",\"hour\"]\ndate=[\"%d/%m/%Y %H:%M\",\"%d/%m/%Y\"]\n",
      "a,b,c,day,hour\nx,,z,1/2/2025,10:30\n,y,,1/2/2025,\n");
  EXPECT_THAT(ShownOf(read, "title"), ElementsAre("x, z", "y"));
  EXPECT_THAT(ShownOf(read, "observed"), ElementsAre("2025-02-01T10:30Z", "2025-02-01"));
  EXPECT_THAT(FaultOfWords("[joined.\"report.title\"]\ncolumns=[\"a\"]\n"), HasSubstr("two columns or more"));
  EXPECT_THAT(FaultOfWords("[columns]\nx=\"report.title\"\n[joined.\"report.title\"]\ncolumns=[\"a\",\"b\"]\n"),
              HasSubstr("line 5: `report.title` is written by two columns"));
}

TEST(MappingWords, APatternTakesAPartOfACell) {
  const std::string mapping =
      "[columns]\nt=[{to=\"report.title\",pattern='^[^(]+'},{to=\"report.external_id\",scheme=\"case\",pattern='\\(("
      "\\w+)\\)'}]\n";
  const Collected read = ReadByWords(mapping, "t\nA van (V1)\nA car\n");
  EXPECT_THAT(ShownOf(read, "title"), ElementsAre("A van", "rejected: t: does not match the pattern of the mapping"));
  EXPECT_THAT(Shown(read.items[0].draft, "external_id"), HasSubstr("V1"));
  EXPECT_THAT(FaultOfWords("[columns]\nt={to=\"report.title\",pattern='('}\n"), HasSubstr("not one of RE2"));
  EXPECT_THAT(FaultOfWords("[columns]\nt={to=\"report.title\",pattern='(a)(b)'}\n"), HasSubstr("one group at most"));
}

TEST(MappingWords, RowsAreSkippedByWhatAnyCellMatches) {
  const Collected read = ReadByWords("[columns]\nt=\"report.title\"\n[[skip]]\nmatches='(?i)^(sub)?total'\n",
                                     "t,n\nA van,1\nTotal 2025,1\n,SUBTOTAL\n");
  EXPECT_THAT(ShownOf(read, "title"), ElementsAre("A van"));
  EXPECT_EQ(read.summary.skipped, 2u);
}

TEST(MappingWords, NumbersOfOtherCountries) {
  const Collected read = ReadByWords(
      "[columns]\nt=\"report.title\"\n[amounts.\"report.wage\"]\nvalue={column=\"w\",decimal=\",\"}\nunit=\"u\"\n",
      "t;w;u\na;1.260,50;EUR\nb;1,260.50;EUR\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_THAT(Shown(read.items[0].draft, "wage"), HasSubstr("1260.5"));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("decimal sign `,`"));
}

TEST(MappingWords, AnEmptyIdentityIsRefusedHashedOrARow) {
  const std::string columns = "identity=[\"no\"]\n[columns]\nt=\"report.title\"\n";
  const std::string text = "no,t\n1,a\n,b\n";
  EXPECT_EQ(ReadByWords(columns, text).rejects.size(), 1u);
  const Collected hashed = ReadByWords("identity_empty=\"hash\"\n" + columns, text);
  ASSERT_EQ(hashed.items.size(), 2u);
  EXPECT_EQ(hashed.items[0].source_key, "csv:s:report:1");
  EXPECT_THAT(hashed.items[1].source_key, HasSubstr("csv:s:report:sha256:"));
  EXPECT_EQ(ReadByWords("identity_empty=\"row\"\n" + columns, text).items[1].source_key, "csv:s:report:row:source:3");
}

TEST(MappingWords, AReferenceMayBeToOneOfSeveralKinds) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(
      "kind=\"alert\"\nsource=\"s\"\nidentity=[\"k\"]\n[columns]\nk=\"alert.title\"\n"
      "who={to=\"alert.related\",refers=[\"account\",\"person\"]}\n",
      "m");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  const Collected read = CollectText(Format::kCsv, "k,who\n1,77\n", &*mapping);
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].references[0].source_key, "csv:s:account:77");
  EXPECT_THAT(read.items[0].references[0].others, ElementsAre("csv:s:person:77"));
}

constexpr std::string_view kSeveral = R"(
identity = ["no"]
[columns]
what = "report.title"
tlp = "handling.tlp"
[[also]]
kind = "person"
identity = ["pid"]
[also.columns]
name = "person.family_name"
[[link]]
from = "report"
verb = "mentions"
to = "person"
)";

TEST(MappingWords, ARowMayBecomeSeveralRecordsAndTheLinksBetweenThem) {
  const Collected read = ReadByWords(kSeveral, "no,what,tlp,pid,name\n1,A van,AMBER,p1,Ray\n3,A bus,GREEN,,\n");
  ASSERT_THAT(read.rejects, IsEmpty());
  std::vector<std::string> made;
  for (const Item& item : read.items) made.push_back(std::string(item.draft.kind->name));
  EXPECT_THAT(made, ElementsAre("person", "report", "link", "report"));
}

TEST(MappingWords, AFurtherRecordThatIsSaidAgainIsOneAndNothingOfItGoesFurtherThanItsRow) {
  const Collected read =
      ReadByWords(kSeveral, "no,what,tlp,pid,name\n1,A van,AMBER,p1,Ray\n2,A car,AMBER,p1,Ray\n3,A bus,GREEN,,\n");
  std::vector<std::string> made;
  for (const Item& item : read.items) {
    made.push_back(item.source_key.substr(0, 14));
    if (item.position < 4) {
      EXPECT_EQ(item.draft.handling.tlp, record::Tlp::kAmber);
    }
  }
  EXPECT_THAT(made, ElementsAre("csv:s:person:p", "csv:s:report:1", "csv:s:link:sha", "csv:s:report:2",
                                "csv:s:link:sha", "csv:s:report:3"));
  EXPECT_THAT(read.rejects, IsEmpty());
  const Item& link = read.items[2];
  EXPECT_EQ(link.references[0].source_key, "csv:s:report:1");
  EXPECT_EQ(link.references[1].source_key, "csv:s:person:p1");
}

TEST(MappingWords, OfAFurtherRecordThatIsSaidDifferentlyTheFirstHolds) {
  const Collected read = ReadByWords(kSeveral, "no,what,tlp,pid,name\n1,A van,AMBER,p1,Ray\n2,A car,AMBER,p1,Roy\n");
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("says something else of `pid`, or marks it otherwise, than row 2"));
  EXPECT_EQ(ReadByWords(kSeveral, "no,what,tlp,pid,name\n1,A van,AMBER,p1,Ray\n2,A car,GREEN,p1,Ray\n").rejects.size(),
            1u)
      << "another marking";
}

TEST(MappingWords, AFaultOfOneRecordRefusesItsWholeRow) {
  const Collected read = ReadByWords(kSeveral, "no,what,tlp,pid,name\n1,A van,AMBER,,Ray\n");
  EXPECT_THAT(read.items, IsEmpty());
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].field, "pid");
}

// Without a number of its own, a further record is known by its row: two rows of one name are two people.
TEST(MappingWords, AFurtherRecordOfEachRowIsKnownByItsRow) {
  const Collected read = ReadByWords(R"(
identity = ["no"]
[columns]
what = "report.title"
[[also]]
kind = "person"
name = "child"
each_row = true
[also.columns]
name = "person.family_name"
)",
                                     "no,what,name\n1,A van,Ray\n2,A bus,Ray\n3,A car,\n1,Again,Roy\n");
  std::vector<std::string> keys;
  for (const Item& item : read.items) keys.push_back(item.source_key);
  EXPECT_THAT(keys, ElementsAre("csv:s:report:1#child", "csv:s:report:1", "csv:s:report:2#child", "csv:s:report:2",
                                "csv:s:report:3"));
  ASSERT_EQ(read.rejects.size(), 1u) << "a row that is refused is refused once, and becomes nothing";
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("same `no` as row 2"));
}

// Otherwise the second row would be stored now, and overwritten once the first is corrected, at each import anew.
TEST(MappingWords, ARowWithFaultsIsTheFirstOfItsIdentityAllTheSame) {
  const Collected read = ReadByWords(
      "identity = [\"no\"]\n[columns]\nwhat = \"report.title\"\nseen = { to = \"report.observed\", date = \"%d.%m.%Y\" "
      "}\n",
      "no,what,seen\n1,A van,31.02.2026\n1,A bus,01.02.2026\n2,A car,\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(Shown(read.items[0].draft, "title"), "A car");
  ASSERT_EQ(read.rejects.size(), 2u);
  EXPECT_EQ(read.rejects[1].reason, "same `no` as row 2");
}

constexpr std::string_view kToOtherRows = R"(
identity = ["no"]
unknown = ["?"]
[columns]
what = "report.title"
[[link]]
from = "report"
verb = "related-to"
to = "report"
column = "see"
)";

TEST(MappingWords, ALinkMayGoToARowThatComesLaterOrNever) {
  const Collected read =
      ReadByWords(kToOtherRows, "no,what,see\n1,A van,3;2\n2,A bus,\n3,A car,3\n4,A cab,?\n5,A bike,77\n5,Again,1\n");
  std::vector<std::string> made;
  for (const Item& item : read.items) {
    if (item.draft.kind->name == "link") {
      EXPECT_TRUE(item.may_dangle) << "nobody knows whether another file brings its end";
      made.push_back(item.references[0].source_key + ">" + item.references[1].source_key);
    } else {
      made.push_back(item.source_key);
    }
  }
  EXPECT_THAT(made, ElementsAre("csv:s:report:1", "csv:s:report:2", "csv:s:report:3", "csv:s:report:4",
                                "csv:s:report:5", "csv:s:report:1>csv:s:report:3", "csv:s:report:1>csv:s:report:2",
                                "csv:s:report:5>csv:s:report:77"));
  EXPECT_EQ(read.rejects.size(), 1u) << "the second row 5, without its link";
}

TEST(MappingWords, OnlyRowsWithOneIdentityAreNamedByAColumn) {
  const std::string link = "[[link]]\nfrom=\"report\"\nto=\"report\"\nverb=\"mentions\"\ncolumn=\"see\"\n";
  EXPECT_THAT(FaultOfWords("each_row = true\n[columns]\na=\"report.title\"\n" + link),
              HasSubstr("only if one column is the `identity` of `report`"));
  EXPECT_EQ(FaultOfWords("identity=[\"no\"]\n[columns]\na=\"report.title\"\n" + link), "accepted");
}

TEST(MappingWords, RecordsAndLinksOfARowAreChecked) {
  const std::string head = "[columns]\na=\"report.title\"\n";
  EXPECT_THAT(FaultOfWords(head + "[[also]]\nkind=\"report\"\n[also.columns]\nb=\"report.title\"\n"),
              HasSubstr("two records of a row are called `report`"));
  EXPECT_THAT(FaultOfWords(head + "[[also]]\nkind=\"person\"\n[also.columns]\nb=\"person.titel\"\n"),
              HasSubstr("line 8: "));
  EXPECT_THAT(FaultOfWords(head + "[[link]]\nfrom=\"report\"\nto=\"person\"\nverb=\"mentions\"\n"),
              HasSubstr("no record of a row is called `person`"));
  EXPECT_THAT(FaultOfWords(head + "[[link]]\nfrom=\"report\"\nto=\"report\"\nverb=\"mentions\"\n"),
              HasSubstr("itself"));
  EXPECT_THAT(FaultOfWords(head + "[[also]]\nkind=\"person\"\n[also.columns]\nb=\"person.family_name\"\n[[link]]\n"
                                  "from=\"report\"\nto=\"person\"\nverb=\"mention\"\n"),
              HasSubstr("verb"));
}

TEST(MappingWords, RowsWithoutTlpAreCounted) {
  const Collected read =
      ReadByWords("[columns]\nt=\"report.title\"\ntlp=\"handling.tlp\"\n", "t,tlp\na,\nb,GREEN\nc,\n");
  EXPECT_THAT(read.summary.warnings, ElementsAre("2 rows without TLP count as RED"));
}

TEST(MappingWords, AFaultNamesItsOwnLine) {
  EXPECT_THAT(
      FaultOfWords("[columns]\na={to=\"report.exploitation\",codes=\"c\"}\n[codes.c]\nx=\"labour\"\ny=\"laber\"\n"),
      HasSubstr("line 7: the code for `y`"));
  EXPECT_THAT(FaultOfWords("[columns]\na=\"report.place\"\n\n[places.\"report.place\"]\nlocality=\"b\"\n"),
              HasSubstr("line 6: `report.place` is written in two sections"));
  EXPECT_THAT(FaultOfWords("[columns]\na=\"report.title\"\n[colunms]\nb=\"report.title\"\n"),
              HasSubstr("line 5: unknown key"));
  EXPECT_THAT(FaultOfWords("zone=\"Europe/Londn\"\n[columns]\na=\"report.title\"\n"),
              HasSubstr("line 3: no time zone"));
}

}  // namespace
}  // namespace tidegate::intake
