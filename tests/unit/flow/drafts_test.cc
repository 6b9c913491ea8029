// What people say of a record becomes a draft; and which file of a run has a report already.
#include "node/flow/drafts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "node/flow/import.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kPhone[] = "phone:+447700900147", kOther[] = "phone:+447700900148";

class DraftsTest : public testing::Test {
 protected:
  size_t Identifiers() {
    const record::Slot& slot = *draft_.kind->FindSlot("identifiers");
    const auto field = draft_.fields.find(slot.number);
    return field == draft_.fields.end() ? 0 : field->second.value.items.size();
  }
  std::string Refusal(const std::vector<Assignment>& set) {
    const absl::Status status = AssignAll(draft_, set);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }

  record::Draft draft_ = support::Must(record::Draft::Create("report"));
};

TEST_F(DraftsTest, AListIsSetInPartsAndAnythingElseOnce) {
  support::Must(AssignAll(draft_, {{"recipients", "police"}, {"recipients", "bank;; police"}, {"recipients", ""}}));
  EXPECT_THAT(draft_.local.named_recipients, ElementsAre("bank", "police"));
  support::Must(AssignAll(draft_, {{"recipient", "charity"}, {"recipient", "bank"}}));
  EXPECT_THAT(draft_.local.named_recipients, ElementsAre("bank", "charity"));
  support::Must(AssignAll(draft_, {{"tag", "night"}, {"tag", "river"}}));
  EXPECT_THAT(draft_.local.tags, ElementsAre("night", "river"));
  support::Must(AssignAll(draft_, {{"identifiers", kPhone}, {"identifiers", kOther}}));
  EXPECT_EQ(Identifiers(), 2u);
  support::Must(AssignAll(draft_, {{"title", "Car wash"}, {"title", "Car wash"}}));
  EXPECT_THAT(Refusal({{"title", "Car wash"}, {"title", "Nail bar"}}), HasSubstr("`title` is set twice"));
  EXPECT_THAT(Refusal({{"tlp", "GREEN"}, {"title", "x"}, {"tlp", "RED"}}), HasSubstr("contradictory"));
  EXPECT_THAT(Refusal({{"pap", "GREEN"}, {"pap", "RED"}}), HasSubstr("`pap` is set twice"));
  support::Must(AssignAll(draft_, {{"tlp", "GREEN"}, {"tlp", "GREEN"}}));
  support::Must(AssignAll(draft_, {{"purpose", "prevention"}, {"purpose", "safeguarding"}}));
  EXPECT_THAT(draft_.handling.purposes, ElementsAre("prevention", "safeguarding"));
  support::Must(AssignAll(draft_, {{"legal-basis", ""}, {"legal-basis", "gdpr-6-1-f"}, {"legal-basis", ""}}));
  EXPECT_THAT(draft_.handling.legal_basis, ElementsAre("gdpr-6-1-f"));
}

TEST_F(DraftsTest, AnUnknownFieldIsRefusedWithTheNearest) {
  EXPECT_THAT(Refusal({{"titel", "x"}}), HasSubstr("`title`"));
  EXPECT_THAT(Refusal({{"title", ""}}), HasSubstr("no field `title` to take out"));
}

TEST_F(DraftsTest, AnItemIsAddedToAListOnce) {
  support::Must(AddToList(draft_, {"identifiers", kPhone}));
  support::Must(AddToList(draft_, {"identifiers", kOther}));
  EXPECT_EQ(Identifiers(), 2u);
  EXPECT_TRUE(AddToList(draft_, {"identifiers", kPhone}).ok()) << "no word says that it is there";
  EXPECT_EQ(Identifiers(), 2u);
  EXPECT_TRUE(absl::IsInvalidArgument(AddToList(draft_, {"title", "x"}))) << "no list";
  EXPECT_TRUE(absl::IsInvalidArgument(AddToList(draft_, {"colour", "x"}))) << "no field";
  EXPECT_FALSE(AddToList(draft_, {"identifiers", "phone:nonsense"}).ok());
}

TEST_F(DraftsTest, TagsAreAddedAndTakenOutAndTheOthersStay) {
  const auto change = [this](const std::vector<std::string>& add, const std::vector<std::string>& remove) {
    return support::Must(ChangeTags(draft_, add, remove));
  };
  EXPECT_TRUE(change({"night", "river"}, {}));
  EXPECT_TRUE(change({"quay; child"}, {"river"}));
  EXPECT_THAT(draft_.local.tags, ElementsAre("child", "night", "quay"));
  EXPECT_FALSE(change({"night"}, {"river"})) << "it is so already";
  EXPECT_FALSE(change({"Child"}, {})) << "another spelling of the code that is there";
  EXPECT_TRUE(change({}, {"CHILD"}));
  EXPECT_THAT(draft_.local.tags, ElementsAre("night", "quay"));
  EXPECT_TRUE(absl::IsInvalidArgument(ChangeTags(draft_, {" ; "}, {}).status())) << "no tag";
  EXPECT_THAT(std::string(ChangeTags(draft_, {"a", "b"}, {"c", "b"}).status().message()),
              HasSubstr("`b` is both added and taken out"));
  EXPECT_THAT(draft_.local.tags, ElementsAre("night", "quay")) << "a refusal changes nothing";
}

// Policies read the tags of the field and the node's own as one list, so one that is taken out is gone from both.
TEST_F(DraftsTest, ATagIsTakenOutOfTheFieldToo) {
  support::Must(draft_.SetField("title", "Car wash"));
  support::Must(draft_.SetField("tags", "child; exercise"));
  EXPECT_TRUE(support::Must(ChangeTags(draft_, {}, {"child"})));
  const uint16_t slot = draft_.kind->FindSlot("tags")->number;
  ASSERT_EQ(draft_.fields.count(slot), 1u);
  EXPECT_EQ(draft_.fields.at(slot).value.items.size(), 1u);
  EXPECT_TRUE(support::Must(ChangeTags(draft_, {}, {"exercise"})));
  EXPECT_EQ(draft_.fields.count(slot), 0u);
}

// The mark is signed: to take out the tag alone would look as if it were gone.
TEST_F(DraftsTest, TheMarkOfASuspiciousActivityReportIsNotTakenOutAsATag) {
  EXPECT_TRUE(support::Must(ChangeTags(draft_, {"STR"}, {})));
  EXPECT_THAT(draft_.local.tags, ElementsAre("sar"));
  draft_.handling.conditions = {std::string(record::kSarCondition)};
  const absl::Status refused = ChangeTags(draft_, {}, {"sar"}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("recall the record"));
  EXPECT_THAT(draft_.local.tags, ElementsAre("sar"));
  draft_.handling.conditions.clear();
  EXPECT_TRUE(support::Must(ChangeTags(draft_, {}, {"sar"}))) << "a draft that was not signed";
}

TEST(ImportGuardTest, KnowsInWhichFileOfARunAReportCameFirst) {
  ImportGuard guard;
  EXPECT_FALSE(guard.SeenInRun("", "key", "a.md").has_value());
  EXPECT_FALSE(guard.SeenInRun("", "key", "b.md").has_value()) << "a file alone is no run";
  EXPECT_FALSE(guard.SeenInRun("monday", "key", "a.md").has_value());
  EXPECT_FALSE(guard.SeenInRun("monday", "key", "a.md").has_value()) << "the same file";
  EXPECT_EQ(guard.SeenInRun("monday", "key", "b.md"), "a.md");
  EXPECT_FALSE(guard.SeenInRun("tuesday", "key", "b.md").has_value()) << "another run";
  for (const char* run : {"1", "2", "3", "4"}) EXPECT_FALSE(guard.SeenInRun(run, "key", "c.md").has_value());
  EXPECT_FALSE(guard.SeenInRun("monday", "key", "b.md").has_value()) << "only the latest runs are remembered";
}

TEST(ImportGuardTest, RemembersAHundredThousandReportsOfARun) {
  ImportGuard guard;
  for (int i = 0; i < 100'000; ++i) (void)guard.SeenInRun("monday", std::to_string(i), "a.md");
  EXPECT_FALSE(guard.SeenInRun("monday", "one more", "a.md").has_value());
  EXPECT_FALSE(guard.SeenInRun("monday", "one more", "b.md").has_value()) << "it was not remembered";
  EXPECT_EQ(guard.SeenInRun("monday", "99999", "b.md"), "a.md");
}

}  // namespace
}  // namespace tidegate::flow
