// Labels: what policy is told, at the author and at a node that holds less.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/record/sample.h"

namespace tidegate::record {
namespace {

using testing::ElementsAre;

VerifiedView Narrowed(const VerifiedView& view, const std::vector<std::pair<std::string, int8_t>>& rungs) {
  absl::StatusOr<View> narrow = Narrow(view.view(), MaskOf(view.kind(), rungs));
  EXPECT_TRUE(narrow.ok()) << narrow.status();
  absl::StatusOr<VerifiedView> verified = Verify(*std::move(narrow));
  EXPECT_TRUE(verified.ok()) << verified.status();
  return *std::move(verified);
}

TEST(Label, AtTheAuthorEveryFactIsStated) {
  LocalFacts local;
  local.named_recipients = {"Humber Police"};
  const label::Label label = LabelOf(Committed(SampleReport()), local, "Harbour Trust", true);
  EXPECT_EQ(label.kind, "report");
  EXPECT_EQ(label.tlp, "AMBER");
  EXPECT_EQ(label.handling_code, "P");
  EXPECT_EQ(label.source_grade, "2");
  EXPECT_EQ(label.intelligence_grade, "B");
  EXPECT_EQ(label.pap, label::kUnstated);
  EXPECT_EQ(label.onward, "yes");
  EXPECT_EQ(label.origin, "Harbour Trust");
  EXPECT_THAT(*label.purposes, ElementsAre("prevention", "safeguarding"));
  EXPECT_THAT(*label.legal_basis, ElementsAre());
  EXPECT_THAT(*label.named_recipients, ElementsAre("Humber Police"));
  EXPECT_THAT(*label.subjects, ElementsAre("victim"));
  EXPECT_THAT(*label.exploitation, ElementsAre("labour.personal-services", "labour.wages-taken"));
  EXPECT_THAT(*label.countries, ElementsAre("GB"));  // where, never a nationality
  EXPECT_THAT(*label.tags, ElementsAre());
}

TEST(Label, AtTheAuthorAFieldNotGivenIsAnEmptyFact) {
  const label::Label label = LabelOf(Committed(DraftOf("report", {{"title", "x"}})), {}, "Harbour Trust", true);
  EXPECT_EQ(label.tlp, "RED");
  EXPECT_EQ(label.handling_code, label::kUnstated);
  EXPECT_EQ(label.onward, "no");
  ASSERT_TRUE(label.subjects.has_value());
  EXPECT_TRUE(label.subjects->empty());
  EXPECT_TRUE(label.countries->empty());
}

TEST(Label, AtAHolderAFactNotGivenIsAbsent) {
  const VerifiedView full = Committed(SampleReport());
  const label::Label label =
      LabelOf(Narrowed(full, {{"exploitation", 1}, {"place", 2}, {"title", 0}}), {}, "Harbour Trust", false);
  EXPECT_THAT(*label.exploitation, ElementsAre("labour"));
  EXPECT_FALSE(label.subjects.has_value());
  EXPECT_FALSE(label.countries.has_value());  // other places may have been withheld
  EXPECT_EQ(label.tlp, "AMBER");
  EXPECT_TRUE(label.tags.has_value());
}

TEST(Label, SarReachesEveryHolder) {
  Draft draft = SampleReport();
  draft.local.tags = {"sar"};
  const VerifiedView full = Committed(draft);
  EXPECT_THAT(*LabelOf(full, draft.local, "Tees Bank", true).tags, ElementsAre("sar"));
  const label::Label held = LabelOf(Narrowed(full, {{"title", 0}}), {}, "Tees Bank", false);
  EXPECT_THAT(*held.tags, ElementsAre("sar"));
  EXPECT_THAT(*held.conditions, ElementsAre());
}

TEST(Label, ShapesNameEverySlotAndRung) {
  for (const label::KindShape& shape : Shapes()) {
    const Kind* kind = Catalogue::FindKind(shape.number);
    ASSERT_NE(kind, nullptr);
    ASSERT_EQ(shape.slots.size(), kind->slots.size());
    EXPECT_LE(shape.slots.size(), label::kMostSlots);
    for (size_t i = 0; i < shape.slots.size(); ++i) {
      EXPECT_EQ(shape.slots[i].number, i);
      EXPECT_EQ(shape.slots[i].precisions.size(), kind->slots[i].rung_count());
      EXPECT_FALSE(shape.slots[i].field_class.empty());
    }
  }
}

TEST(Label, HeldSlotsCarryRungsAndMarkings) {
  Draft draft = DraftOf("report", {{"place", "||Lincolnshire|GB"}, {"place.tlp", "RED"}, {"title", "x"}});
  const std::vector<HeldSlot> held = HeldSlotsOf(Committed(draft));
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].slot, SlotOf("report", "title").number);
  EXPECT_EQ(held[0].rungs, 0b1);
  EXPECT_TRUE(held[0].marking.empty());
  EXPECT_EQ(held[1].rungs, 0b1100);
  EXPECT_EQ(held[1].marking.tlp, "RED");
}

TEST(Tags, AreTheCodesThatTheySpell) {
  std::vector<std::string> tags = {"SAR", "our own", "Suspicious activity report", "CHIS", "sar\u200B", "our own"};
  SettleTags(tags);
  EXPECT_EQ(tags, (std::vector<std::string>{"informant", "our own", "sar"}));
}

TEST(Tags, ThatAreNearlyOneOfTheCatalogueAreDoubted) {
  Draft draft = *Draft::Create("report");
  draft.local.tags = {"informnat", "our own", "sar"};
  const std::vector<std::string> doubts = DoubtsAboutTags(draft);
  ASSERT_EQ(doubts.size(), 1u);
  EXPECT_NE(doubts[0].find("`informant`"), std::string::npos) << doubts[0];
}

}  // namespace
}  // namespace tidegate::record
