// The store's own rows. A written row is read, with any contents. With any byte changed it is read as the row that is
// written so, or refused.
#include "node/store/rows.h"

#include <gtest/gtest.h>

#include <string>

#include "node/store/index/index.h"
#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"

namespace tidegate::store {
namespace {

using property::Dice;
using property::Mutate;

uint64_t AnyNumber(Dice& dice) { return dice.Chance(2) ? dice.Length(300) : dice.Below(UINT64_MAX); }
uint32_t AnySmall(Dice& dice) {
  return static_cast<uint32_t>(dice.Chance(2) ? dice.Length(300) : dice.Below(UINT32_MAX));
}

std::vector<RowClaim> AnyClaims(Dice& dice) {
  std::vector<RowClaim> claims(dice.Length(6));
  for (RowClaim& claim : claims) {
    claim.giver = AnySmall(dice);
    for (uint64_t i = dice.Length(30); i > 0; --i) {
      claim.openings.push_back({static_cast<uint16_t>(dice.Below(65536)), static_cast<uint8_t>(dice.Below(256))});
    }
  }
  return claims;
}

TEST(RowsProperty, AnArrivalIsReadAsItWasWritten) {
  Dice dice("rows");
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    const std::string local = dice.Bytes(dice.Length(200)), view = dice.Bytes(dice.Length(3000));
    const std::string detail = dice.Bytes(dice.Length(100));
    Row row;
    row.event = static_cast<Event>(dice.Below(9));
    row.at_ms = AnyNumber(dice);
    if (IsRecord(row.event)) {
      row.own = dice.Chance(2);
      row.erased = dice.Chance(2);
      row.final = dice.Chance(2);
      row.superseded = dice.Chance(2);
      row.forked = dice.Chance(2);
      row.label = AnySmall(dice);
      row.origin = AnySmall(dice);
      row.log_index = AnyNumber(dice);
      row.proof = AnyNumber(dice);
      row.claims = AnyClaims(dice);
      row.local = local;
      row.view = view;
    } else {
      row.subject = AnyNumber(dice);
      row.detail = detail;
    }
    std::string bytes;
    EncodeRow(row, bytes);
    const absl::StatusOr<Row> read = DecodeRow(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->event, row.event);
    EXPECT_EQ(read->claims, row.claims);
    EXPECT_EQ(read->local, row.local);
    EXPECT_EQ(read->view, row.view);
    EXPECT_EQ(read->subject, row.subject);
    EXPECT_EQ(read->detail, row.detail);
    EXPECT_EQ(std::tie(read->at_ms, read->own, read->erased, read->final, read->superseded, read->forked, read->label,
                       read->origin, read->log_index, read->proof),
              std::tie(row.at_ms, row.own, row.erased, row.final, row.superseded, row.forked, row.label, row.origin,
                       row.log_index, row.proof));
    Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<Row> other = DecodeRow(changed);
      if (!other.ok()) return;
      std::string again;
      EncodeRow(*other, again);
      EXPECT_EQ(again, changed);
    });
  }
}

TEST(RowsProperty, AProofIsReadAsItWasWritten) {
  Dice dice("proofs");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    ParcelProof proof;
    proof.author = dice.Bytes(dice.Length(64));
    proof.giver = dice.Bytes(dice.Length(64));
    proof.note = dice.Bytes(dice.Length(2000));
    proof.log_size = AnyNumber(dice);
    uint64_t position = 0;
    for (uint64_t i = dice.Length(40); i > 0; --i) {
      position += 1 + dice.Below(100'000);
      proof.leaves.push_back({position, crypto::HashOf({dice.Bytes(8)})});
    }
    for (uint64_t i = dice.Length(40); i > 0; --i) proof.proof.push_back(crypto::HashOf({dice.Bytes(8)}));
    proof.manifest = crypto::HashOf({dice.Bytes(8)});
    const std::string bytes = EncodeProof(proof);
    const absl::StatusOr<ParcelProof> read = DecodeProof(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, proof);
    Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<ParcelProof> other = DecodeProof(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeProof(*other), changed);
      }
    });
  }
}

TEST(RowsProperty, ACountsKeyAndTheListOfRunsAreReadAsTheyWereWritten) {
  Dice dice("keys");
  for (int round = 0; round < Dice::Rounds(500); ++round) {
    CountKey key;
    key.label = AnySmall(dice);
    key.kind = AnySmall(dice);
    key.slot = static_cast<uint16_t>(dice.Below(65536));
    key.rungs = static_cast<uint16_t>(dice.Below(65536));
    key.marking = AnySmall(dice);
    const std::string bytes = EncodeCountKey(key);
    const absl::StatusOr<CountKey> read = DecodeCountKey(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, key);
    Mutate(dice, bytes, [](const std::string& changed) {
      const absl::StatusOr<CountKey> other = DecodeCountKey(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeCountKey(*other), changed);
      }
    });

    index::RunList runs;
    for (uint64_t i = dice.Length(20); i > 0; --i) {
      index::Run run;
      run.id = runs.next++;
      run.bytes = AnyNumber(dice);
      run.lowest = AnyNumber(dice);
      run.highest = AnyNumber(dice);
      run.owed = AnyNumber(dice);
      runs.runs.push_back(run);
    }
    for (index::Run& run : runs.runs) {
      if (dice.Chance(4) && run.id + 1 < runs.next) run.into = run.id + 1;
    }
    const std::string list = index::EncodeRuns(runs);
    const absl::StatusOr<index::RunList> again = index::DecodeRuns(list);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, runs);
    Mutate(dice, list, [](const std::string& changed) {
      const absl::StatusOr<index::RunList> other = index::DecodeRuns(changed);
      if (other.ok()) {
        EXPECT_EQ(index::EncodeRuns(*other), changed);
      }
    });
  }
}

}  // namespace
}  // namespace tidegate::store
