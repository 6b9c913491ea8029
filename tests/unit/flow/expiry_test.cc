// Erasing what has expired, where something stands in the way: rows that cannot be read or described, a store that
// fails, more than one transaction takes.
#include "node/flow/expiry.h"

#include <gtest/gtest.h>

#include "crypto/bytes.h"
#include "tests/support/admit.h"
#include "tests/support/damage.h"
#include "tests/support/line.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Instant;
using support::Line;
using support::MemoryNode;
using support::Must;

constexpr uint64_t kHour = 3'600'000;
constexpr char kNothingGoes[] = R"(@id("none") forbid (principal, action == Action::"disclose", resource);)";

class ExpiryTest : public testing::Test {
 protected:
  ExpiryTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }
  std::string Add(MemoryNode& node, const std::string& title) {
    return node.Add(
        "report",
        {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"expiry", Instant(clock_.now_ms + kHour)}});
  }
  size_t Erase(MemoryNode& node) { return Must(EraseExpired(node.store(), node.disclosures(), clock_.now_ms)); }
  static void Damage(MemoryNode& node, environment::Dbi table, const std::string& key) {
    node.Close();
    support::DamageValue(node.store_folder(), table, key);
    node.Open();
  }
  // The keys of what waits for its expiry.
  static size_t Noted(MemoryNode& node) {
    size_t keys = 0;
    Must(node.Read()->ForEachOrdered(store::Ordered::kExpiry, "", "", false, [&keys](std::string_view, const auto&) {
      ++keys;
      return true;
    }));
    return keys;
  }
  // As an earlier version left it, which noted no expiry and had looked at nothing.
  static void ForgetNoted(MemoryNode& node) {
    Must(node.store().Write([](store::WriteTransaction& transaction) -> absl::Status {
      std::vector<std::string> keys;
      auto read =
          transaction.ForEachOrdered(store::Ordered::kExpiry, "", "", false, [&](std::string_view key, const auto&) {
            keys.emplace_back(key);
            return true;
          });
      for (const std::string& key : keys) {
        if (read.ok()) read = transaction.DeleteOrdered(store::Ordered::kExpiry, key);
      }
      // What says how far the node has looked says nothing that can be read.
      if (read.ok()) read = transaction.PutNamed(store::Named::kRetention, "expiry", "gathered", "no mark");
      return read;
    }));
  }
  static void Note(MemoryNode& node, uint64_t seq, uint64_t expiry_ms) {
    Must(node.store().Write(
        [&](store::WriteTransaction& transaction) { return NoteExpiry(transaction, seq, expiry_ms); }));
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(ExpiryTest, MoreThanOneTransactionTakesIsErasedAtOnce) {
  for (int i = 0; i < 65; ++i) Add(bank_, "Car wash");
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 65u);
  EXPECT_EQ(Noted(bank_), 0u);
}

TEST_F(ExpiryTest, AnExpiryThatNeverComesIsNoTimeInThePast) {
  const std::string id = Add(bank_, "Car wash");
  Note(bank_, Must(bank_.Held(id)).seq, UINT64_MAX - 1);
  EXPECT_EQ(Erase(bank_), 0u);
  EXPECT_FALSE(bank_.Open(id).empty());
}

TEST_F(ExpiryTest, ARowThatCannotBeDescribedKeepsNoOtherFromGoingAndIsTriedAgain) {
  // Of somebody who is no partner: a start makes the rows with partners' names anew.
  MemoryNode stranger("stranger", "ngo", clock_);
  const std::string theirs = Add(stranger, "Car wash");
  const record::VerifiedView view = Must(record::Verify(Must(stranger.Held(theirs)).view));
  store::PutRequest request;
  request.view = &view;
  request.origin = request.giver = "stranger";
  auto prepared = Must(support::Prepared(bank_.store(), request));
  uint64_t seq = 0;
  Must(bank_.store().Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto put = transaction.Put(prepared);
    if (put.ok()) seq = put->seq;
    return put.ok() ? NoteExpiry(transaction, seq, clock_.now_ms + kHour) : put.status();
  }));
  for (uint32_t id = 0; id < 4 && bank_.Read()->GetRecord(seq).ok(); ++id) {
    Damage(bank_, environment::Dbi::kLabels, crypto::ByteWriter(5).U8(2).U32(id).Take());
  }
  ASSERT_TRUE(store::Damaged(bank_.Read()->GetRecord(seq).status()));
  const std::string ours = Add(bank_, "Nail bar");
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 1u) << "ours";
  EXPECT_TRUE(bank_.Open(ours).empty());
  EXPECT_EQ(Noted(bank_), 1u);
  EXPECT_EQ(Erase(bank_), 0u);
  Must(bank_.store().MendNames({"stranger"}));
  EXPECT_EQ(Erase(bank_), 1u) << "it can be described again";
  EXPECT_EQ(Noted(bank_), 0u);
}

TEST_F(ExpiryTest, ARowThatCannotBeReadIsErasedOnce) {
  const std::string id = Add(bank_, "Car wash"), recalled = Add(bank_, "Nail bar");
  for (const std::string& one : {id, recalled}) {
    Damage(bank_, environment::Dbi::kArrivals, crypto::ByteWriter(8).U64(Must(bank_.Held(one)).seq).Take());
  }
  ASSERT_TRUE(bank_.Recall(recalled).ok());
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 1u) << "the other was written over when it was recalled";
  EXPECT_EQ(Noted(bank_), 0u);
}

TEST_F(ExpiryTest, WhatIsNoLongerHereIsErasedNoMore) {
  const std::string recalled = Add(bank_, "Car wash");
  const uint64_t seq = Must(bank_.Held(recalled)).seq;
  ASSERT_TRUE(bank_.Recall(recalled).ok());
  Note(bank_, Must(bank_.Held(recalled)).seq, clock_.now_ms);  // of the recall itself
  Note(bank_, 1'000'000, clock_.now_ms);                       // of nothing at all
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 0u);
  EXPECT_EQ(Noted(bank_), 0u);
  EXPECT_TRUE(Must(bank_.Read()->GetRecord(seq)).erased);
}

// The clock was ahead for a while, so the expiry that was noted first is used up when the record is given again.
TEST_F(ExpiryTest, WhatIsGivenAgainAfterItsExpiryIsErasedAgain) {
  const std::string id = Add(charity_, "Car wash");
  line_.Meet();
  charity_.Apply(kNothingGoes);
  line_.Meet();
  ASSERT_TRUE(bank_.Open(id).empty());
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 0u) << "it was taken back before";
  EXPECT_EQ(Noted(bank_), 0u);
  clock_.now_ms -= 25 * kHour;
  charity_.Apply(support::kShareAll);
  line_.Meet();
  ASSERT_FALSE(bank_.Open(id).empty());
  EXPECT_EQ(Noted(bank_), 1u);
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
}

TEST_F(ExpiryTest, WhatAnEarlierVersionStoredIsGatheredInPieces) {
  const std::string lost = Add(bank_, "Nail bar");
  const std::string erased = Add(bank_, "Bar");
  bank_.Add("report", {{"title", "Without"}, {"tlp", "GREEN"}});
  const std::string id = Add(bank_, "Car wash");
  Must(bank_.Recall(erased));
  Damage(bank_, environment::Dbi::kArrivals, crypto::ByteWriter(8).U64(Must(bank_.Held(lost)).seq).Take());
  ForgetNoted(bank_);
  int pieces = 1;
  while (Must(GatherExpiries(bank_.store(), 2))) ++pieces;
  EXPECT_GE(pieces, 2);
  EXPECT_EQ(Noted(bank_), 1u) << "of the one that is shown and expires";
  EXPECT_FALSE(Must(GatherExpiries(bank_.store(), 2)));
  clock_.now_ms += 25 * kHour;
  EXPECT_EQ(Erase(bank_), 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
}

// Each look asks for the time: that is where the test sees it.
class LooksAtTheClock {
 public:
  explicit LooksAtTheClock(uint64_t now_ms = 0) : now_ms_(now_ms) {}
  uint64_t Now() {
    const threads::MutexLock lock(mutex_);
    ++looks_;
    looked_.NotifyAll();
    return now_ms_;
  }
  // From now on, and until so many looks have begun: all but the last have ended then.
  void SetAndWait(uint64_t now_ms, int looks = 2) {
    const threads::MutexLock lock(mutex_);
    now_ms_ = now_ms;
    const int until = looks_ + looks;
    while (looks_ < until) looked_.Wait(mutex_);
  }
  // Until that look has begun, counted from the first.
  void Await(int look) {
    const threads::MutexLock lock(mutex_);
    while (looks_ < look) looked_.Wait(mutex_);
  }

 private:
  threads::Mutex mutex_;
  threads::Condition looked_;
  uint64_t now_ms_ ABSL_GUARDED_BY(mutex_);
  int looks_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST_F(ExpiryTest, TheThreadErasesWhatExpiresAndOutlivesAStoreThatFails) {
  const std::string first = Add(bank_, "Car wash"), second = Add(bank_, "Nail bar");
  LooksAtTheClock clock;
  Expiries expiries(
      bank_.store(), bank_.disclosures(), [&clock] { return clock.Now(); }, std::chrono::milliseconds(1));
  clock.SetAndWait(clock_.now_ms);
  EXPECT_FALSE(bank_.Open(first).empty());
  clock.SetAndWait(clock_.now_ms + 25 * kHour);
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_TRUE(bank_.Open(second).empty());
  clock.SetAndWait(clock_.now_ms);
  const std::string third = Add(bank_, "Farm");
  const uint64_t seq = Must(bank_.Held(third)).seq;
  bank_.store().Close();
  clock.SetAndWait(clock_.now_ms + 25 * kHour);
  clock.SetAndWait(clock_.now_ms + 26 * kHour);
  expiries.Stop();
  EXPECT_FALSE(Must(bank_.Read()->GetRecord(seq)).erased) << "nothing can be written any more";
}

// The first look of this version at what an earlier one stored.
TEST_F(ExpiryTest, TheThreadGathersAllPiecesWithoutAPauseAndThenErases) {
  const std::string id = Add(bank_, "Car wash");
  for (int i = 0; i < 520; ++i) bank_.Add("report", {{"title", "Without"}, {"tlp", "GREEN"}});  // more than one piece
  ForgetNoted(bank_);
  LooksAtTheClock clock(clock_.now_ms + 25 * kHour);
  Expiries expiries(
      bank_.store(), bank_.disclosures(), [&clock] { return clock.Now(); }, std::chrono::hours(1));
  clock.Await(4);  // two rounds, of two looks each
  expiries.Stop();
  EXPECT_TRUE(bank_.Open(id).empty());
}

TEST_F(ExpiryTest, TheThreadGathersAgainAfterAStoreThatFailed) {
  const std::string id = Add(bank_, "Car wash");
  ForgetNoted(bank_);
  bank_.store().Close();
  {
    LooksAtTheClock clock;
    Expiries expiries(
        bank_.store(), bank_.disclosures(), [&clock] { return clock.Now(); }, std::chrono::milliseconds(1));
    clock.SetAndWait(clock_.now_ms + 25 * kHour, 3);
  }
  EXPECT_FALSE(bank_.Open(id).empty());
  bank_.Crash();
  ASSERT_EQ(Noted(bank_), 0u);
  LooksAtTheClock clock;
  Expiries expiries(
      bank_.store(), bank_.disclosures(), [&clock] { return clock.Now(); }, std::chrono::milliseconds(1));
  clock.SetAndWait(clock_.now_ms + 25 * kHour, 4);
  expiries.Stop();
  EXPECT_TRUE(bank_.Open(id).empty());
}

// A key under which something was erased is due a month later. The store that fails keeps it, and the next round is
// another try.
TEST_F(ExpiryTest, TheThreadOutlivesKeysThatCannotBeDestroyed) {
  const std::string id = Add(bank_, "Car wash");
  clock_.now_ms += 25 * kHour;
  ASSERT_EQ(Erase(bank_), 1u);
  clock_.now_ms += 40 * 24 * kHour;
  bank_.store().Close();
  LooksAtTheClock clock;
  Expiries expiries(
      bank_.store(), bank_.disclosures(), [&clock] { return clock.Now(); }, std::chrono::milliseconds(1));
  clock.SetAndWait(clock_.now_ms, 4);
  clock.SetAndWait(clock_.now_ms, 4);  // the same hour: it is not tried again at once
  expiries.Stop();
  bank_.Crash();
  EXPECT_GT(Must(bank_.store().ShedKeys(clock_.now_ms, [] { return false; })), 0u) << "they are due still";
}

}  // namespace
}  // namespace tidegate::flow
