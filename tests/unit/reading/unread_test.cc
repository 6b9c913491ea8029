// What cannot be read is left out of an answer, counted and named; the rest is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/reading/reading.h"
#include "policy/principal_mint.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"

namespace tidegate::reading {
namespace {

using support::Clock;
using support::kShareAll;
using support::MemoryNode;
using support::Must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class UnreadTest : public testing::Test {
 protected:
  UnreadTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }

  std::string Report(const std::string& title) {
    return charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  std::string Linked(const std::string& from, const std::string& to) {
    return Must(charity_.TryLink(from, "related-to", to));
  }
  static uint64_t ArrivalOf(const MemoryNode& node, const std::string& id, std::string_view origin = {}) {
    return Must(node.Read()->FindById(Must(record::ParseRecordId(id)), origin));
  }
  static void Damage(MemoryNode& node, uint64_t seq) {
    node.Close();
    support::DamageArrival(node.store_folder(), seq);
    node.Open();
  }
  std::unique_ptr<Reading> Reader(MemoryNode& node) {
    return std::make_unique<Reading>(node.store(), node.log(), node.disclosures(), node.directory(), node.decisions(),
                                     [this] { return clock_.now_ms; });
  }
  Look By(std::string_view verb) { return {who_, reason_, verb}; }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  support::Line line_{charity_, bank_};
  policy::Principal who_ = policy::PrincipalMint::Mint("ana", true, policy::EveryRole());
  const std::string reason_ = "case 7";
};

TEST_F(UnreadTest, ALinkOfARecordAndTheRecordAtItsOtherEnd) {
  const std::string here = Report("Car wash"), first = Report("One"), second = Report("Two");
  const std::string lost_link = Linked(here, first), link = Linked(here, second);
  const uint64_t lost = ArrivalOf(charity_, lost_link), end = ArrivalOf(charity_, second);
  Damage(charity_, lost);
  Damage(charity_, end);
  const auto reader = Reader(charity_);
  const Seen seen = Must(reader->Show(By("show"), here, "", false));
  const Around around = Must(reader->AroundOf(By("show"), seen));
  ASSERT_THAT(around.links, SizeIs(1));
  EXPECT_EQ(record::FormatRecordId(around.links[0].statement.record_id), link);
  EXPECT_EQ(around.unread.count, 2u);
  EXPECT_THAT(around.unread.arrivals, ElementsAre(lost, end));
  const Related related = Must(reader->RelatedTo(By("related"), here, {}, 1));
  EXPECT_THAT(related.nodes, SizeIs(2)) << "the record and one link";
  EXPECT_THAT(related.unread.arrivals, ElementsAre(lost));
}

TEST_F(UnreadTest, ARevisionThatIsAskedForIsNotSaidToBeAbsent) {
  const std::string id = Report("One");
  ASSERT_TRUE(charity_.Amend(id, {{"title", "Two"}}).ok());
  const uint64_t second = ArrivalOf(charity_, id);
  ASSERT_TRUE(charity_.Amend(id, {{"title", "Three"}}).ok());
  Damage(charity_, second);
  const auto reader = Reader(charity_);
  const auto shown = reader->ShowRevision(By("show"), id, 1);
  EXPECT_TRUE(absl::IsDataLoss(shown.status())) << shown.status();
  EXPECT_THAT(std::string(shown.status().message()), HasSubstr("arrival " + std::to_string(second)));
  EXPECT_TRUE(reader->ShowRevision(By("show"), id, 0).ok());
  const Seen seen = Must(reader->Show(By("show"), id, "", false));
  const Around around = Must(reader->AroundOf(By("show"), seen));
  EXPECT_THAT(around.revisions, SizeIs(2));
  EXPECT_THAT(around.unread.arrivals, ElementsAre(second));
}

TEST_F(UnreadTest, AnArrivalThatMayBeNews) {
  bank_.Apply(kShareAll);
  const auto alert = [this](const std::string& title) {
    return charity_.Add("alert", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  };
  const std::string lost = alert("One");
  alert("Two");
  Must(line_.Meet().status);
  const uint64_t arrival = ArrivalOf(bank_, lost);
  Damage(bank_, arrival);
  const NewsPage page = Must(Reader(bank_)->TellNews(By("inbox"), 0));
  EXPECT_THAT(page.news, SizeIs(1));
  EXPECT_THAT(page.unread.arrivals, ElementsAre(arrival));
}

TEST_F(UnreadTest, ARecordThatAnEntryOfTheRegisterIsAbout) {
  const std::string one = Report("One"), lost = Report("Two");
  Must(line_.Meet().status);
  const uint64_t arrival = ArrivalOf(charity_, lost);
  Damage(charity_, arrival);
  AuditQuestion intents;
  intents.filter.name = "intent";
  intents.limit = 100;
  const AuditPage page = Must(Reader(charity_)->Audit(who_, intents));
  ASSERT_THAT(page.entries, SizeIs(1));
  EXPECT_THAT(page.entries[0].records, ElementsAre(Must(record::ParseRecordId(one))));
  EXPECT_THAT(page.unread.arrivals, ElementsAre(arrival));
}

TEST_F(UnreadTest, ARecordOfWhichAPlanCanShowNoExample) {
  Report("One");
  const uint64_t arrival = ArrivalOf(charity_, Report("Two"));
  Damage(charity_, arrival);
  const auto engine = Must(charity_.decisions().Compile({}));
  const Examples examples = Must(Reader(charity_)->ExamplesOf(By("policy plan"), engine));
  ASSERT_THAT(examples.partners, SizeIs(1));
  EXPECT_THAT(examples.partners[0].examples, SizeIs(1));
  EXPECT_THAT(examples.unread.arrivals, ElementsAre(arrival));
}

TEST_F(UnreadTest, NoMoreThanTwentyAreNamed) {
  Unread unread;
  for (uint64_t seq = 1; seq <= 25; ++seq) unread.Add(seq);
  Unread all = unread;
  all.Add(unread);
  EXPECT_EQ(all.count, 50u);
  EXPECT_THAT(all.arrivals, SizeIs(20));
}

}  // namespace
}  // namespace tidegate::reading
