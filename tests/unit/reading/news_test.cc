// News since somebody looked: all of it, once, in order, and no contents without a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::IsEmpty;

class NewsTest : public testing::Test {
 protected:
  NewsTest() {
    support::Pair(charity_, police_);
    charity_.Apply(kShareAll);
    police_.Apply(kShareAll);
  }
  std::string Alert(const std::string& title) {
    return charity_.Add("alert", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  // At the police.
  std::unique_ptr<Reading> Reader(MemoryNode& node) {
    return std::make_unique<Reading>(node.store(), node.log(), node.disclosures(), node.directory(), node.decisions(),
                                     [this] { return clock_.now_ms; });
  }
  NewsPage New(MemoryNode& node, const std::string& reason = "") {
    const auto looked = Must(flow::LookedUpTo(node.store()));
    return Must(Reader(node)->TellNews({who_, reason, "inbox"}, looked.arrival));
  }
  static std::vector<NewsKind> KindsOf(const NewsPage& page) {
    std::vector<NewsKind> kinds;
    for (const News& one : page.news) kinds.push_back(one.what);
    return kinds;
  }
  static void Mark(MemoryNode& node, const NewsPage& page) { Must(flow::LookUpTo(node.store(), {page.looked, 0})); }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, police_{"police", "police", clock_};
  support::Line to_police_{charity_, police_}, to_charity_{police_, charity_};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
};

TEST_F(NewsTest, AlertsAmendmentsRecallsAndSightingsAreEachToldOnceInOrder) {
  const std::string one = Alert("One");
  charity_.Add("report", {{"title", "no news"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  Must(to_police_.Meet().status);
  NewsPage page = New(police_);
  EXPECT_THAT(KindsOf(page), ElementsAre(NewsKind::kAlert));
  EXPECT_EQ(record::FormatRecordId(page.news[0].id), one);
  EXPECT_EQ(page.news[0].origin, "charity");
  EXPECT_THAT(KindsOf(New(police_)), ElementsAre(NewsKind::kAlert)) << "only what is marked was seen";
  Mark(police_, page);
  police_.Crash();
  EXPECT_THAT(New(police_).news, IsEmpty()) << "after a restart, too";

  ASSERT_TRUE(charity_.Amend(one, {{"title", "One, amended"}}).ok());
  const std::string two = Alert("Two");
  Must(to_police_.Meet().status);
  ASSERT_TRUE(police_.TrySight(one, "acted-on").ok());
  ASSERT_TRUE(charity_.Recall(two).ok());
  Must(to_police_.Meet().status);
  page = New(police_);
  EXPECT_THAT(KindsOf(page), ElementsAre(NewsKind::kAmendedAlert, NewsKind::kRecall));
  Mark(police_, page);
  Must(to_charity_.Meet().status);
  page = New(charity_);
  EXPECT_THAT(KindsOf(page), ElementsAre(NewsKind::kSighting)) << "what we wrote ourselves is no news";
}

TEST_F(NewsTest, AnAlertThatItsGiverTakesBackIsTold) {
  Alert("One");
  Must(to_police_.Meet().status);
  Mark(police_, New(police_));
  charity_.Apply(R"(@id("none") forbid (principal, action == Action::"disclose", resource);)");
  Must(to_police_.Meet().status);
  EXPECT_THAT(KindsOf(New(police_)), ElementsAre(NewsKind::kWithdrawal));
}

TEST_F(NewsTest, TitlesNeedAReasonAndWhatIsNamedStandsInTheRegister) {
  Alert("One");
  Must(to_police_.Meet().status);
  EXPECT_FALSE(New(police_).news.at(0).seen.has_value());
  const NewsPage page = New(police_, "start of the watch");
  ASSERT_TRUE(page.news.at(0).seen.has_value());
  EXPECT_TRUE(page.news[0].seen->view.has_value());
  ledger::Filter looks;
  looks.name = "access";
  const auto entries = Must(police_.disclosures().List(looks, 10)).entries;
  ASSERT_EQ(entries.size(), 2u);
  const auto& look = std::get<ledger::Consultation>(entries[0].entry);
  EXPECT_EQ(look.verb, "inbox");
  EXPECT_EQ(look.reason, "start of the watch");
  EXPECT_THAT(look.records, ElementsAre(page.news[0].id));
}

TEST_F(NewsTest, ALookIsBoundedAndTheNextOneGoesOnWithoutGapOrRepeat) {
  for (int i = 0; i < 7; ++i) Alert(std::to_string(i));
  Must(to_police_.Meet().status);
  const auto reader = Reader(police_);
  std::vector<record::RecordId> ids;
  uint64_t after = 0;
  for (int looks = 0; looks < 20; ++looks) {
    const NewsPage page = Must(reader->NewsSince(after, 3, 5));
    for (const News& one : page.news) ids.push_back(one.id);
    EXPECT_LE(page.news.size(), 3u);
    EXPECT_LE(page.looked, after + 5);
    after = page.looked;
    if (!page.more) break;
  }
  EXPECT_EQ(ids.size(), 7u);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST_F(NewsTest, WhatWasLookedAtStaysSo) {
  Alert("One");
  Must(flow::LookUpTo(charity_.store(), {1, 4}));
  Must(flow::LookUpTo(charity_.store(), {0, 2}));
  charity_.Crash();
  EXPECT_EQ(Must(flow::LookedUpTo(charity_.store())), (flow::LookedAt{1, 4}));
  EXPECT_TRUE(absl::IsInvalidArgument(flow::LookUpTo(charity_.store(), {1000, 0}))) << "it has not come yet";
}

}  // namespace
}  // namespace tidegate::reading
