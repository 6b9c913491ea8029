// Rows of leftovers (FEED.md, "Leftovers"): each that may stand in the store is read, and what settling writes is read
// again. A changed row is read or refused.
#include "node/flow/leftovers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "crypto/bytes.h"
#include "policy/principal_mint.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"
#include "tests/support/memory_node.h"

namespace tidegate::flow {
namespace {

using property::Dice;

constexpr char kRows[] = "leftovers";

class LeftoverRows : public testing::Test {
 protected:
  // Its own thread must not look, too: it would go on from the rows that a test puts there.
  LeftoverRows() {
    leftovers_.Stop();
    support::Must(leftovers_.Look());
  }

  static std::string Row(LeftoverKind kind, const record::RecordId& id, bool settled) {
    crypto::ByteWriter out;
    out.Raw(crypto::Label("TDGlff1")).U8(static_cast<uint8_t>(kind)).Raw(id).U8(settled ? 1 : 0);
    return out.Take();
  }
  static std::string Item(LeftoverKind kind, const record::RecordId& id) {
    return std::to_string(static_cast<int>(kind)) + "/" + record::FormatRecordId(id);
  }
  static std::string Way(uint64_t next, uint64_t last, bool more) {
    crypto::ByteWriter out;
    out.Raw(crypto::Label("TDGlfw1")).U64(next).U64(last).U8(more ? 1 : 0);
    return out.Take();
  }
  std::string Get(const std::string& item) const {
    return support::Must(node_.Read()->GetNamed(store::Named::kSetting, kRows, item));
  }
  void Put(const std::string& item, const std::string& row) {
    support::Must(node_.store().Write([&](store::WriteTransaction& transaction) {
      return transaction.PutNamed(store::Named::kSetting, kRows, item, row);
    }));
  }

  support::Clock clock_;
  support::MemoryNode node_{"harbour", "charity", clock_};
  Leftovers leftovers_{node_.store(), node_.disclosures(), [this] { return clock_.now_ms; }};
  const Act act_{policy::PrincipalMint::Mint("ana", true, policy::EveryRole()), "looked at", 1};
};

TEST_F(LeftoverRows, WhatSettlingWritesIsReadAgain) {
  Dice dice("LeftoverRows.WhatSettlingWritesIsReadAgain");
  for (int round = 0; round < Dice::Rounds(100); ++round) {
    const LeftoverKind kind = kLeftoverKinds[dice.Below(std::size(kLeftoverKinds))];
    const auto id = crypto::RandomArray<16>();
    Put(Item(kind, id), Row(kind, id, false));
    ASSERT_TRUE(leftovers_.Open().ok()) << leftovers_.Open().status();
    const absl::Status settled = leftovers_.Settle(id, act_);
    ASSERT_TRUE(settled.ok()) << settled;
    EXPECT_EQ(Get(Item(kind, id)), Row(kind, id, true));
    ASSERT_TRUE(leftovers_.Open().ok()) << leftovers_.Open().status();
    EXPECT_TRUE(absl::IsNotFound(leftovers_.Settle(id, act_)));
  }
}

TEST_F(LeftoverRows, HowFarItWasLookedIsReadAsItWasWritten) {
  Dice dice("LeftoverRows.HowFarItWasLookedIsReadAsItWasWritten");
  EXPECT_EQ(Get("way"), Way(1, 0, false)) << "of an empty store";
  for (int round = 0; round < Dice::Rounds(100); ++round) {
    const uint64_t next = dice.Chance(4) ? UINT64_MAX : dice.Length(UINT64_MAX);
    const uint64_t last = dice.Chance(4) ? UINT64_MAX : dice.Length(UINT64_MAX);
    const bool more = dice.Chance(2);
    Put("way", Way(next, last, more));
    const absl::StatusOr<LeftoverList> list = leftovers_.Open();
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_EQ(list->looking, next <= last);
    EXPECT_EQ(list->more, more);
  }
}

TEST_F(LeftoverRows, AChangedRowIsReadOrPassedOver) {
  Dice dice("LeftoverRows.AChangedRowIsReadOrPassedOver");
  const auto id = crypto::RandomArray<16>();
  const std::string item = Item(LeftoverKind::kLoose, id);
  property::Mutate(dice, Row(LeftoverKind::kLoose, id, false), [&](const std::string& changed) {
    Put(item, changed);
    EXPECT_TRUE(leftovers_.Open().ok());
    const bool whole = changed.size() == 26 && changed.starts_with("TDGlff1") && changed[7] == 0 && changed[8] >= 1 &&
                       changed[8] <= 3 && changed.substr(9, 16) == crypto::View(id) && changed[25] == 0;
    EXPECT_EQ(leftovers_.Settle(id, act_).ok(), whole);
  });
  Put(item, Row(LeftoverKind::kLoose, id, true));
  property::Mutate(dice, Way(1, 0, false), [&](const std::string& changed) {
    Put("way", changed);
    const absl::StatusOr<LeftoverList> list = leftovers_.Open();
    ASSERT_TRUE(list.ok()) << list.status();
    const bool whole = changed.size() == 25 && changed.starts_with("TDGlfw1") && changed[7] == 0 &&
                       (changed[24] == 0 || changed[24] == 1);
    EXPECT_EQ(list->looking, !whole || changed.substr(8, 8) <= changed.substr(16, 8)) << "it is looked at again";
  });
}

}  // namespace
}  // namespace tidegate::flow
