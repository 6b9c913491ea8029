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
  row.fingerprint = "f";
  row.confirmed_by_us = true;
  row.quantum_safe = true;
  row.purposes = {"prevention"};
  row.since_ms = 0x0102030405060708;
  return row;
}

// What both forms have in common, from after the label.
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

TEST(PartnerRows, OneWithoutAgreedBasesHasTheseBytes) {
  EXPECT_EQ(absl::BytesToHexString(EncodePartnerRow(TheRow())), absl::BytesToHexString(WithoutBases()));
  const auto read = DecodePartnerRow(WithoutBases());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->legal_bases.empty());
  EXPECT_EQ(read->purposes, std::vector<std::string>{"prevention"});
  EXPECT_TRUE(read->confirmed_by_us && read->quantum_safe);
  EXPECT_FALSE(read->confirmed_by_them || read->suspended);
}

TEST(PartnerRows, AgreedBasesFollowUnderALabelOfTheirOwn) {
  PartnerRow row = TheRow();
  row.legal_bases = {"consent"};
  EXPECT_EQ(absl::BytesToHexString(EncodePartnerRow(row)), absl::BytesToHexString(WithBases()));
  const auto read = DecodePartnerRow(WithBases());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->legal_bases, std::vector<std::string>{"consent"});
}

TEST(PartnerRows, EachHasOneForm) {
  // No bases under the label of those with bases, bases under the other, and flags that nobody has defined.
  EXPECT_FALSE(DecodePartnerRow(std::string("TDGptn2\0", 8) + Common() + std::string("\0\0", 2)).ok());
  EXPECT_FALSE(DecodePartnerRow(std::string("TDGptn1\0", 8) + WithBases().substr(8)).ok());
  std::string flags = WithoutBases();
  const size_t at = flags.find('\x09', 8 + 138);
  ASSERT_NE(at, std::string::npos);
  flags[at] = '\x19';
  EXPECT_FALSE(DecodePartnerRow(flags).ok());
}

TEST(PartnerRows, DamagedBytesAreRefused) {
  const std::string whole = WithBases();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodePartnerRow(whole.substr(0, size)).ok()) << "cut to " << size;
  }
  EXPECT_FALSE(DecodePartnerRow(whole + "x").ok());
}

}  // namespace
}  // namespace tidegate::partner
