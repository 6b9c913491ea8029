// What a partner would get is weighed before it is let go, and a partner that goes gives back first.
#include "node/flow/govern.h"

#include <gtest/gtest.h>

#include "node/flow/removal.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::MemoryNode;

constexpr char kToPolice[] = R"(@id("police") permit (principal, action == Action::"disclose", resource)
when { principal.sector in Sector::"police" };)";
constexpr char kToFriends[] = R"(@id("friends") permit (principal in Circle::"friends", action == Action::"disclose",
resource);)";

class GovernTest : public testing::Test {
 protected:
  GovernTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kToPolice);
    id_ = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  partner::Deed By(const std::string& user) { return {.user = user, .reason = "agreement", .at_ms = clock_.now_ms}; }
  Proposal Sector(const std::string& sector) {
    Proposal proposed{.organisation = "bank", .fingerprint = bank_.identity().keys().Fingerprint()};
    proposed.facts.sector = sector;
    return proposed;
  }
  std::string BanksSector() { return charity_.directory().Find("bank")->sector; }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  Governance governance_{charity_.store(), charity_.directory(), charity_.decisions()};
  std::string id_;
};

TEST_F(GovernTest, WhatOpensNothingIsDoneAtOnce) {
  const auto decided = governance_.Decide(Sector("ngo"), std::nullopt, By("ana"), true);
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_FALSE(decided->weighed.opens());
  EXPECT_EQ(BanksSector(), "ngo");
}

TEST_F(GovernTest, WhatOpensSomethingIsDoneAsItWasShown) {
  const auto weighed = governance_.Weigh(Sector("police"));
  ASSERT_TRUE(weighed.ok()) << weighed.status();
  EXPECT_EQ(weighed->effect.records_gained, 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(Sector("police"), std::nullopt, By("ana"), true).status()));
  EXPECT_EQ(BanksSector(), "bank") << "weighing changes nothing";
  // Other policies, other labels or other facts are another plan.
  charity_.Apply(std::string(kToPolice) + R"(@id("b") permit (principal, action == Action::"disclose",
resource in FieldClass::"time") when { principal.country == Country::"GB" };)");
  EXPECT_TRUE(
      absl::IsFailedPrecondition(governance_.Decide(Sector("police"), weighed->digest, By("ana"), true).status()));
  const auto again = governance_.Weigh(Sector("police"));
  ASSERT_TRUE(governance_.Decide(Sector("police"), again->digest, By("ana"), true).ok());
  EXPECT_EQ(BanksSector(), "police");
  EXPECT_EQ(line_.Meet().stored, 1u);
}

TEST_F(GovernTest, ADecisionIsOfOnePartnerAndOneFingerprint) {
  Proposal wrong = Sector("ngo");
  wrong.fingerprint = charity_.identity().keys().Fingerprint();
  EXPECT_TRUE(absl::IsPermissionDenied(governance_.Weigh(wrong).status()));
  wrong.organisation = "nobody";
  EXPECT_TRUE(absl::IsNotFound(governance_.Weigh(wrong).status()));
}

TEST_F(GovernTest, ACircleIsWeighedToo) {
  ASSERT_TRUE(charity_.directory().CreateCircle("friends", By("ana")).ok());
  charity_.Apply(kToFriends);
  const Proposal proposed{.organisation = "bank", .circle = "friends"};
  EXPECT_TRUE(absl::IsFailedPrecondition(governance_.Decide(proposed, std::nullopt, By("ana"), true).status()));
  const auto weighed = governance_.Weigh(proposed);
  ASSERT_TRUE(governance_.Decide(proposed, weighed->digest, By("ana"), true).ok());
  EXPECT_EQ(charity_.directory().Find("bank")->circles, std::vector<std::string>{"friends"});
}

TEST_F(GovernTest, WhereItTakesTwoTheSecondIsAnother) {
  charity_.decisions().RequireApprovals(2);
  const auto digest = governance_.Weigh(Sector("police"))->digest;
  EXPECT_FALSE(governance_.Decide(Sector("police"), digest, By("owner of the socket"), false).ok());
  const auto first = governance_.Decide(Sector("police"), digest, By("ana"), true);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->pending);
  EXPECT_EQ(BanksSector(), "bank");
  EXPECT_TRUE(absl::IsPermissionDenied(governance_.Decide(Sector("police"), digest, By(" ANA"), true).status()));
  const auto second = governance_.Decide(Sector("police"), digest, By("bo"), true);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->pending);
  EXPECT_EQ(BanksSector(), "police");
  ASSERT_TRUE(governance_.Decide(Sector("ngo"), std::nullopt, By("ana"), true).ok()) << "what opens nothing needs one";
}

TEST_F(GovernTest, APartnerThatGoesGivesBackFirst) {
  ASSERT_TRUE(governance_.Decide(Sector("police"), governance_.Weigh(Sector("police"))->digest, By("ana"), true).ok());
  line_.Meet();
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  EXPECT_EQ(*removals.Held("bank"), 1u);
  const auto waiting = removals.TakeBackAndRemove("bank", By("ana"), 0);
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_FALSE(waiting->removed);
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "leaving");
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id_).empty());
  const auto removed = removals.TakeBackAndRemove("bank", By("ana"), 5000);
  EXPECT_TRUE(removed.ok() ? removed->removed : absl::IsNotFound(removed.status())) << removed.status();
  EXPECT_EQ(charity_.directory().Find("bank"), nullptr);
}

TEST_F(GovernTest, WhoCannotBeReachedIsCutOffAtOnceOnlyWhereThatIsSaid) {
  ASSERT_TRUE(governance_.Decide(Sector("police"), governance_.Weigh(Sector("police"))->digest, By("ana"), true).ok());
  line_.Meet();
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  ASSERT_TRUE(charity_.directory().SetSuspended("bank", true, By("ana")).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(removals.TakeBackAndRemove("bank", By("ana"), 0).status()));
  const auto removed = removals.RemoveNow("bank", By("ana"));
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->held, 1u) << "and what could not be taken back is told";
  EXPECT_FALSE(bank_.Open(id_).empty());
}

}  // namespace
}  // namespace tidegate::flow
