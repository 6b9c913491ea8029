// The kept form of a policy version, and of one that waits, is read again, within the bounds that Apply holds.
#include "node/decision/versions.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::decision {
namespace {

using property::Dice;

std::vector<policy::PolicySource> AnySources(Dice& dice) {
  std::vector<policy::PolicySource> sources(dice.Length(kMostSources + 1));
  for (policy::PolicySource& source : sources) source = {dice.Bytes(dice.Length(4097)), dice.Bytes(dice.Length(5000))};
  return sources;
}

TEST(Versions, WhatIsWrittenIsRead) {
  Dice dice("versions");
  for (int round = 0; round < Dice::Rounds(100); ++round) {
    PolicyVersion version;
    version.number = static_cast<uint32_t>(dice.Below(UINT32_MAX));
    version.applied_ms = dice.Below(UINT64_MAX);
    version.user = dice.Bytes(dice.Length(201));
    version.reason = dice.Bytes(dice.Length(2001));
    if (dice.Chance(2)) version.approver = "x" + dice.Bytes(dice.Length(200));
    version.sources = AnySources(dice);
    const absl::StatusOr<PolicyVersion> again = DecodeVersion(EncodeVersion(version));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(EncodeVersion(*again), EncodeVersion(version));
    EXPECT_EQ(again->reason, version.reason);
    const PendingApplication pending{{}, version.sources, version.applied_ms, version.user, version.reason};
    const absl::StatusOr<PendingApplication> waiting = DecodePending(EncodePending(pending));
    ASSERT_TRUE(waiting.ok()) << waiting.status();
    EXPECT_EQ(EncodePending(*waiting), EncodePending(pending));
  }
}

}  // namespace
}  // namespace tidegate::decision
