// What happens to a record beside its revisions (relabelled, granted, an instant passed), and what happens to records
// of others (gained, lost, erased): the feed looks again at ours, and says nothing of theirs.
#include "node/feed/intents.h"
#include "tests/support/damage.h"
#include "tests/support/held.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using store::Event;
using support::Clock;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;

constexpr uint64_t kOneDayMs = uint64_t{24} * 3600 * 1000;

class EventsTest : public testing::Test {
 protected:
  EventsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(const std::string& title, const std::string& expiry = "") {
    support::Assignments set{{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}};
    if (!expiry.empty()) set.emplace_back("expiry", expiry);
    return charity_.Add("report", set);
  }
  uint64_t ArrivalOf(const std::string& id) const {
    return Must(charity_.Read()->FindById(Must(record::ParseRecordId(id))));
  }
  void Happens(Event event, uint64_t subject) {
    Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
      return transaction.AppendEvent(event, subject, clock_.now_ms, "").status();
    }));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(EventsTest, ARecordThatAnEventIsAboutIsTakenBackIfItMayNoLongerBeHeld) {
  for (const Event event : {Event::kInstant, Event::kGrant}) {
    const std::string id = Report("short", support::Instant(clock_.now_ms + kOneDayMs)), other = Report("long");
    const std::string link = Must(charity_.TryLink(id, "related-to", other));
    line_.Meet();
    ASSERT_FALSE(bank_.Open(id).empty());
    ASSERT_FALSE(bank_.Open(link).empty());
    clock_.now_ms += 2 * kOneDayMs;
    EXPECT_EQ(line_.Meet().stored, 0u) << "nothing happened yet";
    Happens(event, ArrivalOf(id));
    line_.Meet();
    EXPECT_TRUE(bank_.Open(id).empty());
    EXPECT_FALSE(bank_.Open(other).empty());
    EXPECT_TRUE(bank_.Open(link).empty()) << "it goes with something of both ends, or not at all";
    EXPECT_EQ(line_.Meet().stored, 0u);
  }
}

TEST_F(EventsTest, WhatOneselfSaysOfARecordIsLookedAtAgain) {
  const std::string id = Report("tagged");
  line_.Meet();
  charity_.Apply(std::string(kShareAll) + R"(@id("sar") forbid (principal, action == Action::"disclose", resource)
      when { resource.record.tags.contains("sar") };)");
  line_.Meet();
  ASSERT_FALSE(bank_.Open(id).empty());
  Must(charity_.store().Write([&](store::WriteTransaction& transaction) {
    record::LocalFacts facts;
    facts.tags = {"sar"};
    return transaction.Relabel(ArrivalOf(id), facts, clock_.now_ms);
  }));
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(line_.Meet().stored, 0u);
}

TEST_F(EventsTest, AnEventAboutARowThatCannotBeReadStopsNothing) {
  const std::string id = Report("damaged");
  const uint64_t seq = ArrivalOf(id);
  Happens(Event::kInstant, seq);
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), seq);
  charity_.Open();
  const std::string other = Report("other");
  Must(line_.Meet().status);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_FALSE(bank_.Open(other).empty());
}

// What the bank gained, lost and had to erase of the charity's records is in the bank's own arrival order.
TEST_F(EventsTest, WhatOthersGaveAndTookIsNoBusinessOfAThird) {
  MemoryNode police("police", "police", clock_);
  support::Pair(bank_, police);
  bank_.Apply(kShareAll);
  charity_.Apply(
      R"(@id("title") permit (principal, action == Action::"disclose", resource in FieldClass::"narrative");)");
  const std::string id = charity_.Add("report", {{"title", "Car wash"},
                                                 {"exploitation", "labour.personal-services"},
                                                 {"tlp", "GREEN"},
                                                 {"purpose", "prevention"}});
  const std::string recalled = Report("to be recalled");
  line_.Meet();
  charity_.Apply(kShareAll);
  line_.Meet();
  charity_.Apply(
      R"(@id("analytic") permit (principal, action == Action::"disclose", resource in FieldClass::"analytic");)");
  ASSERT_TRUE(charity_.Recall(recalled).ok());
  line_.Meet();
  std::set<Event> happened;
  auto snapshot = bank_.Read();
  for (uint64_t seq = 1; seq <= snapshot->LastSeq(); ++seq) happened.insert(Must(snapshot->Get(seq)).event);
  snapshot.reset();
  for (const Event event : {Event::kGain, Event::kLoss, Event::kErase}) EXPECT_TRUE(happened.count(event));
  Line onward(bank_, police);
  const std::string ours = bank_.Add("report", {{"title", "Ours"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  EXPECT_EQ(onward.Meet().stored, 1u);
  EXPECT_FALSE(police.Open(ours).empty());
  EXPECT_TRUE(police.Open(id, "charity").empty());
  EXPECT_EQ(Must(police.Read()->RecordCount()), 1u);
}

TEST_F(EventsTest, AnEventAboutAnEventOrAboutARecordOfSomebodyElseSendsNothing) {
  bank_.Apply(kShareAll);
  bank_.Add("report", {{"title", "Theirs"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  Line(bank_, charity_).Meet();
  const uint64_t theirs = charity_.Read()->LastSeq();
  Happens(Event::kInstant, theirs);
  Happens(Event::kInstant, theirs + 1);  // the event before it
  const std::string id = Report("ours");
  const support::Meeting met = line_.Meet();
  Must(met.status);
  EXPECT_EQ(met.stored, 1u);
  EXPECT_FALSE(bank_.Open(id).empty());
  EXPECT_EQ(Must(feed::IntentOf(charity_.disclosures(), "bank", 1)).records.size(), 1u);
}

TEST_F(EventsTest, ALinkThatCannotBeReadStopsNoEventAboutItsEnd) {
  const std::string id = Report("one"), other = Report("other");
  const std::string link = Must(charity_.TryLink(id, "related-to", other));
  line_.Meet();
  charity_.Close();
  support::DamageArrival(charity_.store_folder(), 3);
  charity_.Open();
  Happens(Event::kInstant, ArrivalOf(id));
  const std::string next = Report("next");
  Must(line_.Meet().status);
  EXPECT_FALSE(bank_.Open(next).empty());
}

// Links of links are followed as far as what goes of them depends on each other.
TEST_F(EventsTest, AChainOfLinksGoesAndComesBackWithItsFirstRecord) {
  const std::string first = Report("first"), other = Report("other");
  std::vector<std::string> chain{first};
  for (int i = 0; i < 6; ++i) chain.push_back(Must(charity_.TryLink(chain.back(), "related-to", other)));
  line_.Meet();
  support::ExpectHeldAsAllowed(charity_, bank_);
  Must(charity_.Amend(first, {{"tlp", "RED"}}));
  for (int i = 0; i < 3; ++i) line_.Meet();
  EXPECT_TRUE(bank_.Open(chain[1]).empty());
  support::ExpectHeldAsAllowed(charity_, bank_);
}

// More links to one record than the index gives at once.
TEST_F(EventsTest, AllLinksOfARecordAreTakenBackWithIt) {
  const std::string hub = Report("hub");
  constexpr size_t kLinks = 101;
  std::vector<std::string> links;
  for (size_t i = 0; i < kLinks; ++i) {
    links.push_back(Must(charity_.TryLink(hub, "related-to", Report("r" + std::to_string(i)))));
  }
  line_.Meet();
  Must(charity_.Amend(hub, {{"tlp", "RED"}}));
  line_.Meet();
  for (const std::string& link : links) EXPECT_TRUE(bank_.Open(link).empty());
}

}  // namespace
}  // namespace tidegate::flow
