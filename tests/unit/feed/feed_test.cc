// Feeds of two partners over one store: one that has far to go joins the other in its stretch and does what lies
// between later. And how much one parcel holds.
#include "node/feed/feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "node/feed/intents.h"
#include "tests/support/memory_node.h"

namespace tidegate::feed {
namespace {

using support::MemoryNode;
using support::Must;

// Numbers of parcels as a node gives them, without its memory of what was sent.
class Counter final : public ParcelNumbers {
 public:
  absl::StatusOr<Numbered> Take(const std::string&, uint64_t, const ledger::Intent&) override {
    return Numbered{++last_, false};
  }

 private:
  uint64_t last_ = 0;
};

// As many records as one parcel holds.
constexpr uint64_t kFullRecords = 2048;

class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    support::Pair(charity_, bank_);
    support::Pair(charity_, police_);
    charity_.Apply(support::kShareAll);
  }
  void Report(const std::string& title) {
    charity_.Add("report", {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  }
  // Arrivals that no feed has anything to say about: events about no record.
  void Pass(size_t count) {
    Must(charity_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
      for (size_t i = 0; i < count; ++i) {
        auto event = transaction.AppendEvent(store::Event::kInstant, 0, clock_.now_ms, "");
        if (!event.ok()) return event.status();
      }
      return absl::OkStatus();
    }));
  }
  std::unique_ptr<Feed> Begin(const MemoryNode& partner, std::string_view cursor = "") {
    return Must(Feed::Resume(
        charity_.store(), charity_.vault(), charity_.log(), charity_.disclosures(), charity_.directory(),
        charity_.decisions(), numbers_, arrivals_, [this] { return clock_.now_ms; },
        charity_.directory().Find(partner.name()), cursor));
  }
  // What the next parcel carries, as arrivals; empty when there is none.
  std::vector<uint64_t> Next(Feed& feed, const MemoryNode& partner) {
    const auto parcel = Must(feed.Next([] { return false; }));
    std::vector<uint64_t> carried;
    if (!parcel) return carried;
    const uint64_t number = Must(charity_.disclosures().LastParcel(partner.name()));
    for (const auto& record : Must(IntentOf(charity_.disclosures(), partner.name(), number)).records) {
      carried.push_back(record.seq);
    }
    return carried;
  }

  support::Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_}, police_{"police", "police", clock_};
  Counter numbers_;
  Arrivals arrivals_;
};

TEST_F(FeedTest, OneThatHasFarToGoJoinsAnotherInItsStretch) {
  Report("first");
  Pass(kStretch);
  Report("last");
  const uint64_t last = charity_.store().LastCommitted();
  Frontier far;
  far.Done({Need::kNew, {1, last - 1}}, last - 1,
           charity_.decisions().engine()->DecisionVersion(partner::PartyOf(*charity_.directory().Find("police"))));
  const auto bank = Begin(bank_), police = Begin(police_, Must(far.Seal(charity_.vault(), "police")));
  EXPECT_EQ(Next(*police, police_), std::vector<uint64_t>{last});
  EXPECT_EQ(Next(*bank, bank_), std::vector<uint64_t>{last}) << "it joins the police";
  EXPECT_EQ(Next(*bank, bank_), std::vector<uint64_t>{1}) << "and does what it passed over";
  EXPECT_TRUE(Next(*bank, bank_).empty());
}

// Where the other is, this one was already: it goes its own way.
TEST_F(FeedTest, OneThatIsBeyondTheOthersStretchGoesOnAlone) {
  Report("first");
  Pass(kStretch + 10);
  Report("last");
  const uint64_t last = charity_.store().LastCommitted();
  Frontier far;
  far.Done({Need::kNew, {1, 5}}, 5,
           charity_.decisions().engine()->DecisionVersion(partner::PartyOf(*charity_.directory().Find("police"))));
  const auto bank = Begin(bank_), police = Begin(police_, Must(far.Seal(charity_.vault(), "police")));
  EXPECT_EQ(Next(*bank, bank_), std::vector<uint64_t>{1});
  EXPECT_EQ(Next(*police, police_), std::vector<uint64_t>{last});
}

// A frontier that is in many pieces already joins nobody: each joining would leave more of them.
TEST_F(FeedTest, OneInManyPiecesGoesOnInOrder) {
  constexpr uint64_t kPieces = 70;
  for (uint64_t i = 0; i < kPieces; ++i) Report("r" + std::to_string(i));
  Report("next");
  Pass(kStretch);
  Report("last");
  const uint64_t last = charity_.store().LastCommitted();
  const auto version = [&](const char* name) {
    return charity_.decisions().engine()->DecisionVersion(partner::PartyOf(*charity_.directory().Find(name)));
  };
  Frontier far, pieces;
  far.Done({Need::kNew, {1, last - 1}}, last - 1, version("police"));
  // Every second arrival was passed over, as joinings leave it.
  for (uint64_t at = 2; at <= kPieces; at += 2) pieces.Done({Need::kNew, {at, at}}, at, version("bank"));
  ASSERT_GE(pieces.pieces(), 64u);
  const auto bank = Begin(bank_, Must(pieces.Seal(charity_.vault(), "bank")));
  const auto police = Begin(police_, Must(far.Seal(charity_.vault(), "police")));
  EXPECT_EQ(Next(*police, police_), std::vector<uint64_t>{last});
  EXPECT_EQ(Next(*bank, bank_), std::vector<uint64_t>{kPieces + 1});
}

class BatchTest : public FeedTest {
 protected:
  std::unique_ptr<Judgement> Judge() {
    const std::shared_ptr<const policy::Engine> engine = charity_.decisions().engine();
    const policy::Party party = partner::PartyOf(*charity_.directory().Find("bank"));
    return std::make_unique<Judgement>(
        Judgement{decision::Candidates(engine), engine->Intern(party), engine->DecisionVersion(party)});
  }
};

TEST_F(BatchTest, HoldsSoManyRecordsAndNoMore) {
  const auto judgement = Judge();
  Batch batch(charity_.log(), "bank", *judgement, clock_.now_ms);
  for (uint64_t seq = 1; seq < kFullRecords; ++seq) batch.TakeBack(seq, crypto::HashOf({std::to_string(seq)}));
  batch.TakeBack(1, crypto::HashOf({"1"}));
  EXPECT_FALSE(batch.full()) << "what is taken back twice counts once";
  batch.TakeBack(kFullRecords, crypto::HashOf({"last"}));
  EXPECT_TRUE(batch.full());
  EXPECT_TRUE(batch.takes_back());
}

TEST_F(BatchTest, TakesARecordUpOnce) {
  Report("one");
  const auto judgement = Judge();
  Batch batch(charity_.log(), "bank", *judgement, clock_.now_ms);
  const auto snapshot = charity_.Read();
  OpenedArrival opened(Must(snapshot->Get(1)));
  EXPECT_TRUE(Must(batch.Offer(*snapshot, opened, nullptr)));
  EXPECT_FALSE(Must(batch.Offer(*snapshot, opened, nullptr)));
  Must(batch.Renew(*snapshot, opened, nullptr));
  EXPECT_EQ(batch.TakeIntended().size(), 1u);
}

}  // namespace
}  // namespace tidegate::feed
