// A partner goes: the node waits for what it holds, goes on by itself when it has come back, and says what has not.
#include "node/flow/removal.h"

#include <atomic>
#include <thread>

#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Line;
using support::MemoryNode;
using support::Must;

class RemovalTest : public testing::Test {
 protected:
  RemovalTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
    id_ = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
    line_.Meet();
  }
  Act By() const {
    return {policy::PrincipalMint::Mint("ana", true, policy::EveryRole()), "agreement ends", clock_.now_ms};
  }
  bool Gone() { return charity_.directory().Find("bank") == nullptr; }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
  std::string id_;
};

TEST_F(RemovalTest, GoesOnByItselfOnceAllHasComeBack) {
  MemoryNode police("police", "police", clock_);
  support::Pair(charity_, police);
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  // The removals' own clock ticks once a second: the first tick finds that it holds something still.
  EXPECT_FALSE(Must(removals.TakeBackAndRemove("bank", By(), 1100)).removed);
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id_).empty());
  while (!Gone()) std::this_thread::yield();
  EXPECT_EQ(Must(removals.Held("bank")), 0u);
  EXPECT_NE(charity_.directory().Find("police"), nullptr) << "who is not leaving stays";
}

TEST_F(RemovalTest, WhoIsRemovedByAnotherMeanwhileIsGone) {
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  std::thread other([&] {
    while (charity_.directory().Find("bank")->state() != "leaving") std::this_thread::yield();
    EXPECT_EQ(Must(removals.RemoveNow("bank", By())).held, 1u);
  });
  const auto removed = removals.TakeBackAndRemove("bank", By(), 60'000);
  other.join();
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_TRUE(removed->removed);
}

TEST_F(RemovalTest, AStoreThatFailsRemovesNobodyAndTheNextStartGoesOn) {
  std::atomic<int> looks = 0;
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [&] {
    ++looks;
    return clock_.now_ms;
  });
  EXPECT_FALSE(Must(removals.TakeBackAndRemove("bank", By(), 0)).removed);
  line_.Meet();
  charity_.store().Close();
  while (looks < 1) std::this_thread::yield();
  removals.Stop();
  EXPECT_FALSE(Gone());
  charity_.Crash();
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "leaving");
}

TEST_F(RemovalTest, WhoWaitsLearnsThatItIsDone) {
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  std::thread partner([this] {
    while (charity_.directory().Find("bank")->state() != "leaving") std::this_thread::yield();
    line_.Meet();
  });
  const auto removed = removals.TakeBackAndRemove("bank", By(), 60'000);
  partner.join();
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_TRUE(removed->removed);
  EXPECT_TRUE(Gone());
}

TEST_F(RemovalTest, ANodeThatEndsWaitsNoLonger) {
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  std::thread stop([&] {
    while (charity_.directory().Find("bank")->state() != "leaving") std::this_thread::yield();
    removals.Stop();
  });
  const auto waited = removals.TakeBackAndRemove("bank", By(), 60'000);
  stop.join();
  ASSERT_TRUE(waited.ok()) << waited.status();
  EXPECT_FALSE(waited->removed);
  EXPECT_EQ(waited->held, 1u);
  // The next start goes on with it.
  charity_.Crash();
  EXPECT_EQ(charity_.directory().Find("bank")->state(), "leaving");
  line_.Meet();
  Removals again(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  while (!Gone()) std::this_thread::yield();
}

TEST_F(RemovalTest, OfWhoHoldsNothingIsDoneAtOnce) {
  ASSERT_TRUE(charity_.Recall(id_).ok());
  line_.Meet();
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  const Removal removed = Must(removals.TakeBackAndRemove("bank", By(), 0));
  EXPECT_TRUE(removed.removed);
  EXPECT_EQ(removed.held, 0u);
  EXPECT_TRUE(Gone());
  EXPECT_TRUE(absl::IsNotFound(removals.TakeBackAndRemove("bank", By(), 0).status()));
}

// Of the line to a partner that goes nothing stays: a new pairing begins anew.
TEST_F(RemovalTest, ForgetsWhereTheLineStood) {
  const auto rows = [](MemoryNode& node, store::Named table, const std::string& scope) {
    size_t count = 0;
    store::Damage damage;
    Must(node.Read()->ForEachNamed(table, scope, damage, [&count](std::string_view, std::string_view) {
      ++count;
      return true;
    }));
    return count;
  };
  EXPECT_GT(rows(charity_, store::Named::kExchange, feed::SentScope("bank")), 0u);
  EXPECT_GT(rows(bank_, store::Named::kExchange, OutboxScope("charity")), 0u);
  Removals removals(charity_.store(), charity_.disclosures(), charity_.directory(), [this] { return clock_.now_ms; });
  Removals theirs(bank_.store(), bank_.disclosures(), bank_.directory(), [this] { return clock_.now_ms; });
  EXPECT_EQ(Must(removals.RemoveNow("bank", By())).held, 1u);
  Must(theirs.RemoveNow("charity", By()).status());
  EXPECT_EQ(rows(charity_, store::Named::kExchange, feed::SentScope("bank")), 0u);
  EXPECT_EQ(rows(charity_, store::Named::kFrontier, feed::NextScope("bank")), 0u);
  EXPECT_EQ(rows(bank_, store::Named::kExchange, OutboxScope("charity")), 0u);
  EXPECT_EQ(bank_.receiving().UsedBy("charity").records, 0u);
  EXPECT_GT(rows(charity_, store::Named::kFrontier, std::string(feed::kLastNumberScope)), 0u) << "no number twice";
}

}  // namespace
}  // namespace tidegate::flow
