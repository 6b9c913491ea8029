// An operator first reads how the record must be handled. The page shows each open field at its precision.
#include "node/api/display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/fixture.h"

namespace tidegate::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

record::Handling HandlingOf(const std::vector<std::pair<std::string, std::string>>& words) {
  record::Handling handling;
  for (const auto& [name, value] : words) {
    const auto status = handling.Set(name, value);
    EXPECT_TRUE(status.ok()) << status;
  }
  return handling;
}

TEST(HandlingLineTest, BeginsWithTheTlp) {
  EXPECT_THAT(HandlingLine(HandlingOf({{"tlp", "AMBER+STRICT"}})), StartsWith("TLP:AMBER+STRICT | "));
}

TEST(HandlingLineTest, AnUnmarkedRecordIsNeverShownAsFree) {
  const std::string line = HandlingLine({});
  EXPECT_THAT(line, StartsWith("TLP:RED | "));
  EXPECT_THAT(line, HasSubstr("do not pass on"));
  EXPECT_THAT(line, HasSubstr("grade not given"));
}

TEST(HandlingLineTest, SaysGradeConditionsPapPurposesAndEnd) {
  const std::string line = HandlingLine(HandlingOf({{"tlp", "GREEN"},
                                                    {"grade", "1AC"},
                                                    {"conditions", "victim-not-to-be-contacted"},
                                                    {"pap", "AMBER"},
                                                    {"purposes", "prevention"},
                                                    {"expiry", "2027-03-31T12:00Z"}}));
  for (const char* part :
       {"grade 1AC", "victim-not-to-be-contacted", "PAP:AMBER", "for prevention", "until 2027-03-31"}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
}

TEST(FormatTimeTest, IsUtcToTheSecondAndEmptyForNone) {
  EXPECT_EQ(FormatTime(0), "");
  EXPECT_EQ(FormatTime(1'772'000'000'999), "2026-02-25T06:13:20Z");
}

TEST(DisplayViewTest, ShowsOpenFieldsAndCountsTheRest) {
  const record::VerifiedView whole = store::MakePerson({.name = "Ana Example", .alias = "A"});
  const record::VerifiedView narrowed = store::Only(whole, {"aliases"});
  v1::Record shown;
  DisplayView(narrowed, &shown);
  ASSERT_EQ(shown.fields_size(), 1);
  EXPECT_EQ(shown.fields(0).name(), "aliases");
  EXPECT_EQ(shown.withheld(), whole.kind().slots.size() - 1);
  EXPECT_EQ(shown.leaf(), HexOf(whole.leaf()));
  EXPECT_THAT(shown.DebugString(), testing::Not(HasSubstr("Ana Example")));
}

TEST(DisplayViewTest, ATitleIsOneShortLineCutBetweenCharacters) {
  std::string name = "x";
  for (int i = 0; i < 60; ++i) name += "é";
  v1::Record shown;
  DisplayView(store::MakePerson({.name = name}), &shown);
  ASSERT_FALSE(shown.title().empty());
  std::string expected = "x";
  for (int i = 0; i < 39; ++i) expected += "é";  // 79 bytes: the eightieth would be half a character
  EXPECT_EQ(shown.title(), expected + "...");
}

}  // namespace
}  // namespace tidegate::api
