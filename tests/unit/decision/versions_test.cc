// The bytes of versions and of what waits, as DECISION.md has them: known answers, and what is refused.
#include "node/decision/versions.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace tidegate::decision {
namespace {

const std::string kDigest(32, '\x11');
constexpr char kSource[] =
    "0001"  // one file
    "0007"
    "612e6365646172"  // a.cedar
    "00000003"
    "2f2f0a";  // //\n

PolicyVersion TheVersion() {
  PolicyVersion version;
  version.number = 3;
  version.digest.fill(0x11);
  version.applied_ms = 0x0102030405060708;
  version.user = "ana";
  version.reason = "why";
  version.sources = {{"a.cedar", "//\n"}};
  return version;
}

PendingApplication ThePending() {
  PendingApplication pending;
  pending.plan.fill(0x11);
  pending.proposed_ms = 0x0102030405060708;
  pending.user = "ana";
  pending.reason = "why";
  pending.sources = {{"a.cedar", "//\n"}};
  return pending;
}

// As version 0.1 wrote it: without the label.
std::string OldVersionBytes() {
  return absl::HexStringToBytes("00000003") + kDigest +
         absl::HexStringToBytes(std::string("0102030405060708") + "0003616e61" + "0003776879" + kSource);
}

std::string VersionBytes() { return std::string("TDGpol1\0", 8) + OldVersionBytes(); }

std::string PendingBytes() {
  return std::string("TDGpnd1\0", 8) + kDigest +
         absl::HexStringToBytes(std::string("0102030405060708") + "0003616e61" + "0003776879" + kSource);
}

TEST(Versions, OneThatOnePersonAppliedHasTheseBytes) {
  EXPECT_EQ(absl::BytesToHexString(EncodeVersion(TheVersion())), absl::BytesToHexString(VersionBytes()));
  const auto read = DecodeVersion(VersionBytes());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->number, 3u);
  EXPECT_EQ(read->user, "ana");
  EXPECT_EQ(read->reason, "why");
  EXPECT_EQ(read->sources.at(0).file, "a.cedar");
  EXPECT_EQ(read->sources.at(0).text, "//\n");
  EXPECT_EQ(read->approver, "");
}

TEST(Versions, ARowOfAnOlderProgramIsRead) {
  const auto read = DecodeVersion(OldVersionBytes());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeVersion(*read), VersionBytes());
}

TEST(Versions, TheSecondPersonFollowsAfterTheSources) {
  PolicyVersion version = TheVersion();
  version.approver = "ben";
  const std::string bytes = VersionBytes() + absl::HexStringToBytes("000362656e");
  EXPECT_EQ(absl::BytesToHexString(EncodeVersion(version)), absl::BytesToHexString(bytes));
  const auto read = DecodeVersion(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->approver, "ben");
  // An approver without a name would be a second form of a version without approver.
  EXPECT_FALSE(DecodeVersion(VersionBytes() + absl::HexStringToBytes("0000")).ok());
}

TEST(Versions, WhatWaitsHasTheseBytes) {
  EXPECT_EQ(absl::BytesToHexString(EncodePending(ThePending())), absl::BytesToHexString(PendingBytes()));
  const auto read = DecodePending(PendingBytes());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodePending(*read), PendingBytes());
  EXPECT_EQ(read->user, "ana");
}

TEST(Versions, DamagedBytesAreRefused) {
  for (const std::string& whole : {VersionBytes(), PendingBytes()}) {
    const bool pending = whole == PendingBytes();
    const auto read = [&](const std::string& bytes) {
      return pending ? DecodePending(bytes).status() : DecodeVersion(bytes).status();
    };
    ASSERT_TRUE(read(whole).ok());
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(absl::IsDataLoss(read(whole.substr(0, size)))) << "cut to " << size;
    }
    EXPECT_FALSE(read(whole + "x").ok());
  }
  std::string other = PendingBytes();
  other[6] = '2';
  EXPECT_FALSE(DecodePending(other).ok()) << "another format";
}

}  // namespace
}  // namespace tidegate::decision
