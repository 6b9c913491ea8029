// Mapping files: what they may say, and how their faults are told.
#include "node/intake/csv/mapping.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "node/intake/text.h"
#include "tests/unit/intake/collect.h"

namespace tidegate::intake {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kHead = "kind = \"report\"\nsource = \"here\"\n";

std::string FaultOf(std::string_view rest) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(std::string(kHead) + std::string(rest), "m.toml");
  return mapping.ok() ? "accepted" : std::string(MessageOf(mapping.status()));
}

TEST(Mapping, ReadsAWholeOne) {
  absl::StatusOr<Mapping> mapping = Mapping::Parse(std::string(kHead) + R"(
identity = ["id"]
ignore = ["x"]
unknown = ["N/K"]
[columns]
id = { to = "report.external_id", scheme = "case", required = true }
kind = [{ to = "report.exploitation", codes = "kinds" }, "report.title"]
[places."report.place"]
locality = "town"
country = { column = "land", codes = "lands", optional = true }
[periods."report.observed"]
from = { column = "a", date = "%Y%m%d" }
to = "b"
[constants]
"report.tags" = "exercise"
"report.place.tlp" = "RED"
"handling.grade" = "1BP"
[codes.kinds]
"Car Wash" = "labour"
[codes.lands]
uk = "GB"
[[skip]]
column = "state"
equals = ["draft"]
)",
                                                   "m.toml");
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_EQ(mapping->kind(), "report");
  const Mapping::Rules& rules = mapping->rules();
  EXPECT_EQ(rules.identity.size(), 1u);
  EXPECT_EQ(rules.texts.size(), 3u);
  EXPECT_EQ(rules.places.size(), 1u);
  EXPECT_EQ(rules.pairs.size(), 1u);
  EXPECT_EQ(rules.skips.size(), 1u);
  EXPECT_EQ(rules.part_constants.size(), 1u);
  EXPECT_EQ(rules.constants.handling.source_grade, "1");
}

TEST(Mapping, NamesLineKeyAndWhatWasMeant) {
  EXPECT_THAT(FaultOf("[columns]\na = \"report.titel\"\n"), HasSubstr("`m.toml` line 4: column `a`"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.titel\"\n"), HasSubstr("did you mean `title`?"));
  EXPECT_THAT(FaultOf("[colums]\n"), HasSubstr("unknown key `colums`; did you mean `columns`?"));
  EXPECT_THAT(FaultOf("[columns]\na = \"reprt.title\"\n"), HasSubstr("did you mean `report`?"));
  EXPECT_THAT(FaultOf("[columns]\na = \"handling.tpl\"\n"), HasSubstr("did you mean `tlp`?"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.title\", requird = true }\n"), HasSubstr("`required`?"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.narrative.sanitized\" }\n"), HasSubstr("`sanitised`?"));
  EXPECT_THAT(FaultOf("[columns]\na = { date = \"%Y\" }\n"), HasSubstr("no `to`"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.observed\", date = \"%Q\" }\n"), HasSubstr("%Y %y %m %d"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.industry\", codes = \"no\" }\n"), HasSubstr("[codes.no]"));
  EXPECT_THAT(FaultOf("x = = 1\n"), HasSubstr("line 3: not TOML"));
}

TEST(Mapping, RefusesWhatCouldOnlyFailLater) {
  EXPECT_THAT(FaultOf(""), HasSubstr("no column is mapped"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.title\"\nb = \"report.title\"\n"), HasSubstr("written by two columns"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.place\"\n[places.\"report.place\"]\nlocality = \"b\"\n"),
              HasSubstr("`report.place` is written in two sections"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.title\"\n[constants]\n\"report.tags\" = \"exercize\"\n"),
              HasSubstr("line 6"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.exploitation\", codes = \"c\" }\n[codes.c]\nx = \"laber\"\n"),
              HasSubstr("the code for `x`"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.related\"\n"), HasSubstr("add `refers"));
  EXPECT_THAT(FaultOf("[columns]\na = { to = \"report.title\", refers = \"account\" }\n"),
              HasSubstr("only for fields"));
  EXPECT_THAT(FaultOf("[places.\"report.title\"]\nlocality = \"b\"\n"), HasSubstr("not a field of the type place"));
  EXPECT_THAT(FaultOf("[places.\"report.place\"]\nlatitude = \"b\"\n"), HasSubstr("go together"));
  EXPECT_THAT(FaultOf("[periods.\"report.observed\"]\nfrom = \"b\"\n"), HasSubstr("go together"));
  EXPECT_THAT(FaultOf("[columns]\na = \"report.title\"\n[[skip]]\ncolumn = \"s\"\n"), HasSubstr("`equals`"));
}

TEST(Mapping, NeedsKindAndSource) {
  EXPECT_THAT(std::string(MessageOf(Mapping::Parse("source = \"x\"", "m").status())), HasSubstr("no `kind`"));
  EXPECT_THAT(std::string(MessageOf(Mapping::Parse("kind = \"report\"", "m").status())), HasSubstr("no `source`"));
  EXPECT_THAT(std::string(MessageOf(Mapping::Parse("kind = \"repotr\"", "m").status())), HasSubstr("no kind `repotr`"));
}

TEST(Mapping, LoadsFromAFile) {
  TemporaryFolder folder;
  WriteFile(folder / "m.toml", std::string(kHead) + "[columns]\na = \"report.title\"\n");
  EXPECT_TRUE(Mapping::Load(folder / "m.toml").ok());
  EXPECT_EQ(Mapping::Load(folder / "none.toml").status().code(), absl::StatusCode::kNotFound);
}

TEST(Mapping, OneOfEndlessKeysOrNestingIsRefused) {
  std::string key = "a";
  for (int i = 0; i < 40'000; ++i) key += ".a";
  for (const std::string& text :
       {key + " = 1", "[" + key + "]", "x = " + std::string(40'000, '['), std::string(300'000, '#')}) {
    EXPECT_FALSE(Mapping::Parse(text, "m.toml").ok());
  }
}

}  // namespace
}  // namespace tidegate::intake
