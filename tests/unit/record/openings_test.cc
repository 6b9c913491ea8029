// Openings: merged, limited, and made from a mask.
#include "node/record/openings.h"

#include <gtest/gtest.h>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

TEST(Openings, OfAViewAreItsFieldsAtTheirRungs) {
  const VerifiedView view = Committed(DraftOf("report", {{"title", "A car wash"}, {"place", "||Lincolnshire|GB"}}));
  const uint16_t title = view.kind().FindSlot("title")->number, place = view.kind().FindSlot("place")->number;
  const Openings openings = OpeningsOf(view.view());
  ASSERT_EQ(openings.size(), 2u);
  EXPECT_NE(std::find(openings.begin(), openings.end(), SlotRung{title, 0}), openings.end());
  EXPECT_NE(std::find(openings.begin(), openings.end(), SlotRung{place, 2}), openings.end());
  EXPECT_TRUE(std::is_sorted(openings.begin(), openings.end()));
}

TEST(Openings, OfAMaskLeaveOutWhatIsWithheld) {
  EXPECT_EQ(OpeningsOf(std::vector<int8_t>{-1, 0, -1, 3}), (Openings{{1, 0}, {3, 3}}));
  EXPECT_EQ(OpeningsOf(std::vector<int8_t>{-1, -1}), Openings{});
}

TEST(Openings, MergedAreTheFieldsOfBothAtTheFinerRung) {
  EXPECT_EQ(Merged({{1, 2}, {4, 0}}, {{0, 1}, {1, 0}, {9, 3}}), (Openings{{0, 1}, {1, 0}, {4, 0}, {9, 3}}));
  EXPECT_EQ(Merged({}, {{2, 1}}), (Openings{{2, 1}}));
  EXPECT_EQ(Merged({{2, 1}}, {}), (Openings{{2, 1}}));
}

TEST(Openings, LimitedAreTheCommonFieldsAtTheCoarserRung) {
  EXPECT_EQ(Limited({{0, 0}, {1, 2}, {4, 0}}, {{1, 0}, {4, 3}, {9, 0}}), (Openings{{1, 2}, {4, 3}}));
  EXPECT_EQ(Limited({{2, 1}}, {}), Openings{});
  EXPECT_EQ(Limited({}, {{2, 1}}), Openings{});
}

// Limited openings never open more than the limit, and merged openings never less than either.
TEST(Openings, LimitAndMergeAgreeWithEachOther) {
  const Openings a = {{0, 3}, {2, 1}, {5, 0}}, b = {{0, 1}, {3, 2}, {5, 2}};
  EXPECT_EQ(Merged(Limited(a, b), b), b);
  EXPECT_EQ(Limited(a, Merged(a, b)), a);
  EXPECT_EQ(Merged(a, b), Merged(b, a));
  EXPECT_EQ(Limited(a, b), Limited(b, a));
}

}  // namespace
}  // namespace tidegate::record
