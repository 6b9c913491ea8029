// The decisions of an import about one item of its source.
#include "node/flow/judgement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tidegate::flow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

record::SourceWord Said(std::string_view what, uint64_t version = 0, bool as_imported = true) {
  return {crypto::HashOf({what}), version, "", as_imported};
}

TEST(Judgement, WhatTheSourceSaysAgainIsNoNewsWhateverWeDid) {
  EXPECT_EQ(Judge(Said("a"), false, Said("a")), Verdict::kUnchanged);
  EXPECT_EQ(Judge(Said("a"), false, Said("a", 0, false)), Verdict::kUnchanged);
}

TEST(Judgement, ChangedThereOnlyIsAnAmendmentAndOnBothSidesAConflict) {
  EXPECT_EQ(Judge(Said("b"), false, Said("a")), Verdict::kAmend);
  EXPECT_EQ(Judge(Said("b"), false, Said("a", 0, false)), Verdict::kConflict);
}

TEST(Judgement, AnOlderVersionIsNothingAndTheSameVersionIsNoOther) {
  EXPECT_EQ(Judge(Said("b", 1), false, Said("a", 2)), Verdict::kOlder);
  EXPECT_EQ(Judge(Said("b", 1), true, Said("a", 2)), Verdict::kOlder);
  EXPECT_EQ(Judge(Said("b", 2), false, Said("a", 2)), Verdict::kSameVersion);
  EXPECT_EQ(Judge(Said("a", 3), false, Said("a", 2)), Verdict::kUnchanged);
  EXPECT_EQ(Judge(Said("b", 3), false, Said("a", 2)), Verdict::kAmend);
}

TEST(Judgement, WhatDoesNotSayItsVersionIsNoNewerThanWhatDid) {
  EXPECT_EQ(Judge(Said("b"), false, Said("a", 2)), Verdict::kOlder);
  EXPECT_EQ(Judge(Said("b"), false, Said("a", 2, false)), Verdict::kOlder);
  EXPECT_EQ(Judge(Said("a"), false, Said("a", 2)), Verdict::kUnchanged);
  EXPECT_EQ(Judge(Said("b"), true, Said("a", 2)), Verdict::kWithdraw);
  EXPECT_EQ(Judge(Said("b", 2), false, Said("a")), Verdict::kAmend);
}

TEST(Judgement, WhatItsAuthorRevokesIsWithdrawn) {
  EXPECT_EQ(Judge(Said("a", 2), true, Said("a", 2)), Verdict::kWithdraw);
  EXPECT_EQ(Judge({}, true, Said("a", 0, false)), Verdict::kWithdraw);
}

TEST(Judgement, AnotherProducerChangesNothing) {
  record::SourceWord theirs = Said("b", 3);
  theirs.producer = "identity--b";
  record::SourceWord held = Said("a", 2);
  EXPECT_EQ(Judge(theirs, false, held), Verdict::kAmend);  // it was not known
  held.producer = "identity--a";
  EXPECT_EQ(Judge(theirs, false, held), Verdict::kOtherProducer);
  EXPECT_EQ(Judge(theirs, true, held), Verdict::kOtherProducer);
}

TEST(Judgement, WhereItIsNotKnownWhatTheSourceSaidContentsDecide) {
  EXPECT_EQ(Judge(Said("a"), false, {}), Verdict::kCompare);
}

record::Draft Report(std::string_view title, std::string_view tlp) {
  record::Draft draft = *record::Draft::Create("report");
  EXPECT_TRUE(draft.SetField("title", title).ok());
  EXPECT_TRUE(draft.handling.Set("tlp", tlp).ok());
  return draft;
}

TEST(Judgement, DifferencesNameBothValues) {
  EXPECT_THAT(Differences(Report("a", "GREEN"), Report("a", "GREEN")), IsEmpty());
  record::Draft ours = Report("b", "GREEN");
  ASSERT_TRUE(ours.SetField("informant", "V7").ok());
  ours.local.tags = {"sar"};
  EXPECT_THAT(
      Differences(Report("a", "GREEN"), ours),
      ElementsAre(Difference{"tags", "", "sar"}, Difference{"title", "a", "b"}, Difference{"informant", "", "V7"}));
  const auto marked = Differences(Report("a", "GREEN"), Report("a", "RED"));
  ASSERT_EQ(marked.size(), 1u);
  EXPECT_EQ(marked[0].field, "handling");
}

TEST(Judgement, ALongValueIsCutBetweenLetters) {
  std::string title;
  for (int i = 0; i < 100; ++i) title += "\xc3\xa9\xc3\xa9\xc3\xa9";
  const auto differences = Differences(Report("x" + title, "GREEN"), Report("a", "GREEN"));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_LE(differences[0].source.size(), kMostValue + 3);
  EXPECT_TRUE(record::IsCleanText(differences[0].source));
}

TEST(Judgement, AFieldsOwnMarkingIsADifferenceToo) {
  record::Draft theirs = Report("a", "GREEN");
  theirs.fields.at(theirs.kind->FindSlot("title")->number).attributes.tlp = record::Tlp::kRed;
  EXPECT_THAT(Differences(theirs, Report("a", "GREEN")), ElementsAre(Difference{"title", "a (TLP:RED)", "a"}));
}

TEST(Judgement, WhatOnlyTheSourceSaysIsADifferenceAndListsAreShownWhole) {
  record::Draft theirs = Report("a", "GREEN");
  ASSERT_TRUE(theirs.SetField("informant", "V7").ok());
  theirs.local.tags = {"night", "river"};
  EXPECT_THAT(Differences(theirs, Report("a", "GREEN")),
              ElementsAre(Difference{"tags", "night; river", ""}, Difference{"informant", "V7", ""}));
}

TEST(Judgement, OfAnotherKindNoFieldsAreCompared) {
  record::Draft ours = *record::Draft::Create("alert");
  ours.handling = Report("a", "GREEN").handling;
  EXPECT_THAT(Differences(Report("a", "GREEN"), ours), ElementsAre(Difference{"kind", "report", "alert"}));
}

TEST(Judgement, DifferencesHaveAnEndAndSoHasAValueWithoutLetters) {
  record::Draft theirs = Report("a", "GREEN");
  theirs.local.tags = {std::string(2 * kMostValue, '\x80')};
  EXPECT_EQ(Differences(theirs, Report("a", "GREEN")).at(0).source, "...");
  size_t fields = 0;
  for (const record::Slot& slot : theirs.kind->slots) {
    record::Field& field = theirs.fields[slot.number];
    field.value.items.emplace_back(record::Text{"x"});
    ++fields;
  }
  ASSERT_GT(fields + 1, kMostDifferences);
  EXPECT_EQ(Differences(theirs, Report("b", "GREEN")).size(), kMostDifferences);
}

}  // namespace
}  // namespace tidegate::flow
