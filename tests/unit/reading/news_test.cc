// News since somebody looked: all of it, once, in order, and no contents without a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "node/flow/flow.h"
#include "node/reading/mark.h"
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

class NewToSomebody : public NewsTest {
 protected:
  policy::Principal As(const std::string& name) { return policy::PrincipalMint::Mint(name, true, policy::EveryRole()); }
  // Ids at the police, sorted.
  std::vector<std::string> Found(const std::string& query, const policy::Principal& who) {
    search::Question question;
    question.query = query;
    const std::string reason = "start of the watch";
    const Page page = Must(Reader(police_)->Find({who, reason, "find"}, question, ""));
    EXPECT_EQ(Must(Reader(police_)->Count({who, reason, "find"}, question, "", {})).count, page.records.size());
    std::vector<std::string> ids;
    for (const Seen& one : page.records) ids.push_back(record::FormatRecordId(one.statement.record_id));
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  absl::Status Looks(const policy::Principal& who, uint64_t arrival) { return Reader(police_)->MarkSeen(who, arrival); }
  uint64_t Newest() { return Reader(police_)->Newest(); }
  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  void Meet() { Must(to_police_.Meet().status); }
  static std::vector<std::string> Sorted(std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
  }
};

TEST_F(NewToSomebody, IsWhatCameOrWasAmendedSinceTheyLooked) {
  const policy::Principal ana = As("ana"), ben = As("ben");
  const std::string one = Report("One"), two = Report("Two");
  Meet();
  EXPECT_EQ(Found("is:new", ana), Sorted({one, two})) << "nobody has looked yet";
  Must(Looks(ana, Newest()));
  EXPECT_THAT(Found("is:new", ana), IsEmpty());
  EXPECT_EQ(Found("is:new", ben), Sorted({one, two})) << "each has looked for themselves";
  EXPECT_EQ(Found("-is:new", ana), Sorted({one, two}));
  const std::string three = Report("Three");
  Must(charity_.Amend(one, {{"title", "One, amended"}}));
  Meet();
  police_.Crash();
  EXPECT_EQ(Found("is:new", ana), Sorted({one, three})) << "after a restart, too";
  EXPECT_THAT(Found("is:new two", ana), IsEmpty());
  EXPECT_THAT(Found("is:new kind:report amended", ana), ElementsAre(one));
  EXPECT_EQ(Found("two OR is:new", ana), Sorted({one, two, three}));
  Must(charity_.Recall(three));
  Meet();
  EXPECT_THAT(Found("is:new", ana), ElementsAre(one)) << "nothing of the other is held";
  EXPECT_THAT(Found("is:new is:recalled", ana), ElementsAre(three));
}

TEST_F(NewToSomebody, AMarkNeverGoesBackAndIsOfWhatHasCome) {
  const policy::Principal ana = As("ana");
  Report("One");
  Meet();
  EXPECT_TRUE(absl::IsInvalidArgument(Looks(ana, Newest() + 1)));
  Must(Looks(ana, Newest()));
  Must(Looks(ana, 0));
  EXPECT_THAT(Found("is:new", ana), IsEmpty());
  // Whoever did not say who they are is nobody of these.
  const policy::Principal nobody = policy::PrincipalMint::Mint("owner of the socket", false, policy::EveryRole());
  EXPECT_EQ(Found("is:new", nobody).size(), 1u);
  Must(Looks(nobody, Newest()));
  EXPECT_THAT(Found("is:new", nobody), IsEmpty());
  EXPECT_EQ(Found("is:new", As("owner of the socket")).size(), 1u);
}

TEST_F(NewToSomebody, IsEverythingWhereTheirMarkIsDamaged) {
  const policy::Principal ana = As("ana");
  Report("One");
  Meet();
  Must(Looks(ana, Newest()));
  Must(police_.store().Write([&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kSetting, "seen by", "ana", "no mark");
  }));
  EXPECT_EQ(Found("is:new", ana).size(), 1u);
  Must(Looks(ana, Newest()));
  EXPECT_THAT(Found("is:new", ana), IsEmpty()) << "written anew";
}

TEST_F(NewToSomebody, AMarkIsReadStrictly) {
  const std::string row = EncodeMark(7);
  EXPECT_EQ(Must(DecodeMark(row)), 7u);
  for (size_t cut = 0; cut < row.size(); ++cut) EXPECT_FALSE(DecodeMark(row.substr(0, cut)).ok()) << cut;
  EXPECT_FALSE(DecodeMark(row + "x").ok());
}

// Recalls of others whose records we held, and our own: what is left says who, what kind and when.
TEST_F(NewToSomebody, WhatWasRecalledOrWithdrawnIsFoundByWhatIsLeft) {
  const policy::Principal ana = As("ana");
  const std::string theirs = Report("One"),
                    withdrawn = charity_.Add("alert", {{"title", "Two"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const std::string ours = police_.Add("report", {{"title", "Three"}, {"tlp", "GREEN"}});
  const std::string held = Report("Four");
  Meet();
  EXPECT_THAT(Found("is:recalled", ana), IsEmpty());
  Must(charity_.Recall(theirs));
  Must(police_.Recall(ours));
  charity_.Apply(R"(@id("reports") permit (principal, action == Action::"disclose", resource in Kind::"report");)");
  Meet();
  EXPECT_EQ(Found("is:recalled", ana), Sorted({theirs, ours}));
  EXPECT_THAT(Found("is:recalled is:own", ana), ElementsAre(ours));
  EXPECT_THAT(Found("is:recalled origin:charity kind:report created:today", ana), ElementsAre(theirs));
  EXPECT_THAT(Found("is:recalled created:..2020", ana), IsEmpty());
  EXPECT_THAT(Found("is:withdrawn", ana), ElementsAre(withdrawn));
  EXPECT_EQ(Found("is:recalled OR is:withdrawn", ana), Sorted({theirs, ours, withdrawn}));
  EXPECT_THAT(Found("-is:recalled kind:report", ana), ElementsAre(held));
  const std::string reason = "case 7";
  search::Question question;
  question.query = "is:recalled";
  question.limit = 1;
  Page page = Must(Reader(police_)->Find({ana, reason, "find"}, question, ""));
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].state, "recalled");
  EXPECT_FALSE(page.records[0].view.has_value());
  EXPECT_EQ(record::FormatRecordId(page.records[0].statement.record_id), theirs) << "the newest recall first";
  question.cursor = page.cursor;
  page = Must(Reader(police_)->Find({ana, reason, "find"}, question, ""));
  ASSERT_EQ(page.records.size(), 1u);
  question = {};
  question.query = "is:recalled";
  const Counted counted = Must(Reader(police_)->Count({ana, reason, "find"}, question, "", {"kind", "origin"}));
  EXPECT_EQ(counted.facets.at("kind"), (std::map<std::string, uint64_t>{{"report", 2}}));
  EXPECT_EQ(counted.facets.at("origin"), (std::map<std::string, uint64_t>{{"charity", 1}, {"police", 1}}));
  EXPECT_TRUE(absl::IsInvalidArgument(Reader(police_)->Find({ana, reason, "find"}, question, "charity").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Reader(police_)->FindBySeen({ana, reason, "find"}, question, "").status()));
  const std::string none;
  EXPECT_TRUE(absl::IsPermissionDenied(Reader(police_)->Find({ana, none, "find"}, question, "").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Reader(police_)->Count({ana, none, "find"}, question, "", {}).status()));
  question.query = "is:recalled origin:charty";
  EXPECT_TRUE(absl::IsNotFound(Reader(police_)->Find({ana, reason, "find"}, question, "").status()));
}

}  // namespace
}  // namespace tidegate::reading
