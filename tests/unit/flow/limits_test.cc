// Bounds on what one partner may make a node keep or do. Each limit is reached and refused at layer `limit` with the
// key that sets it, and never stops what protects people. Also: the work of one parcel in one transaction.
#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "node/flow/budget.h"
#include "node/parcel/parcel.h"
#include "tests/support/line.h"

namespace tidegate::flow {
namespace {

using support::Assignments;
using support::Clock;
using support::Fate;
using support::kShareAll;
using support::Line;
using support::MemoryNode;
using support::Must;
using testing::HasSubstr;

constexpr uint64_t kDayMs = uint64_t{24} * 3600 * 1000;
constexpr uint64_t kMib = uint64_t{1} << 20;

// A refusal at layer limit that names the key.
void ExpectLimit(const absl::Status& status, const std::string& key) {
  EXPECT_EQ(parcel::LayerOf(status), parcel::Layer::kLimit) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(key)) << status;
}

TEST(UsedTest, EachLimitAllowsWhatItSaysAndNoMore) {
  Limits limits;
  limits.partner_records = 10;
  limits.partner_mib = 2;
  limits.partner_entries_a_day = 3;
  Used used;
  used.records = 8;
  EXPECT_TRUE(used.Within(limits, 2, 100, kDayMs).ok());
  ExpectLimit(used.Within(limits, 3, 100, kDayMs), "`partner_records` in [limits]");
  EXPECT_THAT(std::string(used.Within(limits, 3, 100, kDayMs).message()), HasSubstr("10 records held here"));

  used.bytes = kMib;
  EXPECT_TRUE(used.Within(limits, 1, kMib - 1, kDayMs).ok());
  ExpectLimit(used.Within(limits, 1, kMib, kDayMs), "`partner_mib` in [limits]");

  used.Enter(2, kDayMs);
  EXPECT_TRUE(used.MayEnter(limits, kDayMs).ok());
  used.Enter(1, kDayMs);
  ExpectLimit(used.MayEnter(limits, kDayMs + 1000), "`partner_entries_a_day` in [limits]");
  EXPECT_TRUE(used.MayEnter(limits, 2 * kDayMs).ok()) << "the next day it may again";
}

TEST(AllowanceTest, SoManyAtOnceThenSoManyASecondForEachPartner) {
  Allowance allowance(2, 1);
  EXPECT_TRUE(allowance.Take("bank", 1000));
  EXPECT_TRUE(allowance.Take("bank", 1000));
  EXPECT_FALSE(allowance.Has("bank", 1999));
  EXPECT_FALSE(allowance.Take("bank", 1999));
  EXPECT_TRUE(allowance.Take("police", 1999)) << "each partner has its own";
  EXPECT_TRUE(allowance.Take("bank", 2000));
  EXPECT_FALSE(allowance.Take("bank", 2000));
}

class LimitsTest : public testing::Test {
 protected:
  LimitsTest() {
    support::Pair(charity_, bank_);
    charity_.Apply(kShareAll);
  }
  std::string Report(MemoryNode& node, const std::string& title) {
    return node.Add("report",
                    {{"title", title}, {"tlp", "GREEN"}, {"purpose", "prevention"}, {"legal-basis", "gdpr-6-1-f"}});
  }
  Used UsedByCharity() { return bank_.receiving().UsedBy("charity"); }
  // The newest refusal that the bank entered.
  std::string Refusal() {
    ledger::Filter refusals;
    refusals.name = "refusal";
    auto page = Must(bank_.disclosures().List(refusals, 1, UINT64_MAX));
    if (page.entries.empty()) return "none";
    const auto& refusal = std::get<ledger::Refusal>(page.entries.front().entry);
    return refusal.layer + ": " + refusal.rule;
  }

  Clock clock_;
  MemoryNode charity_{"charity", "ngo", clock_}, bank_{"bank", "bank", clock_};
  Line line_{charity_, bank_};
};

TEST_F(LimitsTest, RecordsHeldFromOnePartnerHaveAnEndAndRoomComesBack) {
  bank_.SetLimits({.partner_records = 2});
  const std::string first = Report(charity_, "one"), second = Report(charity_, "two");
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_EQ(UsedByCharity().records, 2u);
  const std::string third = Report(charity_, "three");
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_TRUE(bank_.Open(third).empty());
  EXPECT_THAT(Refusal(), HasSubstr("limit: "));
  EXPECT_THAT(Refusal(), HasSubstr("`partner_records` in [limits] of tidegate.toml"));
  // A bank that is told to keep more takes it.
  bank_.SetLimits({.partner_records = 3});
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_FALSE(bank_.Open(third).empty());
  // A recall makes room, and is taken even if the limit is used up.
  ASSERT_TRUE(charity_.Recall(first).ok());
  line_.Meet();
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_EQ(UsedByCharity().records, 2u);
}

TEST_F(LimitsTest, ARecallInAParcelBeyondALimitIsTakenAtOnce) {
  bank_.SetLimits({.partner_records = 1});
  const std::string first = Report(charity_, "one");
  EXPECT_EQ(line_.Meet().stored, 1u);
  // One parcel: what it adds is too much until what it recalls is gone.
  ASSERT_TRUE(charity_.Recall(first).ok());
  const std::string second = Report(charity_, "two");
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_TRUE(bank_.Open(second).empty());
  EXPECT_THAT(Refusal(), HasSubstr("`partner_records` in [limits] of tidegate.toml"));
  EXPECT_EQ(UsedByCharity().records, 0u);
  // It comes again, and now there is room.
  EXPECT_EQ(line_.Meet().refused, 0u);
  EXPECT_FALSE(bank_.Open(second).empty());
  EXPECT_EQ(UsedByCharity().records, 1u);
}

TEST_F(LimitsTest, AWithdrawalInAParcelBeyondALimitIsTakenAtOnce) {
  bank_.SetLimits({.partner_entries_a_day = 1});
  const std::string first = Report(charity_, "one");
  EXPECT_EQ(line_.Meet().stored, 1u);
  ASSERT_TRUE(charity_.Amend(first, {{"tlp", "RED"}}).ok());
  const std::string second = Report(charity_, "two");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(line_.Meet().refused, 1u) << i;
    EXPECT_TRUE(bank_.Open(first).empty()) << i;
    EXPECT_TRUE(bank_.Open(second).empty()) << i;
  }
}

TEST_F(LimitsTest, RecallsOfWhatNeverCameAreAnsweredAndRememberedUpToALimit) {
  bank_.SetLimits({.partner_records = 2});
  for (int i = 0; i < 4; ++i) {
    const std::string lost = Report(charity_, "lost");
    EXPECT_TRUE(line_.Meet([](size_t) { return Fate::kLost; }).ended);
    ASSERT_TRUE(charity_.Recall(lost).ok());
    EXPECT_EQ(line_.Meet().refused, 0u) << i;
    EXPECT_THAT(Must(charity_.disclosures().Asked("bank", 10)).open, testing::IsEmpty()) << i;
  }
  EXPECT_EQ(bank_.Read()->LastSeq(), 2u) << "of four recalls two are kept";
  EXPECT_EQ(UsedByCharity().records, 2u);
  // A recall of what is held is carried out beyond the limit all the same.
  bank_.SetLimits({.partner_records = 3});
  const std::string held = Report(charity_, "held");
  EXPECT_EQ(line_.Meet().stored, 1u);
  bank_.SetLimits({.partner_records = 1});
  ASSERT_TRUE(charity_.Recall(held).ok());
  line_.Meet();
  EXPECT_TRUE(bank_.Open(held).empty());
}

TEST_F(LimitsTest, WhoTakesNoReceiptsGetsNothingMoreStored) {
  bank_.SetLimits({.partner_receipts = 3});
  Line deaf(charity_, bank_);
  deaf.LeaveReceipts();
  const auto receipt_lost = [](size_t) { return Fate::kReceiptLost; };
  const std::string first = Report(charity_, "one");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(deaf.Meet(receipt_lost).stored, 1u) << i;
    Report(charity_, "more");
  }
  EXPECT_EQ(deaf.Meet(receipt_lost).refused, 1u);
  EXPECT_THAT(Refusal(), HasSubstr("limit: "));
  // What it takes back is done all the same.
  ASSERT_TRUE(charity_.Recall(first).ok());
  EXPECT_EQ(deaf.Meet(receipt_lost).refused, 1u);
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_EQ(Must(bank_.receiving().Unacknowledged(bank_.directory().Find("charity"))).size(), 3u);
  // Once it takes them, everything goes on.
  EXPECT_EQ(line_.Meet().refused, 0u);
  EXPECT_THAT(Must(charity_.disclosures().Asked("bank", 10)).open, testing::IsEmpty());
}

TEST_F(LimitsTest, BytesOfParcelsHaveAnEnd) {
  bank_.SetLimits({.partner_mib = 1});
  const std::string filler(2000, 'x');
  size_t refused = 0;
  for (int round = 0; round < 40 && refused == 0; ++round) {
    for (int i = 0; i < 20; ++i) Report(charity_, filler);
    refused = line_.Meet().refused;
  }
  EXPECT_EQ(refused, 1u);
  EXPECT_LT(UsedByCharity().bytes, kMib);
  EXPECT_THAT(Refusal(), HasSubstr("`partner_mib` in [limits] of tidegate.toml"));
}

TEST_F(LimitsTest, EntriesOfTheRegisterHaveAnEndEachDay) {
  bank_.SetLimits({.partner_entries_a_day = 2});
  for (const char* title : {"one", "two"}) {
    Report(charity_, title);
    EXPECT_EQ(line_.Meet().stored, 1u);
  }
  const std::string third = Report(charity_, "three");
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_THAT(Refusal(), HasSubstr("`partner_entries_a_day` in [limits] of tidegate.toml"));
  clock_.now_ms += kDayMs;
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_FALSE(bank_.Open(third).empty());
}

TEST_F(LimitsTest, WhoAsksForTheSameAgainAndAgainIsSlowedDown) {
  charity_.SetLimits({.partner_resent_parcels = 3});
  Report(charity_, "one");
  const auto lost = [this] { return line_.Meet([](size_t) { return Fate::kLost; }); };
  EXPECT_TRUE(lost().ended);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(lost().ended) << i;
  const auto refused = line_.Meet();
  EXPECT_EQ(refused.stored, 0u);
  EXPECT_EQ(parcel::LayerOf(refused.status), parcel::Layer::kLimit) << refused.status;
  clock_.now_ms += 1000;
  EXPECT_EQ(line_.Meet().stored, 1u) << "a second later it may ask once more";
}

// --- What one parcel costs in one transaction. ---

TEST_F(LimitsTest, AParcelOfManyRecordsIsStoredInPieces) {
  bank_.SetLimits({.piece_work = 16});
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(Report(charity_, "r" + std::to_string(i)));
  const uint64_t before = bank_.store().Commits();
  EXPECT_EQ(line_.Meet().stored, 1u);
  EXPECT_GE(bank_.store().Commits() - before, 100u / 16);
  for (const std::string& id : ids) EXPECT_EQ(bank_.Open(id), charity_.Open(id));
  EXPECT_EQ(UsedByCharity().records, 100u);
  for (const std::string& id : ids) ASSERT_TRUE(charity_.Recall(id).ok());
  const uint64_t between = bank_.store().Commits();
  line_.Meet();
  EXPECT_GE(bank_.store().Commits() - between, 100u / 16);
  for (const std::string& id : ids) EXPECT_TRUE(bank_.Open(id).empty());
  EXPECT_EQ(UsedByCharity().records, 0u);
}

TEST_F(LimitsTest, WhoWaitsForTheWriterHasATurnBetweenTwoPieces) {
  bank_.SetLimits({.piece_work = 16});
  for (int i = 0; i < 100; ++i) Report(charity_, "r" + std::to_string(i));
  // Somebody writes until the parcel's first piece waits, and an operator behind it.
  std::latch busy(1), go(1);
  std::thread writer([&] {
    Must(bank_.store().Write([&](store::WriteTransaction&) {
      busy.count_down();
      go.wait();
      return absl::OkStatus();
    }));
  });
  busy.wait();
  std::thread receiver([&] { EXPECT_EQ(line_.Meet().stored, 1u); });
  while (bank_.store().Waiting() < 1) std::this_thread::yield();
  std::string ours;
  std::thread operators([&] { ours = Report(bank_, "ours"); });
  while (bank_.store().Waiting() < 2) std::this_thread::yield();
  go.count_down();
  writer.join();
  receiver.join();
  operators.join();
  const auto snapshot = bank_.Read();
  const uint64_t place = Must(snapshot->FindById(Must(record::ParseRecordId(ours))));
  EXPECT_LE(place, 16u + 1);
  EXPECT_EQ(snapshot->LastSeq(), 101u);
}

// A parcel that waits for room comes again and again with the same recalls.
TEST_F(LimitsTest, ARecallThatIsKnownIsNotStoredAgain) {
  const std::string first = Report(charity_, "one");
  EXPECT_EQ(line_.Meet().stored, 1u);
  bank_.SetLimits({.partner_records = 0});
  ASSERT_TRUE(charity_.Recall(first).ok());
  Report(charity_, "two");
  EXPECT_EQ(line_.Meet().refused, 1u);
  const uint64_t last = bank_.Read()->LastSeq();
  EXPECT_TRUE(bank_.Open(first).empty());
  EXPECT_EQ(line_.Meet().refused, 1u);
  EXPECT_EQ(bank_.Read()->LastSeq(), last);
}

// --- A store that can take no more records ---

TEST_F(LimitsTest, ARecallIsCarriedOutAlthoughTheRecordsBesideItFindNoRoom) {
  constexpr uint64_t kRoom = 512 << 10;
  const std::string first = Report(charity_, "one");
  EXPECT_EQ(line_.Meet().stored, 1u);
  const uint64_t used = bank_.store().BytesOnDisk();
  bank_.SetMostBytes((used / kRoom + 2) * kRoom);
  bank_.Crash();
  ASSERT_TRUE(charity_.Recall(first).ok());
  std::vector<std::string> large;
  for (int i = 0; i < 3; ++i) {
    large.push_back(charity_.Add("report", {{"title", "Long"},
                                            {"narrative", std::string(700'000, 'a')},
                                            {"tlp", "GREEN"},
                                            {"purpose", "prevention"},
                                            {"legal-basis", "gdpr-6-1-f"}}));
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(line_.Meet().refused, 1u) << i;
    EXPECT_TRUE(bank_.store().SpaceLeft().full) << i;
    EXPECT_TRUE(bank_.Open(first).empty()) << i;
    EXPECT_TRUE(bank_.Open(large.back()).empty()) << i;
  }
  EXPECT_THAT(Refusal(), HasSubstr("limit: "));
  bank_.SetMostBytes(uint64_t{1} << 34);  // once it has room, it takes them
  bank_.Crash();
  line_.Meet();
  for (const std::string& id : large) EXPECT_FALSE(bank_.Open(id).empty());
}

}  // namespace
}  // namespace tidegate::flow
