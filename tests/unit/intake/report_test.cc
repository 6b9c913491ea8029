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
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntlp: GREEN\ntlp: RED\n---\nbody\n"), HasSubstr("`tlp` is there twice"));
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

TEST(Report, WarnsOfKeysThatNobodyKnowsAndRefusesSlips) {
  Collected read = ReadText("---\ntitle: t\npress_release_number: JL2552\ndraft: false\n---\nbody\n");
  EXPECT_EQ(read.items.size(), 1u);
  EXPECT_THAT(read.summary.warnings, ElementsAre(HasSubstr("`press_release_number`")));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntpl: GREEN\n---\nbody\n"), HasSubstr("did you mean `tlp`?"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\nrecipents: X\n---\nbody\n"), HasSubstr("did you mean `recipients`?"));
}

TEST(Report, RefusesByKeyAndReason) {
  EXPECT_THAT(ReasonOf("no front matter"), HasSubstr("no front matter"));
  EXPECT_THAT(ReasonOf("---\ndate: 2025\n---\nbody"), HasSubstr("title: a report needs a `title`"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\n---\n \n"), HasSubstr("no text follows"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ndraft: true\n---\nbody"), HasSubstr("draft: its author marked it"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ndate: soon\n---\nbody"), HasSubstr("date: "));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ntlp: PURPLE\n---\nbody"), HasSubstr("tlp: "));
  EXPECT_THAT(ReasonOf("---\ntitle: [a, b]\n---\nbody"), HasSubstr("takes one value"));
  EXPECT_THAT(ReasonOf("---\ntitle: t\ninformant.tlp: RED\n---\nbody"), HasSubstr("must come after"));
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
