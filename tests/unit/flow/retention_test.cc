// How long records are kept: what expired is erased a day later at every holder, what is due is listed and decided, and
// a legal hold keeps what would be erased and says so to whoever recalled it.
#include "node/flow/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "node/flow/expiry.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Clock;
using support::Instant;
using support::Line;
using support::MemoryNode;
using support::Must;

constexpr uint64_t kOneHourMs = uint64_t{3600} * 1000;
constexpr uint64_t kOneYearMs = uint64_t{365} * 24 * kOneHourMs;

policy::Principal Ben() { return policy::PrincipalMint::Mint("ben", true, {"supervisor"}); }

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(support::kShareAll);
  }

  std::string Share(const support::Assignments& more = {}) {
    support::Assignments set{{"title", "Car wash"}, {"tlp", "GREEN"}, {"purpose", "prevention"}};
    set.insert(set.end(), more.begin(), more.end());
    std::string id = charity_.Add("report", set);
    line_.Meet();
    EXPECT_FALSE(bank_.Open(id).empty());
    return id;
  }
  // What was asked a moment ago is not asked again yet.
  void MeetLater() {
    clock_.now_ms += 5000;
    line_.Meet();
  }
  Retention Of(MemoryNode& node) {
    return {node.store(), node.disclosures(), node.authoring(), [this] { return clock_.now_ms; }};
  }
  size_t Erase(MemoryNode& node) { return Must(EraseExpired(node.store(), node.disclosures(), clock_.now_ms)); }
  ledger::HoldingState StateAtBank(const std::string& id) {
    const auto own = Must(charity_.Read()->OwnRevisions(*record::ParseRecordId(id)));
    return Must(charity_.disclosures().Disclosed("bank", own.front())).state;
  }
  ledger::HoldingState ToldAtBank(const std::string& id) {
    const auto own = Must(charity_.Read()->OwnRevisions(*record::ParseRecordId(id)));
    return Must(charity_.disclosures().Holders(own.front())).front().state;
  }
  static std::vector<ledger::Entry> Entries(const MemoryNode& node, std::string_view name) {
    ledger::Filter filter;
    filter.name = std::string(name);
    std::vector<ledger::Entry> entries;
    const auto page = Must(node.disclosures().List(filter, 100));
    for (const ledger::Listed& listed : page.entries) entries.push_back(listed.entry);
    return entries;
  }
  size_t Copies(MemoryNode& node, const std::string& id) {
    const auto held = Must(node.Held(id));
    const auto statement = Must(record::ParseStatement(held.view.statement));
    store::Damage damage;
    return Must(node.Read()->CopiesUnderHold({statement.author_fpr, statement.record_id}, damage)).size();
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(RetentionTest, WhatExpiredIsErasedADayLaterAtEveryHolderAndTheReceiptSaysSo) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  clock_.now_ms = expiry + 23 * kOneHourMs;
  EXPECT_EQ(Erase(charity_) + Erase(bank_), 0u);
  clock_.now_ms = expiry + 24 * kOneHourMs;
  EXPECT_EQ(Erase(bank_), 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(Erase(charity_), 1u);
  EXPECT_TRUE(charity_.Open(id).empty());
  EXPECT_EQ(Erase(charity_) + Erase(bank_), 0u);
  MeetLater();
  EXPECT_EQ(StateAtBank(id), ledger::HoldingState::kErased);
  for (MemoryNode* node : {&charity_, &bank_}) {
    const auto erasures = Entries(*node, "erasure");
    ASSERT_FALSE(erasures.empty()) << node->name();
    EXPECT_EQ(std::get<ledger::Change>(erasures.back()).source, "expiry");
    EXPECT_EQ(record::FormatRecordId(std::get<ledger::Change>(erasures.back()).records.front()), id);
  }
}

TEST_F(RetentionTest, WhatExpiredMakesRoomForAnotherOfItsGiver) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  Share({{"expiry", Instant(expiry)}});
  EXPECT_EQ(bank_.receiving().UsedBy("charity").records, 1u);
  clock_.now_ms = expiry + 24 * kOneHourMs;
  EXPECT_EQ(Erase(bank_), 1u);
  EXPECT_EQ(bank_.receiving().UsedBy("charity").records, 0u);
}

TEST_F(RetentionTest, ARevisionThatExpiresTakesNoLaterOneWithIt) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  Must(charity_.Amend(id, {{"expiry", Instant(expiry + kOneYearMs)}}));
  line_.Meet();
  clock_.now_ms = expiry + 24 * kOneHourMs;
  Erase(charity_);
  Erase(bank_);
  MeetLater();
  EXPECT_FALSE(charity_.Open(id).empty());
  EXPECT_FALSE(bank_.Open(id).empty());
}

// A holder of an earlier version does not erase by itself: its author asks it.
TEST_F(RetentionTest, AHolderThatDoesNotLookAtTheClockIsAsked) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  clock_.now_ms = expiry + 24 * kOneHourMs;
  EXPECT_EQ(Erase(charity_), 1u);
  MeetLater();
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(StateAtBank(id), ledger::HoldingState::kErased);
}

TEST_F(RetentionTest, ARecordThatAnEarlierVersionStoredExpiresToo) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  // As it stood in a store of an earlier version: nothing says when it is to be erased.
  Must(bank_.store().Write([](store::WriteTransaction& transaction) -> absl::Status {
    std::vector<std::string> keys;
    auto read =
        transaction.ForEachOrdered(store::Ordered::kExpiry, "", "", false, [&](std::string_view key, const auto&) {
          keys.emplace_back(key);
          return true;
        });
    for (const std::string& key : keys) {
      if (read.ok()) read = transaction.DeleteOrdered(store::Ordered::kExpiry, key);
    }
    return read;
  }));
  clock_.now_ms = expiry + 24 * kOneHourMs;
  EXPECT_EQ(Erase(bank_), 0u);
  while (Must(GatherExpiries(bank_.store()))) {
  }
  EXPECT_EQ(Erase(bank_), 1u);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_FALSE(Must(GatherExpiries(bank_.store())));
}

TEST_F(RetentionTest, TheKeyOfWhatExpiredIsDestroyedOnceItsMonthIsOver) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  const auto has_month = [](const vault::Epoch& epoch) { return epoch.retention.find(' ') != std::string::npos; };
  const auto months = [&] {
    const std::vector<vault::Epoch> epochs = bank_.vault().Epochs();
    return std::count_if(epochs.begin(), epochs.end(), has_month);
  };
  ASSERT_EQ(months(), 1);
  std::atomic<uint64_t> now_ms = expiry + 24 * kOneHourMs;
  Expiries expiries(bank_.store(), bank_.disclosures(), [&now_ms] { return now_ms.load(); });
  while (!bank_.Open(id).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  now_ms += uint64_t{40} * 24 * kOneHourMs;
  while (months() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(bank_.store().unreadable().rows, 0u);
}

TEST_F(RetentionTest, ALegalHoldKeepsWhatItsAuthorRecallsAndTellsTheAuthor) {
  const std::string id = Share();
  Must(Of(bank_).Hold(Ben(), "order of a court", {id, ""}).status());
  Must(charity_.Recall(id));
  line_.Meet();
  // It is gone for everybody, and kept apart.
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(Copies(bank_, id), 1u);
  EXPECT_EQ(StateAtBank(id), ledger::HoldingState::kWithheld);
  EXPECT_EQ(ToldAtBank(id), ledger::HoldingState::kWithheld);
  EXPECT_FALSE(Must(charity_.disclosures().Asked("bank", 10)).open.empty());
  // It is asked for again and again, and the answer stays the same until the hold ends.
  MeetLater();
  EXPECT_EQ(ToldAtBank(id), ledger::HoldingState::kWithheld);
  const HeldRecord released = Must(Of(bank_).Release(Ben(), "the order ended", {id, ""}));
  EXPECT_EQ(released.copies, 1u);
  EXPECT_EQ(Copies(bank_, id), 0u);
  MeetLater();
  EXPECT_EQ(ToldAtBank(id), ledger::HoldingState::kErased);
  EXPECT_TRUE(Must(charity_.disclosures().Asked("bank", 10)).open.empty());
}

TEST_F(RetentionTest, AReceiptAboutAHoldWaitsInTheOutboxAsAnyOther) {
  const std::string id = Share();
  Must(Of(bank_).Hold(Ben(), "order of a court", {id, ""}).status());
  Must(charity_.Recall(id));
  line_.Meet([](size_t) { return support::Fate::kReceiptLost; });
  EXPECT_EQ(ToldAtBank(id), ledger::HoldingState::kUnanswered);
  line_.Meet();
  EXPECT_EQ(ToldAtBank(id), ledger::HoldingState::kWithheld);
}

TEST_F(RetentionTest, AHoldKeepsWhatAnAmendmentReplacesAndWhatExpires) {
  const uint64_t expiry = clock_.now_ms + kOneHourMs;
  const std::string id = Share({{"expiry", Instant(expiry)}});
  Must(Of(bank_).Hold(Ben(), "order of a court", {id, ""}).status());
  Must(charity_.Amend(id, {{"title", "Another car wash"}}));
  line_.Meet();
  EXPECT_EQ(Copies(bank_, id), 1u);
  clock_.now_ms = expiry + 24 * kOneHourMs;
  Erase(bank_);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(Copies(bank_, id), 2u);
}

TEST_F(RetentionTest, AHoldOnOurOwnRecordKeepsACopyWhenItIsRecalled) {
  const std::string id = Share();
  Must(Of(charity_).Hold(Ben(), "order of a court", {id, ""}).status());
  Must(charity_.Recall(id));
  line_.Meet();
  EXPECT_TRUE(charity_.Open(id).empty());
  EXPECT_EQ(Copies(charity_, id), 1u);
  EXPECT_EQ(StateAtBank(id), ledger::HoldingState::kErased);
}

TEST_F(RetentionTest, NothingUnderHoldIsDisposedOf) {
  const std::string id = Share();
  for (MemoryNode* node : {&charity_, &bank_}) {
    Must(Of(*node).Hold(Ben(), "order of a court", {id, ""}).status());
    auto refused = Of(*node).Dispose(Ben(), "no purpose any more", {id, ""}, false);
    EXPECT_TRUE(absl::IsFailedPrecondition(refused.status())) << refused.status();
    EXPECT_FALSE(node->Open(id).empty());
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Of(charity_).Release(Ben(), "over", {Share(), ""}).status()));
}

TEST_F(RetentionTest, WhatWeDisposeOfIsErasedWhereverItWent) {
  const std::string id = Share();
  const Disposed shown = Must(Of(charity_).Dispose(Ben(), "no purpose any more", {id, ""}, true));
  EXPECT_FALSE(shown.disposed);
  EXPECT_EQ(shown.holders, (std::vector<std::string>{"bank"}));
  EXPECT_FALSE(charity_.Open(id).empty());
  EXPECT_TRUE(Must(Of(charity_).Dispose(Ben(), "no purpose any more", {id, ""}, false)).disposed);
  line_.Meet();
  EXPECT_TRUE(charity_.Open(id).empty());
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(StateAtBank(id), ledger::HoldingState::kErased);
  const auto decided = Entries(charity_, "keeping");
  ASSERT_EQ(decided.size(), 1u);
  const auto& keeping = std::get<ledger::KeepingDecided>(decided.front());
  EXPECT_EQ(keeping.user, "ben");
  EXPECT_EQ(keeping.reason, "no purpose any more");
  const auto erasures = Entries(charity_, "erasure");
  ASSERT_EQ(erasures.size(), 1u);
  EXPECT_EQ(std::get<ledger::Change>(erasures.front()).source, "disposal");
}

// Whoever looked at a plan disposes of what it showed: not of a later revision, and not at further partners.
TEST_F(RetentionTest, ADisposalIsOfWhatWasShown) {
  const std::string id = Share();
  for (MemoryNode* node : {&charity_, &bank_}) {
    const Disposed shown = Must(Of(*node).Dispose(Ben(), "no purpose any more", {id, ""}, true));
    EXPECT_EQ(Must(Of(*node).Dispose(Ben(), "no purpose any more", {id, ""}, true)).digest, shown.digest);
    if (node == &charity_) {
      Must(charity_.Amend(id, {{"title", "Another car wash"}}));
    } else {
      line_.Meet();  // the amendment comes
    }
    auto stale = Of(*node).Dispose(Ben(), "no purpose any more", {id, ""}, false, shown.digest);
    EXPECT_TRUE(absl::IsFailedPrecondition(stale.status())) << stale.status();
    EXPECT_FALSE(node->Open(id).empty());
  }
  const Disposed now = Must(Of(bank_).Dispose(Ben(), "no purpose any more", {id, ""}, true));
  EXPECT_TRUE(Must(Of(bank_).Dispose(Ben(), "no purpose any more", {id, ""}, false, now.digest)).disposed);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_FALSE(charity_.Open(id).empty());

  const std::string alone = charity_.Add("report", {{"title", "Farm"}, {"tlp", "GREEN"}, {"purpose", "prevention"}});
  const Disposed before = Must(Of(charity_).Dispose(Ben(), "no purpose any more", {alone, ""}, true));
  EXPECT_TRUE(before.holders.empty());
  line_.Meet();  // now the bank holds it too
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Of(charity_).Dispose(Ben(), "no purpose any more", {alone, ""}, false, before.digest).status()));
  const Disposed shown = Must(Of(charity_).Dispose(Ben(), "no purpose any more", {alone, ""}, true));
  EXPECT_EQ(shown.holders, (std::vector<std::string>{"bank"}));
  EXPECT_TRUE(Must(Of(charity_).Dispose(Ben(), "no purpose any more", {alone, ""}, false, shown.digest)).disposed);
}

TEST_F(RetentionTest, WhatAnotherWroteIsDisposedOfHereAloneAndNotTakenAgain) {
  const std::string id = Share();
  EXPECT_TRUE(Must(Of(bank_).Dispose(Ben(), "no purpose any more", {id, ""}, false)).disposed);
  EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_FALSE(charity_.Open(id).empty());
  charity_.Apply(
      R"(@id("none") permit (principal, action == Action::"disclose", resource) when { resource.record.tlp in Tlp::"CLEAR" };)");
  line_.Meet();
  charity_.Apply(support::kShareAll);
  line_.Meet();
  EXPECT_TRUE(bank_.Open(id).empty());
}

TEST_F(RetentionTest, IsDueByItsGroupAndWhatWasDecided) {
  const std::string ordinary = Share();
  const std::string serious = Share({{"retention", "mopi-2"}});
  const auto due = [&](MemoryNode& node) {
    std::vector<std::string> ids;
    for (const DueRecord& one :
         Must(Of(node).Due(Ben(), "monthly review", uint64_t{90} * 24 * kOneHourMs, 0, 0)).records) {
      ids.push_back(record::FormatRecordId(one.id));
    }
    return ids;
  };
  EXPECT_TRUE(due(charity_).empty());
  clock_.now_ms += 6 * kOneYearMs + uint64_t{10} * 24 * kOneHourMs;
  EXPECT_EQ(due(charity_), (std::vector<std::string>{ordinary}));
  EXPECT_EQ(due(bank_), (std::vector<std::string>{ordinary}));
  const uint64_t next = Must(Of(charity_).Retain(Ben(), "still before the court", {ordinary, ""}, std::nullopt));
  EXPECT_GT(next, clock_.now_ms + 5 * kOneYearMs);
  EXPECT_TRUE(due(charity_).empty());
  Must(Of(charity_).Retain(Ben(), "look again soon", {serious, ""}, clock_.now_ms + 24 * kOneHourMs).status());
  EXPECT_EQ(due(charity_), (std::vector<std::string>{serious}));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Retain(Ben(), "", {serious, ""}, std::nullopt).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Of(charity_).Retain(Ben(), "x", {serious, ""}, clock_.now_ms).status()));
  // Whoever was shown which records are due stands in the register.
  EXPECT_EQ(std::get<ledger::Consultation>(Entries(charity_, "access").front()).verb, "review list");
}

TEST_F(RetentionTest, AListOfWhatIsDueGoesOnWhereAPageEnded) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}}));
  clock_.now_ms += 7 * kOneYearMs;
  std::vector<std::string> listed;
  for (uint64_t from = 0;;) {
    const DueList page = Must(Of(charity_).Due(Ben(), "review", 0, from, 2));
    EXPECT_LE(page.records.size(), 2u);
    for (const DueRecord& one : page.records) listed.push_back(record::FormatRecordId(one.id));
    if (page.next == 0) break;
    from = page.next;
  }
  EXPECT_EQ(listed, ids);
}

// A list tells nobody of a record of which they may not know, and the register does not say that they saw it.
TEST_F(RetentionTest, AListOfWhatIsDueLeavesOutWhatItsAskerMayNotKnowOf) {
  const std::string told = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}});
  const std::string hidden = charity_.Add("report", {{"title", "Odd wages"}, {"tlp", "GREEN"}});
  clock_.now_ms += 7 * kOneYearMs;
  const DueList list = Must(Of(charity_).Due(
      Ben(), "review", 0, 0, 0, [&hidden](const DueRecord& one) { return record::FormatRecordId(one.id) != hidden; }));
  ASSERT_EQ(list.records.size(), 1u);
  EXPECT_EQ(record::FormatRecordId(list.records.front().id), told);
  EXPECT_EQ(std::get<ledger::Consultation>(Entries(charity_, "access").front()).records.size(), 1u);
  const size_t entries = Entries(charity_, "access").size();
  EXPECT_TRUE(Must(Of(charity_).Due(Ben(), "review", 0, 0, 0, [](const DueRecord&) { return false; })).records.empty());
  EXPECT_EQ(Entries(charity_, "access").size(), entries) << "nothing was shown";
}

TEST_F(RetentionTest, ATriedDecisionSaysTheNextReviewAndDecidesNothing) {
  const std::string id = charity_.Add("report", {{"title", "Car wash"}, {"tlp", "GREEN"}});
  clock_.now_ms += 7 * kOneYearMs;
  const size_t entries = Entries(charity_, "").size();
  const uint64_t next = Must(Of(charity_).Retain(Ben(), "still of use", {id, ""}, std::nullopt, /*dry_run=*/true));
  EXPECT_GT(next, clock_.now_ms);
  EXPECT_EQ(Entries(charity_, "").size(), entries);
  EXPECT_EQ(Must(Of(charity_).Due(Ben(), "review", 0, 0, 0)).records.size(), 1u) << "it is due as before";
}

}  // namespace
}  // namespace tidegate::flow
