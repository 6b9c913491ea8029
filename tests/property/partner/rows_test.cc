// The rows of partners, invitations and circles. A written row is read, with any contents. With any byte changed it is
// read as the row that is written so, or refused.
#include "node/partner/rows.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/property/crypto/dice.h"
#include "tests/property/crypto/mutations.h"

namespace tidegate::partner {
namespace {

using property::Dice;
using property::Mutate;

SignedNotice AnyNotice(Dice& dice) {
  SignedNotice notice;
  notice.bytes = dice.Bytes(1 + dice.Length(600));
  for (auto& byte : notice.signature) byte = static_cast<uint8_t>(dice.Below(256));
  return notice;
}

std::vector<std::string> AnyNames(Dice& dice) {
  std::vector<std::string> names(dice.Length(12));
  for (std::string& name : names) name = dice.Bytes(dice.Length(64));
  return names;
}

PartnerRow AnyPartner(Dice& dice) {
  PartnerRow row;
  row.key_notice = AnyNotice(dice);
  row.kem_notice = AnyNotice(dice);
  row.address = dice.Bytes(dice.Length(300));
  row.claimed_address = dice.Bytes(dice.Length(300));
  row.letter_fingerprint = dice.Bytes(dice.Length(100));
  row.reply = dice.Bytes(dice.Length(4000));
  for (bool PartnerRow::*flag :
       {&PartnerRow::confirmed_by_us, &PartnerRow::confirmed_by_them, &PartnerRow::suspended, &PartnerRow::leaving,
        &PartnerRow::mismatched, &PartnerRow::to_review, &PartnerRow::quantum_safe}) {
    row.*flag = dice.Chance(2);
  }
  row.sector = dice.Bytes(dice.Length(40));
  row.country = dice.Bytes(dice.Length(3));
  if (dice.Chance(2)) {
    PairProof proof{};
    proof[0] = static_cast<uint8_t>(dice.Below(256));
    row.own_proof = row.their_proof = proof;
  }
  row.purposes = AnyNames(dice);
  row.legal_bases = AnyNames(dice);
  row.since_ms = dice.Below(UINT64_MAX);
  return row;
}

TEST(PartnerRowsProperty, APartnerIsReadAsItWasWritten) {
  Dice dice("partners");
  for (int round = 0; round < Dice::Rounds(100); ++round) {
    const PartnerRow row = AnyPartner(dice);
    const std::string bytes = EncodePartnerRow(row);
    const absl::StatusOr<PartnerRow> read = DecodePartnerRow(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(EncodePartnerRow(*read), bytes);
    EXPECT_EQ(read->address, row.address);
    EXPECT_EQ(read->purposes, row.purposes);
    EXPECT_EQ(read->legal_bases, row.legal_bases);
    EXPECT_EQ(read->own_proof, row.own_proof);
    EXPECT_EQ(read->suspended, row.suspended);
    EXPECT_EQ(read->leaving, row.leaving);
    EXPECT_EQ(read->since_ms, row.since_ms);
    Mutate(dice, bytes, [&bytes](const std::string& changed) {
      const absl::StatusOr<PartnerRow> other = DecodePartnerRow(changed);
      // A row of version 0.1 is read, and written in the form of now.
      if (other.ok() && changed.substr(0, 8) == bytes.substr(0, 8)) {
        EXPECT_EQ(EncodePartnerRow(*other), changed);
      }
    });
  }
}

TEST(PartnerRowsProperty, InvitationsFormerPartnersAndListsAreReadAsTheyWereWritten) {
  Dice dice("invitations");
  for (int round = 0; round < Dice::Rounds(200); ++round) {
    InvitationRow invitation;
    invitation.id[0] = static_cast<uint8_t>(dice.Below(256));
    invitation.hash = crypto::HashOf({dice.Bytes(8)});
    invitation.created_ms = dice.Below(UINT64_MAX);
    invitation.expires_ms = dice.Below(UINT64_MAX);
    invitation.with_code = dice.Chance(2);
    invitation.fingerprint = dice.Bytes(dice.Length(200));
    invitation.invitee = dice.Bytes(dice.Length(64));
    const std::string bytes = EncodeInvitationRow(invitation);
    const auto read = DecodeInvitationRow(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->invitee, invitation.invitee);
    EXPECT_EQ(EncodeInvitationRow(*read), bytes);
    Mutate(dice, bytes, [](const std::string& changed) {
      const auto other = DecodeInvitationRow(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeInvitationRow(*other), changed);
      }
    });

    const FormerRow former{AnyNotice(dice), dice.Below(UINT64_MAX)};
    const std::string kept = EncodeFormerRow(former);
    ASSERT_TRUE(DecodeFormerRow(kept).ok()) << DecodeFormerRow(kept).status();
    Mutate(dice, kept, [](const std::string& changed) {
      const auto other = DecodeFormerRow(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeFormerRow(*other), changed);
      }
    });

    const std::vector<std::string> names = AnyNames(dice);
    const std::string list = EncodeNameList(names);
    ASSERT_TRUE(DecodeNameList(list).ok()) << DecodeNameList(list).status();
    EXPECT_EQ(*DecodeNameList(list), names);
    Mutate(dice, list, [](const std::string& changed) {
      const auto other = DecodeNameList(changed);
      if (other.ok()) {
        EXPECT_EQ(EncodeNameList(*other), changed);
      }
    });
  }
}

}  // namespace
}  // namespace tidegate::partner
