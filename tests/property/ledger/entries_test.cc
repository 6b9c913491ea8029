// The register reads every entry that it wrote, with any text of people and partners in it.
#include <algorithm>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "node/ledger/ledger.h"
#include "node/ledger/parcels.h"
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

// Places of an intent, ascending.
std::vector<uint16_t> AnyPlaces(Dice& dice) {
  std::vector<uint16_t> places;
  for (uint16_t place = 0; place < 20; ++place) {
    if (dice.Chance(5)) places.push_back(place);
  }
  return places;
}

vault::BlindTermBytes AnyTerm(Dice& dice) {
  vault::BlindTermBytes term{};
  for (auto& byte : term) byte = static_cast<uint8_t>(dice.Below(256));
  return term;
}

Entry AnyEntry(Dice& dice) {
  const uint64_t at = dice.Below(UINT64_MAX);
  switch (dice.Below(10)) {
    case 0:
      return AnyIntent(dice);
    case 1: {
      Receipt receipt{
          AnyText(dice), 7, at, static_cast<Answer>(1 + dice.Below(3)), AnyText(dice), dice.Bytes(64), 1, 2, 3};
      receipt.erased = AnyPlaces(dice);
      receipt.refused = AnyPlaces(dice);
      return receipt;
    }
    case 2:
      return Consultation{
          at, AnyText(dice), AnyText(dice), AnyText(dice), AnyIds(dice), {AnyTerm(dice), AnyTerm(dice)}};
    case 3: {
      Change change{
          static_cast<Deed>(1 + dice.Below(5)), at, AnyText(dice), AnyText(dice), AnyText(dice), 1, 9, 9, AnyIds(dice)};
      change.import = dice.Below(3);
      return change;
    }
    case 4:
      return PartnerChange{at, AnyText(dice), AnyText(dice), AnyText(dice), AnyText(dice)};
    case 5:
      return PolicyApplied{at, AnyText(dice), AnyText(dice), {1}, {2}};
    case 6:
      return PolicyProposed{at, AnyText(dice), AnyText(dice), {3}, {4}};
    case 7:
      return PolicyWithdrawn{at, AnyText(dice), AnyText(dice), {5}};
    case 8:
      return UserChange{at, AnyText(dice), AnyText(dice), AnyText(dice), AnyText(dice)};
    default:
      return Refusal{at, AnyText(dice), AnyText(dice),
                     {}, AnyText(dice), {crypto::HashOf({"a"}), crypto::HashOf({"b"})}};
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

TEST(Parcels, WhatIsKeptOfOneIsRead) {
  Dice dice("parcels");
  for (int round = 0; round < Dice::Rounds(2000); ++round) {
    ParcelState state;
    state.parcel_seq = dice.Below(UINT64_MAX);
    state.intent_index = dice.Below(UINT64_MAX);
    state.at_ms = dice.Below(UINT64_MAX);
    state.has_notices = dice.Chance(2);
    if (dice.Chance(2)) state.manifest_index = dice.Below(UINT64_MAX);
    if (dice.Chance(2)) {
      state.receipt_index = dice.Below(UINT64_MAX);
      state.answer = static_cast<Answer>(1 + dice.Below(3));
      state.receipts = static_cast<uint8_t>(dice.Below(256));
      state.partly = dice.Chance(2);
    }
    const std::string partner = "bank-" + std::to_string(dice.Below(100));
    const std::string bytes = EncodeParcel(state, partner);
    std::string of;
    const absl::StatusOr<ParcelState> again = DecodeParcel(bytes, &of);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(of, partner);
    EXPECT_EQ(EncodeParcel(*again, of), bytes);
    // Version 0.1 wrote neither the label nor the number of an only receipt.
    if (state.receipt_index && state.receipts <= 1) continue;
    const absl::StatusOr<ParcelState> old = DecodeParcel(bytes.substr(8), &of);
    ASSERT_TRUE(old.ok()) << old.status();
    EXPECT_EQ(EncodeParcel(*old, of), bytes);
  }
}

TEST(Parcels, AnOnlyReceiptOfVersionZeroOneIsTheFirst) {
  ParcelState state;
  state.receipt_index = 17;
  state.answer = Answer::kStored;
  state.receipts = 1;
  const std::string bytes = EncodeParcel(state, "bank");
  const std::string old = bytes.substr(8, bytes.size() - 9);
  const absl::StatusOr<ParcelState> read = DecodeParcel(old);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeParcel(*read, "bank"), bytes);
}

}  // namespace
}  // namespace tidegate::ledger
