// The frontier: all work is done once, and closing always comes before opening, with any interruption.
#include "node/feed/frontier.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

#include "crypto/secret.h"

namespace tidegate::feed {
namespace {

policy::Digest Decision(uint8_t number) {
  policy::Digest digest{};
  digest[0] = number;
  return digest;
}

TEST(FrontierTest, NewArrivalsComeOnceAndInOrder) {
  Frontier frontier;
  EXPECT_FALSE(frontier.Next(Decision(1), 0).has_value());
  auto work = frontier.Next(Decision(1), 10);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kNew);
  EXPECT_EQ(work->range, (Range{1, 10}));
  frontier.Done(*work, 4, Decision(1));
  EXPECT_EQ(frontier.end(), 4u);
  EXPECT_EQ(frontier.Next(Decision(1), 10)->range, (Range{5, 10}));
}

TEST(FrontierTest, AChangedDecisionTightensEverythingBeforeItLoosensAnything) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  frontier.Done({Need::kNew, {6, 9}}, 9, Decision(2));
  auto work = frontier.Next(Decision(3), 12);
  ASSERT_EQ(work->need, Need::kTighten);
  frontier.Done(*work, work->range.last, Decision(3));
  work = frontier.Next(Decision(3), 12);
  ASSERT_EQ(work->need, Need::kTighten);
  frontier.Done(*work, work->range.last, Decision(3));
  work = frontier.Next(Decision(3), 12);
  ASSERT_EQ(work->need, Need::kLoosen);
  EXPECT_EQ(work->range, (Range{1, 9})) << "what was tightened alike is one piece";
  frontier.Done(*work, work->range.last, Decision(3));
  work = frontier.Next(Decision(3), 12);
  ASSERT_EQ(work->need, Need::kNew);
  EXPECT_EQ(work->range, (Range{10, 12}));
}

// A stream may break between taking back and opening; and where nothing is to be opened, no parcel brings the partner
// a cursor that says so.
TEST(FrontierTest, WhatWasTakenBackIsOpenedAgainWhenTheDecisionBeforeComesBack) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  frontier.Done({Need::kTighten, {1, 5}}, 3, Decision(2));
  frontier = *Frontier::Decode(frontier.Encode());
  auto work = frontier.Next(Decision(1), 5);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kTighten);
  EXPECT_EQ(work->range, (Range{1, 3}));
  frontier.Done(*work, 3, Decision(1));
  work = frontier.Next(Decision(1), 5);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kLoosen);
  EXPECT_EQ(work->range, (Range{1, 3})) << "of 4 and 5 nothing was taken back";
  frontier.Done(*work, 3, Decision(1));
  EXPECT_FALSE(frontier.Next(Decision(1), 5).has_value());
}

TEST(FrontierTest, ACursorOfTheVersionBeforeThatWasOnlyTightenedIsLoosenedUnderAnyDecision) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  std::string bytes = frontier.Encode();
  constexpr size_t kTightened = 1 + 8 + 8 + 2 + 8;
  bytes[kTightened] = 2;
  auto old = Frontier::Decode(bytes);
  ASSERT_TRUE(old.ok());
  auto work = old->Next(Decision(1), 5);
  ASSERT_TRUE(work.has_value());
  ASSERT_EQ(work->need, Need::kTighten);
  old->Done(*work, 5, Decision(1));
  work = old->Next(Decision(1), 5);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kLoosen);
}

TEST(FrontierTest, WhatIsDoubtedIsDoneAgainUnderTheSameDecision) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 9}}, 9, Decision(1));
  frontier.Done({Need::kNew, {15, 20}}, 20, Decision(1));
  frontier.Doubt({4, 11});
  for (const Need need : {Need::kTighten, Need::kTighten}) {
    auto work = frontier.Next(Decision(1), 20);
    ASSERT_TRUE(work.has_value());
    EXPECT_EQ(work->need, need);
    EXPECT_GE(work->range.first, 4u);
    EXPECT_LE(work->range.last, 11u);
    frontier.Done(*work, work->range.last, Decision(1));
  }
  auto work = frontier.Next(Decision(1), 20);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kLoosen);
  EXPECT_EQ(work->range, (Range{4, 9}));
  frontier.Done(*work, 9, Decision(1));
  work = frontier.Next(Decision(1), 20);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kNew) << "what was passed over still comes last";
  EXPECT_EQ(work->range, (Range{10, 14}));
  frontier.Doubt({21, 40});
  EXPECT_EQ(frontier.end(), 20u) << "what was never looked at is no piece";
}

TEST(FrontierTest, WorkThatItNeverGaveChangesNothing) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  const Frontier before = frontier;
  frontier.Done({Need::kTighten, {6, 9}}, 9, Decision(2));
  EXPECT_EQ(frontier, before);
}

TEST(FrontierTest, WhatWasPassedOverComesLast) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  auto work = frontier.At(*frontier.Next(Decision(1), 120), 100, 120);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kNew);
  EXPECT_EQ(work->range, (Range{100, 120}));
  frontier.Done(*work, 120, Decision(1));
  work = frontier.Next(Decision(1), 130);
  EXPECT_EQ(work->range, (Range{121, 130})) << "what has just come goes first";
  EXPECT_FALSE(frontier.At(*work, 3, 130).has_value()) << "done";
  EXPECT_FALSE(frontier.At(*work, 131, 130).has_value()) << "not there yet";
  frontier.Done(*work, 130, Decision(1));
  // A changed decision takes back and opens what was done before the rest is begun.
  work = frontier.Next(Decision(2), 130);
  EXPECT_FALSE(frontier.At(*work, 50, 130).has_value());
  for (; work->need == Need::kTighten; work = frontier.Next(Decision(2), 130)) {
    frontier.Done(*work, work->range.last, Decision(2));
  }
  EXPECT_EQ(work->range, (Range{1, 5}));
  EXPECT_FALSE(frontier.At(*work, 50, 130).has_value());
  frontier.Done(*work, 5, Decision(2));
  work = frontier.Next(Decision(2), 130);
  EXPECT_EQ(work->range, (Range{100, 130}));
  frontier.Done(*work, 130, Decision(2));
  work = frontier.Next(Decision(2), 130);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->need, Need::kNew);
  EXPECT_EQ(work->range, (Range{6, 99}));
  // In what was postponed, others may be joined as well.
  work = frontier.At(*work, 51, 130);
  ASSERT_TRUE(work.has_value());
  EXPECT_EQ(work->range, (Range{51, 99}));
  frontier.Done(*work, 60, Decision(2));
  work = frontier.Next(Decision(2), 130);
  EXPECT_EQ(work->range, (Range{6, 50}));
  frontier.Done(*work, 50, Decision(2));
  work = frontier.Next(Decision(2), 130);
  EXPECT_EQ(work->range, (Range{61, 99}));
  frontier.Done(*work, 99, Decision(2));
  EXPECT_FALSE(frontier.Next(Decision(2), 130).has_value());
  EXPECT_EQ(frontier.pieces(), 1u);
}

TEST(FrontierTest, WhateverIsInterruptedEveryArrivalIsBroughtToTheLastDecision) {
  const char* given = std::getenv("TIDEGATE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE(testing::Message() << "TIDEGATE_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    Frontier frontier;
    constexpr uint8_t kTakenBack = 0xff;
    std::map<uint64_t, std::pair<uint8_t, uint8_t>> state;  // arrival -> tightened, decided
    uint64_t newest = 0;
    uint8_t decision = 1;
    for (int step = 0; step < 60; ++step) {
      newest += random() % 5;
      if (random() % 10 == 0) decision = static_cast<uint8_t>(1 + random() % 3);  // an earlier one comes back, too
      auto work = frontier.Next(Decision(decision), newest);
      if (!work) continue;
      if (random() % 3 == 0) {
        if (auto joined = frontier.At(*work, 1 + random() % newest, newest)) work = joined;
      }
      ASSERT_LE(work->range.first, work->range.last);
      const uint64_t last = work->range.first + random() % (work->range.last - work->range.first + 1);
      for (uint64_t seq = work->range.first; seq <= last; ++seq) {
        if (work->need == Need::kNew) {
          // The arrivals below it that were passed over have nothing to take back. They must still be opened.
          for (uint64_t passed = seq - 1; passed > 0 && state.count(passed) == 0; --passed)
            state[passed] = {decision, 0};
          ASSERT_EQ(state[seq].second, 0) << "arrival " << seq << " was new twice";
          state[seq] = {decision, decision};
        } else if (work->need == Need::kTighten) {
          auto& [tightened, decided] = state.at(seq);
          tightened = decision;
          if (decided != 0 && decided != decision) decided = kTakenBack;
        } else {
          for (const auto& [other, versions] : state)
            ASSERT_EQ(versions.first, decision) << "loosened before " << other;
          state.at(seq).second = decision;
        }
      }
      frontier.Done(*work, last, Decision(decision));
      auto again = Frontier::Decode(frontier.Encode());
      ASSERT_TRUE(again.ok());
      ASSERT_EQ(*again, frontier);
    }
    while (auto work = frontier.Next(Decision(decision), newest)) {
      for (uint64_t seq = work->range.first; seq <= work->range.last; ++seq) {
        auto& [tightened, decided] = state[seq];
        ASSERT_NE(work->need == Need::kTighten ? tightened : decided, decision) << "done again";
        tightened = decision;
        if (work->need != Need::kTighten) {
          decided = decision;
        } else if (decided != 0 && decided != decision) {
          decided = kTakenBack;
        }
      }
      frontier.Done(*work, work->range.last, Decision(decision));
    }
    EXPECT_EQ(frontier.end(), newest);
    EXPECT_EQ(state.size(), newest);
    for (const auto& [seq, versions] : state) {
      EXPECT_EQ(versions, (std::pair{decision, decision})) << "arrival " << seq;
    }
  }
}

TEST(FrontierTest, DamagedBytesAreRefused) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  frontier.set_log_size(7);
  frontier.set_parcel(3);
  const std::string bytes = frontier.Encode();
  EXPECT_FALSE(Frontier::Decode("").ok());
  EXPECT_FALSE(Frontier::Decode(bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_FALSE(Frontier::Decode(bytes + "x").ok());
  std::string other = bytes;
  other[0] = 9;
  EXPECT_FALSE(Frontier::Decode(other).ok());
}

class SealedFrontierTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::InitialiseCrypto().ok());
    folder_ = std::filesystem::path(testing::TempDir()) / "frontier_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    const std::string key = folder_ / "key";
    ASSERT_TRUE(vault::MasterKey::CreateKeyFile(key).ok());
    auto master = vault::MasterKey::FromKeyFile(key);
    ASSERT_TRUE(master.ok());
    auto vault = vault::Vault::Create(folder_ / "keyring", *std::move(master));
    ASSERT_TRUE(vault.ok());
    vault_ = *std::move(vault);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::unique_ptr<vault::Vault> vault_;
};

TEST_F(SealedFrontierTest, ACursorOpensForItsOwnPartnerAlone) {
  Frontier frontier;
  frontier.Done({Need::kNew, {1, 5}}, 5, Decision(1));
  auto cursor = frontier.Seal(*vault_, "northbank");
  ASSERT_TRUE(cursor.ok());
  auto opened = Frontier::Open(*vault_, "northbank", *cursor);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, frontier);
  EXPECT_FALSE(Frontier::Open(*vault_, "police", *cursor).ok());
  std::string flipped = *cursor;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_FALSE(Frontier::Open(*vault_, "northbank", flipped).ok());
  auto first = Frontier::Open(*vault_, "northbank", "");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->end(), 0u);
}

}  // namespace
}  // namespace tidegate::feed
