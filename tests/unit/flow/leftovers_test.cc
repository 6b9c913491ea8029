// Leftovers of an earlier version are found once, listed with what they are, and leave the list when somebody settles
// them.
#include "node/flow/leftovers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "node/flow/own_records.h"
#include "policy/principal_mint.h"
#include "tests/support/damage.h"
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
  std::string Given(const std::string& tlp, const support::Assignments& more = {}) {
    support::Pair(charity_, police_);
    charity_.Apply(kShareAll);
    support::Assignments set{{"title", "Car wash"}, {"tlp", tlp}, {"purpose", "prevention"}};
    set.insert(set.end(), more.begin(), more.end());
    std::string id = charity_.Add("report", set);
    support::Line(charity_, police_).Meet();
    return id;
  }
  uint64_t ArrivalAtPolice(const std::string& id) {
    return Must(police_.Read()->FindById(Must(record::ParseRecordId(id))));
  }
  std::string OldSighting(const std::string& of, const std::string& tlp, const std::string& onward = "no") {
    record::Draft draft = *record::Draft::Create("sighting");
    Must(draft.SetField("reference", of));
    Must(draft.SetField("outcome", "known"));
    Must(draft.handling.Set("onward", onward));
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
  const Act act(policy::PrincipalMint::Mint("ana", true, policy::EveryRole()), "the charity knows", 1);
  Must(leftovers.Settle(record, act));
  EXPECT_TRUE(Must(leftovers.Open()).open.empty());
  EXPECT_TRUE(absl::IsNotFound(leftovers.Settle(record, act)));
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
  Leftovers leftovers(police_.store(), police_.disclosures(), [this] { return clock_.now_ms; });
  leftovers.Stop();
  Must(leftovers.Look());
  const LeftoverList list = Must(leftovers.Open());
  EXPECT_EQ(list.open.size(), kMostKept);
  EXPECT_TRUE(list.more);
  Must(leftovers.Settle(list.open.front().id,
                        Act(policy::PrincipalMint::Mint("ana", true, policy::EveryRole()), "the charity knows", 1)));
  for (size_t i = 1; i < list.open.size(); ++i) Must(police_.Recall(record::FormatRecordId(list.open[i].id)));
  const LeftoverList later = Look();
  EXPECT_EQ(later.open.size(), 1u) << "neither what was recalled nor what somebody looked at";
  EXPECT_FALSE(later.more);
}

TEST_F(LeftoversTest, ThatMoreAreThereIsNotForgottenOnTheWay) {
  const std::string subject = Given("AMBER");
  for (size_t i = 0; i <= kMostKept; ++i) OldSighting(subject, "CLEAR");
  police_.Add("report", {{"title", "Ours"}, {"tlp", "GREEN"}});
  EXPECT_TRUE(Look().more);
}

TEST_F(LeftoversTest, AllArrivalsAreLookedAtAFewHundredOnOneSnapshot) {
  const std::string subject = Given("AMBER");
  for (int i = 0; i < 260; ++i) police_.Add("report", {{"title", "Ours"}, {"tlp", "GREEN"}});
  const std::string id = OldSighting(subject, "CLEAR");
  Leftovers leftovers(police_.store(), police_.disclosures(), [this] { return clock_.now_ms; });
  Must(leftovers.Look());
  const LeftoverList list = Must(leftovers.Open());
  EXPECT_FALSE(list.looking);
  ASSERT_EQ(list.open.size(), 1u);
  EXPECT_EQ(record::FormatRecordId(list.open[0].id), id);
}

TEST_F(LeftoversTest, EachMarkingThatIsTooLooseIsNamedWithItsLimit) {
  const std::string pap = OldSighting(Given("AMBER", {{"pap", "RED"}}), "AMBER");
  const auto given = [&](const support::Assignments& more) {
    support::Assignments set{{"title", "Nail bar"}};
    set.insert(set.end(), more.begin(), more.end());
    const std::string id = charity_.Add("report", set);
    support::Line(charity_, police_).Meet();
    return id;
  };
  const std::string onward =
      OldSighting(given({{"tlp", "AMBER"}, {"purpose", "prevention"}, {"onward", "no"}}), "AMBER", "yes");
  const std::string expiry = OldSighting(
      given({{"tlp", "AMBER"}, {"purpose", "prevention"}, {"expiry", support::Instant(clock_.now_ms + 1000000000)}}),
      "AMBER");
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const Leftover& one : Look().open) found[record::FormatRecordId(one.id)] = {one.looser, one.limit};
  EXPECT_EQ(found[pap], (std::pair<std::string, std::string>{"pap", "RED"}));
  EXPECT_EQ(found[onward], (std::pair<std::string, std::string>{"onward", "no"}));
  EXPECT_EQ(found[expiry], (std::pair<std::string, std::string>{"expiry", ""})) << "what to type is not one word";
}

TEST_F(LeftoversTest, WhatIsAboutNothingThatIsHeldIsLooserThanNothing) {
  const std::string subject = Given("AMBER");
  OldSighting(subject, "CLEAR");
  OldSighting(std::string(32, '1'), "CLEAR");  // nobody has it
  Must(charity_.Recall(subject));
  support::Line(charity_, police_).Meet();
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, WhatCannotBeReadCostsOnlyWhatIsAboutIt) {
  const std::string lost = Given("AMBER");
  OldSighting(lost, "CLEAR");
  const std::string other =
      charity_.Add("report", {{"title", "Nail bar"}, {"tlp", "AMBER"}, {"purpose", "prevention"}});
  support::Line(charity_, police_).Meet();
  const std::string loose = OldSighting(other, "CLEAR");
  const uint64_t seq = ArrivalAtPolice(lost);
  police_.Close();
  support::DamageArrival(police_.store_folder(), seq);
  police_.Open();
  const LeftoverList list = Look();
  ASSERT_EQ(list.open.size(), 1u);
  EXPECT_EQ(record::FormatRecordId(list.open[0].id), loose);
}

TEST_F(LeftoversTest, ATagIsFoundInTheNewestRevisionOfOurOwnRecordAlone) {
  record::Draft odd = DraftOf("Nine men, one account", "AMBER");
  odd.local.tags = {"SAR"};
  const std::string amended = Author(police_, odd);
  Must(police_.Amend(amended, {{"tag", "sar"}}));
  EXPECT_TRUE(Look().open.empty()) << "it was amended before anybody looked";
}

TEST_F(LeftoversTest, ATagOfARecordThatWasRecalledIsListedNoMore) {
  record::Draft odd = DraftOf("Nine men, one account", "AMBER");
  odd.local.tags = {"SAR"};
  const std::string id = Author(police_, odd);
  ASSERT_EQ(Kinds(Look()), std::vector{LeftoverKind::kTag});
  Must(police_.Recall(id));
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, ATagIsOursAlsoWhereAnotherUsesTheId) {
  const std::string id = Given("GREEN");
  const record::RecordId twin = Must(record::ParseRecordId(id));
  record::Draft odd = DraftOf("Another", "GREEN");
  odd.local.tags = {"SAR"};
  Author(police_, odd, &twin);
  const LeftoverList list = Look();
  const std::vector<LeftoverKind> kinds = Kinds(list);
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), LeftoverKind::kTag), kinds.end());
  for (const Leftover& one : list.open) EXPECT_EQ(record::FormatRecordId(one.id), id);
}

TEST_F(LeftoversTest, AnIdOfTwoAuthorsIsListedNoMoreWhenOneOfTheirRecordsWasErased) {
  const std::string id = Given("GREEN");
  support::Pair(bank_, police_);
  bank_.Apply(kShareAll);
  const record::RecordId twin = Must(record::ParseRecordId(id));
  Author(bank_, DraftOf("Another", "GREEN"), &twin);
  support::Line(bank_, police_).Meet();
  ASSERT_EQ(Kinds(Look()), std::vector{LeftoverKind::kTwin});
  const uint64_t seq = Must(police_.Held(id, "charity")).seq;
  Must(police_.store().Write(
      [&](store::WriteTransaction& transaction) { return transaction.Erase(seq, clock_.now_ms).status(); }));
  EXPECT_TRUE(Look().open.empty());
}

TEST_F(LeftoversTest, ATagThatWasAmendedIsListedNoMoreWhereAnotherUsesTheIdToo) {
  const std::string id = Given("GREEN");
  const record::RecordId twin = Must(record::ParseRecordId(id));
  record::Draft odd = DraftOf("Another", "GREEN");
  odd.local.tags = {"SAR"};
  Author(police_, odd, &twin);
  const std::vector<LeftoverKind> before = Kinds(Look());
  ASSERT_NE(std::find(before.begin(), before.end(), LeftoverKind::kTag), before.end());
  Must(police_.Amend(id, {{"tag", "sar"}}));
  EXPECT_EQ(Kinds(Look()), std::vector{LeftoverKind::kTwin}) << "the tags of the other's record are theirs";
}

}  // namespace
}  // namespace tidegate::flow
