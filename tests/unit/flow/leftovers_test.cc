// Leftovers of an earlier version are found once, listed with what they are, and leave the list when somebody settles
// them.
#include "node/flow/leftovers.h"

#include <gtest/gtest.h>

#include "node/flow/own_records.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;

record::Draft DraftOf(const std::string& title, const std::string& tlp) {
  record::Draft draft = *record::Draft::Create("report");
  Must(draft.SetField("title", title));
  Must(draft.handling.Set("tlp", tlp));
  Must(draft.handling.Set("purposes", "prevention"));
  return draft;
}

// Stores a draft as a version did that knew none of today's rules.
std::string Author(MemoryNode& node, record::Draft draft, const record::RecordId* id = nullptr) {
  Chance chance;
  Draw({&chance, 1});
  if (id != nullptr) chance.id = *id;
  record::CommitContext context;
  context.author_fpr = node.identity().log_fingerprint();
  context.record_id = chance.id;
  context.created_ms = node.clock().now_ms;
  const record::LocalFacts local = draft.local;
  Must(node.own_records().Store({Must(record::Commit(std::move(draft), context, chance.seed)), local}, {}).status());
  return record::FormatRecordId(chance.id);
}

class LeftoversTest : public testing::Test {
 protected:
  LeftoverList Look() {
    Leftovers leftovers(police_.store(), police_.disclosures(), [this] { return clock_.now_ms; });
    leftovers.Stop();  // whatever its thread has done by now
    Must(leftovers.Look());
    return Must(leftovers.Open());
  }
  std::vector<LeftoverKind> Kinds(const LeftoverList& list) {
    std::vector<LeftoverKind> kinds;
    for (const Leftover& one : list.open) kinds.push_back(one.kind);
    return kinds;
  }
  // A record of the charity that the police hold, and the id.
  std::string Given(const std::string& tlp) {
    support::Pair(charity_, police_);
    charity_.Apply(kShareAll);
    std::string id = charity_.Add("report", {{"title", "Car wash"}, {"tlp", tlp}, {"purpose", "prevention"}});
    support::Line(charity_, police_).Meet();
    return id;
  }
  std::string OldSighting(const std::string& of, const std::string& tlp) {
    record::Draft draft = *record::Draft::Create("sighting");
    Must(draft.SetField("reference", of));
    Must(draft.SetField("outcome", "known"));
    Must(draft.handling.Set("tlp", tlp));
    Must(draft.handling.Set("purposes", "prevention"));
    draft.local.named_recipients = {"charity"};
    return Author(police_, std::move(draft));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_};
};

TEST_F(LeftoversTest, AStoreOfThisVersionHasNone) {
  const std::string id = Given("AMBER");
  Must(police_.TrySight(id, "known").status());
  police_.Add("report",
              {{"title", "Ours"}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"condition", "circle:quiet"}});
  const LeftoverList list = Look();
  EXPECT_TRUE(list.open.empty());
  EXPECT_FALSE(list.looking);
  EXPECT_FALSE(list.more);
}

TEST_F(LeftoversTest, ASightingThatIsLooserThanItsSubjectIsFoundUntilItIsAmended) {
  const std::string id = OldSighting(Given("AMBER"), "CLEAR");
  const LeftoverList list = Look();
  ASSERT_EQ(Kinds(list), std::vector{LeftoverKind::kLoose});
  EXPECT_EQ(record::FormatRecordId(list.open[0].id), id);
  EXPECT_EQ(list.open[0].looser, "tlp");
  EXPECT_EQ(list.open[0].limit, "AMBER");
  Must(police_.Amend(id, {{"tlp", "AMBER"}, {"purpose", "prevention"}}));
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, ASightingThatAPartnerMarkedTooLooselyIsFoundToo) {
  const std::string subject = Given("AMBER");
  police_.Apply(kShareAll);
  const std::string id = OldSighting(subject, "GREEN");
  support::Line(police_, charity_).Meet();
  Leftovers leftovers(charity_.store(), charity_.disclosures(), [this] { return clock_.now_ms; });
  leftovers.Stop();
  Must(leftovers.Look());
  const LeftoverList list = Must(leftovers.Open());
  ASSERT_EQ(Kinds(list), std::vector{LeftoverKind::kLoose});
  EXPECT_EQ(record::FormatRecordId(list.open[0].id), id);
  EXPECT_EQ(list.open[0].authors, std::vector<std::string>{"police"});
  EXPECT_FALSE(list.open[0].own);
}

TEST_F(LeftoversTest, ASightingThatWasMarkedLikeATwinIsLooseForTheOther) {
  const std::string id = Given("AMBER");
  support::Pair(bank_, police_);
  bank_.Apply(kShareAll);
  const record::RecordId twin = Must(record::ParseRecordId(id));
  Author(bank_, DraftOf("Another", "CLEAR"), &twin);
  support::Line(bank_, police_).Meet();
  OldSighting(id, "CLEAR");
  EXPECT_EQ(Kinds(Look()), (std::vector{LeftoverKind::kTwin, LeftoverKind::kLoose}));
}

TEST_F(LeftoversTest, ARecordThatNamesCirclesInItsSignedHandlingIsFoundUntilItIsAmended) {
  record::Draft draft = DraftOf("Covert", "AMBER");
  draft.handling.handling_code = "C";
  draft.handling.conditions = {"circle:quiet"};
  const std::string id = Author(police_, std::move(draft));
  const LeftoverList list = Look();
  ASSERT_EQ(Kinds(list), std::vector{LeftoverKind::kNamesOthers});
  EXPECT_EQ(list.open[0].limit, "AMBER") << "what `amend` can say again";
  Must(police_.Amend(id, {{"tlp", "AMBER"}}));
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, ARecordWhoseTagSpellsACodeOtherwiseIsFoundUntilItIsAmended) {
  record::Draft draft = DraftOf("Nine men, one account", "AMBER");
  draft.local.tags = {"SAR", "our-own-word"};
  const std::string id = Author(police_, std::move(draft));
  record::Draft fine = DraftOf("Another", "AMBER");
  fine.local.tags = {"our-own-word", "sar"};
  Author(police_, std::move(fine));
  const LeftoverList list = Look();
  ASSERT_EQ(Kinds(list), std::vector{LeftoverKind::kTag});
  EXPECT_EQ(record::FormatRecordId(list.open[0].id), id);
  EXPECT_EQ(list.open[0].limit, "sar");
  Must(police_.Amend(id, {{"tag", "sar"}}));
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, AnIdOfTwoAuthorsIsFoundUntilOneOfThemRecalls) {
  const std::string id = Given("GREEN");
  support::Pair(bank_, police_);
  bank_.Apply(kShareAll);
  const record::RecordId twin = Must(record::ParseRecordId(id));
  Author(bank_, DraftOf("Another", "GREEN"), &twin);
  support::Line to_police(bank_, police_);
  to_police.Meet();
  const LeftoverList list = Look();
  ASSERT_EQ(Kinds(list), std::vector{LeftoverKind::kTwin});
  EXPECT_EQ(list.open[0].authors, (std::vector<std::string>{"charity", "bank"}));
  Must(bank_.Recall(id));
  to_police.Meet();
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, WhatSomebodyLookedAtIsListedNoMore) {
  const std::string id = OldSighting(Given("AMBER"), "CLEAR");
  ASSERT_EQ(Look().open.size(), 1u);
  Leftovers leftovers(police_.store(), police_.disclosures(), [this] { return clock_.now_ms; });
  const record::RecordId record = Must(record::ParseRecordId(id));
  const partner::Deed deed{.user = "ana", .reason = "the charity knows", .at_ms = 1};
  Must(leftovers.Settle(record, deed));
  EXPECT_TRUE(Must(leftovers.Open()).open.empty());
  EXPECT_TRUE(absl::IsNotFound(leftovers.Settle(record, deed)));
  leftovers.Stop();
  EXPECT_TRUE(Look().open.empty()) << "nor by a later start";
  const auto page = Must(police_.disclosures().List({}, 1));
  const auto* entry = std::get_if<ledger::Consultation>(&page.entries.at(0).entry);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->verb, "review");
  EXPECT_EQ(entry->user, "ana");
}

TEST_F(LeftoversTest, WhatCameAfterTheFirstLookIsNotLookedAt) {
  const std::string subject = Given("AMBER");
  EXPECT_TRUE(Look().open.empty());
  OldSighting(subject, "CLEAR");
  EXPECT_TRUE(Look().open.empty()) << "this version makes no such record";
}

TEST_F(LeftoversTest, AsManyAreKeptAsAreBoundAndTheOthersAreFoundLater) {
  const std::string subject = Given("AMBER");
  std::vector<std::string> ids;
  for (size_t i = 0; i <= kMostKept; ++i) ids.push_back(OldSighting(subject, "CLEAR"));
  const LeftoverList list = Look();
  EXPECT_EQ(list.open.size(), kMostKept);
  EXPECT_TRUE(list.more);
  for (const Leftover& one : list.open) Must(police_.Recall(record::FormatRecordId(one.id)));
  const LeftoverList later = Look();
  EXPECT_EQ(later.open.size(), 1u);
  EXPECT_FALSE(later.more);
}

}  // namespace
}  // namespace tidegate::flow
