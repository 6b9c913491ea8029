// However far a partner came, and in any way: its cursor says the same when it comes back. The sender can read every
// cursor that it gave out, and a parcel has room for it.
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "node/feed/frontier.h"
#include "node/parcel/parcel.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"
#include "tests/support/memory_node.h"

namespace tidegate::feed {
namespace {

using property::Dice;

// The most pieces of a frontier that is sealed.
constexpr uint64_t kMostPieces = 512;

policy::Digest Decision(uint8_t number) {
  policy::Digest decision{};
  decision.front() = number;
  return decision;
}

// Work as a stream does it: in its order or begun in its middle, done whole or in part, doubted now and then.
void Go(Dice& dice, Frontier& frontier, uint64_t newest) {
  const policy::Digest decision = Decision(static_cast<uint8_t>(1 + dice.Below(4)));
  auto work = frontier.Next(decision, newest);
  if (!work) return;
  if (dice.Chance(3)) {
    if (auto later = frontier.At(*work, work->range.first + dice.Below(50), newest)) work = later;
  }
  const uint64_t length = work->range.last - work->range.first + 1;
  frontier.Done(*work, work->range.first + dice.Below(length), decision);
  if (dice.Chance(5)) frontier.Doubt({1 + dice.Below(newest), newest});
}

// The policies changed after every arrival.
Frontier InPieces(uint64_t count) {
  Frontier frontier;
  for (uint64_t at = 1; at <= count; ++at) {
    frontier.Done({Need::kNew, {at, at}}, at, Decision(static_cast<uint8_t>(1 + at % 2)));
  }
  EXPECT_EQ(frontier.pieces(), count);
  return frontier;
}

class Frontiers : public testing::Test {
 protected:
  Frontiers() {
    const std::string key = folder_.path() + "/master.key";
    support::Must(vault::MasterKey::CreateKeyFile(key));
    vault_ = support::Must(
        vault::Vault::Create(folder_.path() + "/keyring", support::Must(vault::MasterKey::FromKeyFile(key))));
  }

  void ComesBack(const Frontier& frontier) {
    const absl::StatusOr<std::string> cursor = frontier.Seal(*vault_, "northbank");
    ASSERT_TRUE(cursor.ok()) << cursor.status();
    EXPECT_LE(cursor->size(), parcel::kMaxCursorBytes);
    const absl::StatusOr<Frontier> again = Frontier::Open(*vault_, "northbank", *cursor);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, frontier);
    EXPECT_FALSE(Frontier::Open(*vault_, "southbank", *cursor).ok()) << "another partner's cursor";
  }

  const support::Folder folder_;
  std::unique_ptr<vault::Vault> vault_;
};

TEST_F(Frontiers, ACursorComesBackAsItWent) {
  Dice dice("Frontiers.ACursorComesBackAsItWent");
  for (int round = 0; round < Dice::Rounds(200) && !HasFailure(); ++round) {
    Frontier frontier;
    frontier.set_log_size(dice.Below(UINT64_MAX));
    frontier.set_parcel(dice.Below(UINT64_MAX));
    uint64_t newest = 1;
    for (uint64_t steps = dice.Length(120); steps > 0; --steps) {
      newest += dice.Below(100);
      Go(dice, frontier, newest);
      ASSERT_LE(frontier.pieces(), kMostPieces);
      ComesBack(frontier);
    }
  }
}

TEST_F(Frontiers, TheMostPiecesComeBackAndOneMoreIsNotGivenOut) {
  ComesBack(Frontier());
  ComesBack(InPieces(kMostPieces));
  EXPECT_TRUE(absl::IsResourceExhausted(InPieces(kMostPieces + 1).Seal(*vault_, "northbank").status()));
}

TEST_F(Frontiers, AChangedCursorIsRefused) {
  Dice dice("Frontiers.AChangedCursorIsRefused");
  const std::string cursor = *InPieces(1 + dice.Below(10)).Seal(*vault_, "northbank");
  property::Mutate(dice, cursor, [this](const std::string& changed) {
    // No cursor at all is the cursor of a partner that has nothing.
    if (!changed.empty()) {
      EXPECT_FALSE(Frontier::Open(*vault_, "northbank", changed).ok());
    }
  });
}

TEST_F(Frontiers, ChangedBytesAreAFrontierThatCanBeWrittenOrAreRefused) {
  Dice dice("Frontiers.ChangedBytesAreAFrontierThatCanBeWrittenOrAreRefused");
  for (int round = 0; round < Dice::Rounds(30); ++round) {
    property::Mutate(dice, InPieces(dice.Length(20)).Encode(), [](const std::string& changed) {
      const absl::StatusOr<Frontier> read = Frontier::Decode(changed);
      if (!read.ok()) return;
      const absl::StatusOr<Frontier> again = Frontier::Decode(read->Encode());
      ASSERT_TRUE(again.ok()) << again.status();
      EXPECT_EQ(*again, *read);
    });
  }
}

}  // namespace
}  // namespace tidegate::feed
