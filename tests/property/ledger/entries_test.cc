// What the register writes it reads, whatever people and partners wrote.
#include <algorithm>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "node/ledger/ledger.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::ledger {
namespace {

using property::Dice;

std::string AnyText(Dice& dice) { return dice.Bytes(dice.Chance(20) ? 70'000 : dice.Length(300)); }

std::vector<record::RecordId> AnyIds(Dice& dice) {
  std::vector<record::RecordId> ids(dice.Length(20));
  for (record::RecordId& id : ids) id[0] = static_cast<uint8_t>(dice.Below(256));
  return ids;
}

Intent AnyIntent(Dice& dice) {
  Intent intent{AnyText(dice), dice.Below(1000), dice.Below(UINT64_MAX), {}, AnyText(dice), {}};
  for (uint64_t i = dice.Length(40); i > 0; --i) {
    IntendedRecord& record = intent.records.emplace_back();
    record.seq = dice.Below(UINT64_MAX);
    record.notice = dice.Chance(3);
    for (uint16_t slot = 0; slot < 40; ++slot) {
      if (dice.Chance(8)) record.openings.push_back({slot, static_cast<uint8_t>(dice.Below(4))});
    }
  }
  return intent;
}

Entry AnyEntry(Dice& dice) {
  const uint64_t at = dice.Below(UINT64_MAX);
  switch (dice.Below(6)) {
    case 0:
      return AnyIntent(dice);
    case 1:
      return Receipt{
          AnyText(dice), 7, at, static_cast<Answer>(1 + dice.Below(3)), AnyText(dice), dice.Bytes(64), 1, 2, 3};
    case 2:
      return Access{at, AnyText(dice), AnyText(dice), AnyText(dice), AnyIds(dice)};
    case 3:
      return Change{
          static_cast<Deed>(1 + dice.Below(5)), at, AnyText(dice), AnyText(dice), AnyText(dice), 1, 9, 9, AnyIds(dice)};
    case 4:
      return PartnerChange{at, AnyText(dice), AnyText(dice), AnyText(dice)};
    default:
      return Refusal{at, AnyText(dice), AnyText(dice), {}, AnyText(dice)};
  }
}

TEST(Entries, WhatIsWrittenIsRead) {
  Dice dice("entries");
  for (int round = 0; round < Dice::Rounds(2000); ++round) {
    const std::string bytes = EncodeEntry(AnyEntry(dice));
    const absl::StatusOr<Entry> again = DecodeEntry(bytes);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(EncodeEntry(*again), bytes);
  }
}

}  // namespace
}  // namespace tidegate::ledger
