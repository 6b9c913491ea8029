// The bytes of partners in the store, as PARTNER.md has them: known answers, and what is refused.
#include "node/partner/rows.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace tidegate::partner {
namespace {

PartnerRow TheRow() {
  PartnerRow row;
  row.key_notice.bytes = "K";
  row.key_notice.signature.fill(0x22);
  row.kem_notice.bytes = "M";
  row.kem_notice.signature.fill(0x33);
  row.address = "h:1";
  row.letter_fingerprint = "f";
  row.confirmed_by_us = true;
  row.quantum_safe = true;
  row.purposes = {"prevention"};
  row.since_ms = 0x0102030405060708;
  return row;
}

// The common part of both forms of version 0.1, after the label.
std::string Common() {
  return absl::HexStringToBytes(
             "0043"
             "00014b") +
         std::string(64, '\x22') +
         absl::HexStringToBytes(
             "0043"
             "00014d") +
         std::string(64, '\x33') +
         absl::HexStringToBytes(
             "0003683a31"
             "000166"
             "0000"
             "09"
             "0102030405060708"
             "0001"
             "0a70726576656e74696f6e");
}

std::string WithoutBases() { return std::string("TDGptn1\0", 8) + Common(); }
std::string WithBases() {
  return std::string("TDGptn2\0", 8) + Common() +
         absl::HexStringToBytes(
             "0001"
             "07636f6e73656e74");
}

std::string Notices() { return Common().substr(0, size_t{2} * (2 + 2 + 1 + 64)); }

// As it is written now.
std::string Whole() {
  return std::string("TDGptn3\0", 8) + Notices() +
         absl::HexStringToBytes(
             "0003683a31"
             "0003683a32"
             "000166"
             "0000"
             "19"
             "0102030405060708"
             "0462616e6b"
             "024742"
             "0001"
             "0a70726576656e74696f6e"
             "0001"
             "07636f6e73656e74"
             "20") +
         std::string(32, '\x44') + "\x20" + std::string(32, '\x55');
}

PartnerRow WholeRow() {
  PartnerRow row = TheRow();
  row.claimed_address = "h:2";
  row.to_review = true;
  row.sector = "bank";
  row.country = "GB";
  row.legal_bases = {"consent"};
  row.own_proof.emplace().fill(0x44);
  row.their_proof.emplace().fill(0x55);
  return row;
}

TEST(PartnerRows, HaveTheseBytes) {
  EXPECT_EQ(absl::BytesToHexString(EncodePartnerRow(WholeRow())), absl::BytesToHexString(Whole()));
  const auto read = DecodePartnerRow(Whole());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodePartnerRow(*read), Whole());
  EXPECT_EQ(read->sector, "bank");
  EXPECT_EQ(read->claimed_address, "h:2");
  EXPECT_TRUE(read->to_review && read->quantum_safe && read->confirmed_by_us);
}

TEST(PartnerRows, OfVersionOneAreReadWithNothingSaidOfWhatThePartnerIs) {
  for (const std::string& old : {WithoutBases(), WithBases()}) {
    const auto read = DecodePartnerRow(old);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->sector, "");
    EXPECT_EQ(read->country, "");
    EXPECT_TRUE(read->to_review) << "it had been confirmed";
    EXPECT_EQ(read->address, "h:1");
    EXPECT_EQ(read->claimed_address, "h:1");
    EXPECT_EQ(read->purposes, std::vector<std::string>{"prevention"});
    EXPECT_EQ(read->legal_bases.size(), old == WithBases() ? 1u : 0u);
    EXPECT_TRUE(read->confirmed_by_us && read->quantum_safe);
    EXPECT_FALSE(read->confirmed_by_them || read->suspended || read->own_proof.has_value());
    const auto again = DecodePartnerRow(EncodePartnerRow(*read));
    ASSERT_TRUE(again.ok()) << "written in the newer form";
    EXPECT_TRUE(again->to_review);
  }
  std::string unconfirmed = WithoutBases();
  unconfirmed[unconfirmed.find('\x09', 8 + 138)] = '\x08';
  EXPECT_FALSE(DecodePartnerRow(unconfirmed)->to_review) << "its confirmation is still to come";
}

TEST(PartnerRows, EachHasOneForm) {
  // No bases under the label of those with bases, bases under the other, and flags that nobody has defined.
  EXPECT_FALSE(DecodePartnerRow(std::string("TDGptn2\0", 8) + Common() + std::string("\0\0", 2)).ok());
  EXPECT_FALSE(DecodePartnerRow(std::string("TDGptn1\0", 8) + WithBases().substr(8)).ok());
  std::string flags = WithoutBases();
  const size_t at = flags.find('\x09', 8 + 138);
  ASSERT_NE(at, std::string::npos);
  flags[at] = '\x19';
  EXPECT_FALSE(DecodePartnerRow(flags).ok()) << "a flag that version 0.1 did not have";
  std::string one_proof = Whole();
  one_proof.resize(one_proof.size() - 33);
  EXPECT_FALSE(DecodePartnerRow(one_proof + std::string(1, '\0')).ok()) << "both proofs or neither";
}

TEST(PartnerRows, DamagedBytesAreRefused) {
  for (const std::string& whole : {WithBases(), Whole()}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(DecodePartnerRow(whole.substr(0, size)).ok()) << "cut to " << size;
    }
    EXPECT_FALSE(DecodePartnerRow(whole + "x").ok());
  }
}

TEST(InvitationRows, ToAnybodyAreWrittenAsVersionOneDid) {
  InvitationRow row{.created_ms = 1, .expires_ms = 2, .with_code = true, .fingerprint = "f"};
  const std::string old = EncodeInvitationRow(row);
  EXPECT_EQ(old.substr(0, 8), std::string("TDGopn1\0", 8));
  EXPECT_EQ(DecodeInvitationRow(old)->invitee, "");
  row.invitee = "northbank";
  const std::string named = EncodeInvitationRow(row);
  EXPECT_EQ(named.substr(0, 8), std::string("TDGopn2\0", 8));
  EXPECT_EQ(named.substr(8), old.substr(8) + "\x09northbank");
  EXPECT_EQ(DecodeInvitationRow(named)->invitee, "northbank");
  EXPECT_FALSE(DecodeInvitationRow(std::string("TDGopn2\0", 8) + old.substr(8) + std::string(1, '\0')).ok());
}

TEST(FormerRows, KeepTheKeysOfWhoWasRemoved) {
  FormerRow row;
  row.key_notice = TheRow().key_notice;
  row.removed_ms = 7;
  const auto read = DecodeFormerRow(EncodeFormerRow(row));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->key_notice.bytes, "K");
  EXPECT_EQ(read->removed_ms, 7u);
  EXPECT_FALSE(DecodeFormerRow(EncodeFormerRow(row) + "x").ok());
}

}  // namespace
}  // namespace tidegate::partner
