// Reports with front matter.
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

Collected ReadText(std::string_view text) { return CollectText(Format::kReport, text); }

std::string ReasonOf(std::string_view text) {
  Collected read = ReadText(text);
  if (!read.status.ok()) return std::string(MessageOf(read.status));
  return read.rejects.empty() ? "accepted" : read.rejects[0].field + ": " + read.rejects[0].reason;
}

// A page of a site may have its marking where no field is: `[extra]` of Zola, a table of its own.
TEST(Report, AMarkingUnderAKeyOfItsOwnIsNotLoosened) {
  Defaults green;
  green.handling.tlp = record::Tlp::kGreen;
  for (const char* text :
       {"+++\ntitle = \"t\"\n[extra]\ntlp = \"RED\"\n+++\nBody.\n", "---\ntitle: t\nextra: {tlp: RED}\n---\nB.\n",
        "---\ntitle: t\ntlp: GREEN\nextra: {marking: 'TLP:RED'}\n---\nBody.\n"}) {
    const Collected read = CollectText(Format::kReport, text, nullptr, green);
    ASSERT_EQ(read.items.size(), 1u) << text;
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kRed) << text;
    EXPECT_THAT(read.summary.warnings, testing::Contains(testing::HasSubstr("stricter"))) << text;
  }
  const Collected part = CollectText(
      Format::kReport, "---\ntitle: t\nlayout: post\ntlp: GREEN\nplace: '|Leeds||GB'\nplace.tlp: RED\n---\nBody.\n");
  EXPECT_EQ(part.items[0].draft.handling.tlp, record::Tlp::kGreen) << "that is the field's own marking";
  const Collected cited = CollectText(Format::kReport, "---\ntitle: t\ntlp: GREEN\n---\nTheir report was TLP:RED.\n");
  EXPECT_EQ(cited.items[0].draft.handling.tlp, record::Tlp::kGreen) << "the body speaks of another's";
}

TEST(Report, MakesARecordAndKeepsTheBodyByteForByte) {
  std::string body = "\n# Heading\r\n\r\nText with  two spaces \n\n---\nand a tail without a line end";
  Collected read = ReadText(
      "---\ntitle: A title\ndate: 2011-07-25T00:00:00-04:00\ntlp: AMBER\ngrade: 1BP\nplace: \"|Leeds|West "
      "Yorkshire|GB\"\n"
      "exploitation: [labour.care, sexual]\npurposes: [prevention, safeguarding]\nrecipients:\n  - North\n"
      "url: /news/a;b\nsanitised: >\n  Short\n  text.\nheading: A heading\ninformant: someone\ninformant.tlp: "
      "RED\n---\n" +
      body);
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  const record::Draft& draft = read.items[0].draft;
  EXPECT_EQ(FullText(draft, "narrative"), body);
  const auto narrative = std::get<record::Narrative>(FieldOf(draft, "narrative")->value.items[0]);
  EXPECT_EQ(narrative.sanitised, "Short text.");
  EXPECT_EQ(narrative.heading, "A heading");
  EXPECT_EQ(Shown(draft, "title"), "A title");
  EXPECT_THAT(Shown(draft, "reported"), HasSubstr("2011-07-25T04:00Z"));
  EXPECT_EQ(draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_THAT(draft.handling.purposes, ElementsAre("prevention", "safeguarding"));
  EXPECT_THAT(draft.local.named_recipients, ElementsAre("North"));
  EXPECT_EQ(FieldOf(draft, "exploitation")->value.items.size(), 2u);
  EXPECT_EQ(FieldOf(draft, "informant")->attributes.tlp, record::Tlp::kRed);
  EXPECT_EQ(read.items[0].source_key, "report:url:/news/a;b");
}

TEST(Report, OfTwoContradictoryMarkingsTheStrictestHoldsAndTheImportWarns) {
  const std::string head = "---\ntitle: t\ntlp: AMBER\ninformant: someone\ninformant.tlp: ";
  EXPECT_THAT(ReadText(head + "RED\n---\nbody\n").summary.warnings, testing::IsEmpty());
  Collected read = ReadText(head + "GREEN\n---\nbody\n");
  ASSERT_EQ(read.items.size(), 1u);
  EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_THAT(read.summary.warnings, ElementsAre(HasSubstr("contradictory TLP markings")));
  // The same key twice is no marking at all: the report is refused.
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntlp: GREEN\nTLP: RED\n---\nbody\n"), HasSubstr("`tlp` is there twice"));
}

TEST(Report, WithoutAuthoredSanitisedTextThereIsNone) {
  Collected read = ReadText("---\ntitle: t\n---\nbody\n");
  ASSERT_EQ(read.items.size(), 1u);
  const auto narrative = std::get<record::Narrative>(FieldOf(read.items[0].draft, "narrative")->value.items[0]);
  EXPECT_EQ(narrative.sanitised, "");
  EXPECT_EQ(narrative.heading, "");
  EXPECT_FALSE(read.items[0].draft.handling.tlp.has_value());
}

TEST(Report, IsKnownByItsReferenceItsAddressOrItsText) {
  auto key = [](std::string_view text) { return ReadText(text).items.at(0).source_key; };
  EXPECT_EQ(key("---\ntitle: a\nurl: /x\nreference: case:9\n---\nb"), "report:case:9");
  EXPECT_EQ(key("---\ntitle: a\ndate: 2025\n---\nb"), key("---\ndate: 2026\ntitle: a\n---\nb"));
  EXPECT_NE(key("---\ntitle: a\n---\nb"), key("---\ntitle: a\n---\nc"));
  EXPECT_NE(key("---\ntitle: a\n---\nb"), key("---\ntitle: ab\n---\n"
                                              " "
                                              "b"));
}

TEST(Report, WarnsOfKeysThatNobodyKnowsAndRefusesSlipsOfMarkings) {
  Collected read =
      ReadText("---\ntitle: t\npress_release_number: JL2552\nimages: a.jpg\ndraft: false\ntop: true\n---\nbody\n");
  EXPECT_EQ(read.items.size(), 1u);
  EXPECT_THAT(read.summary.warnings,
              ElementsAre(HasSubstr("`press_release_number`"), HasSubstr("`images`"), HasSubstr("`top`")));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntpl: GREEN\n---\nbody\n"), HasSubstr("did you mean `tlp`?"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\nrecipents: X\n---\nbody\n"), HasSubstr("did you mean `recipients`?"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ninformant: A\ninformant.tpl: RED\n---\nbody\n"),
              HasSubstr("did you mean `tlp`?"));
}

TEST(Report, LeavesOutWhatItDoesNotUnderstandAndSaysWhere) {
  Collected read = ReadText(
      "---\ntitle: Harvest\ntags:\n- exercise\n- onions\nobserved: soon\nplace: [a, b]\nmeasures: {a: 1}\n"
      "identifiers: [\"phone:07700 900345\", \"plate:AB12 CDE\"]\nexploitation: labour.agriculture, gardens\n---\nSix "
      "people.\n");
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  const record::Draft& draft = read.items[0].draft;
  EXPECT_EQ(Shown(draft, "tags"), "exercise");
  EXPECT_EQ(Shown(draft, "identifiers"), "plate:AB12CDE");
  EXPECT_EQ(Shown(draft, "exploitation"), "labour.agriculture");
  EXPECT_EQ(FieldOf(draft, "observed"), nullptr);
  EXPECT_THAT(read.summary.warnings,
              ElementsAre(HasSubstr("line 3: `tags` has a value without a code"),
                          HasSubstr("line 6: `observed` was left out: not a date"),
                          HasSubstr("line 7: `place` takes one value"), HasSubstr("`measures` has no field here"),
                          HasSubstr("line 9: `identifiers` was left out: a telephone number without its country"),
                          HasSubstr("line 10: `exploitation` has a value without a code")));
  for (const std::string& warning : read.summary.warnings) EXPECT_THAT(warning, testing::Not(HasSubstr("onions")));
}

TEST(Report, ReadsFrontMatterInJson) {
  const Collected read = ReadText(
      "{\n  \"title\": \"Nine men\",\n  \"date\": \"2026-01-20\",\n  \"tlp\": \"AMBER\",\n"
      "  \"exploitation\": [\"labour.construction\"],\n  \"weight\": 3,\n  \"menu\": {\"main\": 1}\n}\n\nThey {all} "
      "slept there.\n");
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  const record::Draft& draft = read.items[0].draft;
  EXPECT_EQ(Shown(draft, "title"), "Nine men");
  EXPECT_EQ(Shown(draft, "reported"), "2026-01-20");
  EXPECT_EQ(Shown(draft, "exploitation"), "labour.construction");
  EXPECT_EQ(draft.handling.tlp, record::Tlp::kAmber);
  EXPECT_EQ(FullText(draft, "narrative"), "\nThey {all} slept there.\n");
  EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("`weight` has no field here")));
}

TEST(Report, AJsonHeadThatCannotBeReadRefusesBecauseItMayHoldAMarking) {
  EXPECT_THAT(ReasonOf("{\"title\": \"a\", \"tlp\": \"RED\"\nbody\n"), HasSubstr("JSON"));
  EXPECT_THAT(ReasonOf("{\"title\": \"a\", tlp: RED}\nbody\n"), HasSubstr("no JSON"));
  EXPECT_THAT(ReasonOf("{\"title\": \"a\", \"tlp\": \"PURPLE\"}\nbody\n"), HasSubstr("TLP"));
  // A brace is a text like another.
  EXPECT_EQ(ReadText("{: .lead}\n# A heading\nbody\n").items.size(), 1u);
}

TEST(Report, AHeadBehindTheReasonOfARejectIsStillTheHead) {
  constexpr std::string_view kReason = "---\n# x_tidegate_reason: tlp: no\n---\n";
  for (std::string_view text :
       {"{\"title\": \"Nine men\", \"tlp\": \"GREEN\"}\nbody\n", "Title: Nine men\nTLP: GREEN\n\nbody\n"}) {
    const Collected read = ReadText(Cat({kReason, text}));
    ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
    EXPECT_EQ(Shown(read.items[0].draft, "title"), "Nine men");
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kGreen);
  }
}

TEST(Report, RefusesASlipOfWhatPoliciesSee) {
  EXPECT_THAT(ReasonOf("---\ntitle: t\nexploitation: labour.agriculure\n---\nbody\n"),
              HasSubstr("exploitation: unknown code; did you mean `labour.agriculture`?"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntags: [exercize]\n---\nbody\n"), HasSubstr("did you mean `exercise`?"));
}

TEST(Report, NamesEveryFaultWithItsLine) {
  Collected read = ReadText("---\ntitle: t\n\ntlp: PURPLE\npap: VIOLET\ntlp: RED\nretention: {a: b}\n---\nbody\n");
  ASSERT_EQ(read.rejects.size(), 1u);
  EXPECT_EQ(read.rejects[0].position, 4u);
  EXPECT_EQ(read.rejects[0].field, "tlp");
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("; line 5: `pap`: "));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("; line 6: `tlp`: `tlp` is there twice, first in line 4"));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("; line 7: `retention`: has keys of its own"));
}

TEST(Report, ReadsDatesAsPeopleWriteThem) {
  const auto reported = [](std::string_view date) {
    Collected read = ReadText("---\ntitle: t\ndate: " + std::string(date) + "\n---\nbody\n");
    if (read.items.size() != 1) return std::string("refused");
    return FieldOf(read.items[0].draft, "reported") == nullptr ? "none" : Shown(read.items[0].draft, "reported");
  };
  for (const char* date : {"17th June 2011", "June 17, 2011", "Friday, 17 Jun 2011", "2011/06/17", "17.06.2011",
                           "17/06/2011", "06/17/2011", "17-Jun-2011", "the 17th of June 2011", "2011-06-17"}) {
    EXPECT_EQ(reported(date), "2011-06-17") << date;
  }
  EXPECT_EQ(reported("2011-06-17 10:20:30 +0100"), "2011-06-17T09:20Z");
  EXPECT_EQ(reported("Fri, 17 Jun 2011 10:20:30 GMT"), "2011-06-17T10:20Z");
  EXPECT_EQ(reported("June 2011"), "2011-06");
  EXPECT_EQ(reported("05/06/2011"), "none");  // the fifth of June, or the sixth of May
  EXPECT_EQ(reported("31 June 2011"), "none");
}

TEST(Report, NeedsNoFrontMatter) {
  Collected read = ReadText("\n# **Two vans at the farm** #\n\nSeen again.\n");
  ASSERT_EQ(read.items.size(), 1u) << (read.rejects.empty() ? "" : read.rejects[0].reason);
  EXPECT_EQ(Shown(read.items[0].draft, "title"), "Two vans at the farm");
  EXPECT_FALSE(read.items[0].draft.handling.tlp.has_value());
  EXPECT_EQ(Shown(ReadText("Two vans\n========\nSeen.\n").items.at(0).draft, "title"), "Two vans");
  EXPECT_EQ(Shown(ReadText("---\ndate: 2025\n---\n```\n# code\n```\n## A heading\n").items.at(0).draft, "title"),
            "A heading");
  EXPECT_THAT(ReasonOf("Seen again.\n"), HasSubstr("title: a report needs a `title`"));
}

TEST(Report, TakesFromTheImporterWhatItDoesNotSay) {
  const auto read = [](std::string_view text, const std::vector<Setting>& settings) {
    absl::StatusOr<Defaults> defaults = DefaultsOf(Format::kReport, nullptr, settings, "GB");
    EXPECT_TRUE(defaults.ok()) << defaults.status();
    return CollectText(Format::kReport, text, nullptr, *defaults);
  };
  const std::vector<Setting> settings = {{"tlp", "GREEN"},
                                         {"purpose", "prevention"},
                                         {"title", "Untitled"},
                                         {"place", "|Leeds||UK"},
                                         {"place.tlp", "AMBER"},
                                         {"recipient", "north"},
                                         {"identifiers", "phone:07700 900345"}};
  Collected plain = read("Seen again.\n", settings);
  ASSERT_EQ(plain.items.size(), 1u) << (plain.rejects.empty() ? "" : plain.rejects[0].reason);
  const record::Draft& draft = plain.items[0].draft;
  EXPECT_EQ(Shown(draft, "title"), "Untitled");
  EXPECT_EQ(Shown(draft, "place"), "Leeds, GB");
  EXPECT_EQ(Shown(draft, "identifiers"), "phone:+447700900345");
  EXPECT_EQ(FieldOf(draft, "place")->attributes.tlp, record::Tlp::kAmber);
  EXPECT_EQ(draft.handling.tlp, record::Tlp::kGreen);
  EXPECT_THAT(draft.handling.purposes, ElementsAre("prevention"));
  EXPECT_THAT(draft.local.named_recipients, ElementsAre("north"));
  // The source's own value counts.
  Collected said = read("---\ntitle: Own\ntlp: RED\nplace: RO\n---\nSeen.\n", settings);
  ASSERT_EQ(said.items.size(), 1u);
  EXPECT_EQ(Shown(said.items[0].draft, "title"), "Own");
  EXPECT_EQ(Shown(said.items[0].draft, "place"), "RO");
  EXPECT_EQ(said.items[0].draft.handling.tlp, record::Tlp::kRed);
}

TEST(Report, ATlpThatTheTextNamesIsNotLoosenedByTheImporter) {
  absl::StatusOr<Defaults> defaults = DefaultsOf(Format::kReport, nullptr, {{"tlp", "GREEN"}}, "");
  ASSERT_TRUE(defaults.ok());
  for (const char* text : {"# T\n\nTLP:AMBER\n\nSeen.\n", "---\nhandling: {tlp: AMBER}\n---\n# T\n\nSeen.\n"}) {
    Collected read = CollectText(Format::kReport, text, nullptr, *defaults);
    ASSERT_EQ(read.items.size(), 1u) << text;
    EXPECT_EQ(read.items[0].draft.handling.tlp, record::Tlp::kAmber) << text;
    EXPECT_THAT(read.summary.warnings, testing::Contains(HasSubstr("a stricter TLP"))) << text;
  }
  for (const char* text : {"# T\n\nTLP:AMBER-STRICT\n", "# T\n\ntlp: amber strict.\n", "# T\n\nTLP:AMBER+STRICT\n"}) {
    EXPECT_EQ(CollectText(Format::kReport, text, nullptr, *defaults).items.at(0).draft.handling.tlp,
              record::Tlp::kAmberStrict)
        << text;
  }
  EXPECT_EQ(CollectText(Format::kReport, "# T\n\nTLP CLEAR\n", nullptr, *defaults).items.at(0).draft.handling.tlp,
            record::Tlp::kGreen);
}

TEST(Settings, AreCheckedOnceForAllItems) {
  const auto fault = [](const Setting& setting) {
    return std::string(MessageOf(DefaultsOf(Format::kReport, nullptr, {setting}, "").status()));
  };
  EXPECT_THAT(fault({"titel", "x"}), HasSubstr("--set titel: there is no such field; did you mean `title`?"));
  EXPECT_THAT(fault({"tlp", "PURPLE"}), HasSubstr("--set tlp: "));
  EXPECT_THAT(fault({"identifiers", "phone:07700 900345"}), HasSubstr("without its country"));
  EXPECT_TRUE(DefaultsOf(Format::kStix, nullptr, {{"tlp", "GREEN"}, {"outcome", "known"}}, "").ok());
}

TEST(Report, RefusesByKeyAndReason) {
  EXPECT_THAT(ReasonOf(""), HasSubstr("the file is empty"));
  EXPECT_THAT(ReasonOf("---\ndate: 2025\n---\nbody"), HasSubstr("title: a report needs a `title`"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\n---\n \n"), HasSubstr("no text follows"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ndraft: true\n---\nbody"), HasSubstr("draft: its author marked it"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\npublished: false\n---\nbody"), HasSubstr("published: its author marked it"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntlp: PURPLE\n---\nbody"), HasSubstr("tlp: "));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntlp: [RED, AMBER]\n---\nbody"), HasSubstr("takes one value"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ngrade: 1BC\n---\nbody"), HasSubstr("handling: "));  // C needs conditions
  EXPECT_THAT(ReasonOf("---\ntitle: t\n---\nbo\xFFy"), HasSubstr("not UTF-8"));
  EXPECT_THAT(ReasonOf(std::string("---\ntitle: t\n---\nbo\0y", 21)), HasSubstr("narrative"));
}

TEST(Report, BoundsItsSize) {
  Limits limits;
  limits.report_bytes = 100;
  std::string text = "---\ntitle: t\n---\n" + std::string(100, 'x');
  EXPECT_THAT(std::string(MessageOf(CollectText(Format::kReport, text, nullptr, {}, limits).status)),
              HasSubstr("longer than"));
  TemporaryFolder folder;
  WriteFile(folder / "r.md", text);
  Collected file = Collect(Format::kReport, {folder / "r.md", {}, false}, nullptr, {}, limits);
  EXPECT_EQ(file.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(file.items, IsEmpty());
}

TEST(Format, IsToldFromTheNameAndTheFirstBytes) {
  auto detect = [](const std::string& path, std::string_view bytes) {
    absl::StatusOr<Format> format = DetectFormat(path, bytes);
    return format.ok() ? std::string(FormatName(*format)) : std::string("none");
  };
  EXPECT_EQ(detect("a/B.CSV", ""), "csv");
  EXPECT_EQ(detect("x.json", ""), "stix");
  EXPECT_EQ(detect("x.md", "{"), "report");
  EXPECT_EQ(detect("x", "\xEF\xBB\xBF {\"type\""), "stix");
  EXPECT_EQ(detect("x", "---\r\ntitle"), "report");
  EXPECT_EQ(detect("x", "a,b\n"), "none");
  EXPECT_FALSE(ParseFormat("xml").ok());
  EXPECT_EQ(*ParseFormat("stix"), Format::kStix);
}

}  // namespace
}  // namespace tidegate::intake
