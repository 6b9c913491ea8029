// Who guesses passwords is slowed: for a name, and over all names.
#include "node/users/throttle.h"

#include <gtest/gtest.h>

#include <string>

namespace tidegate::users {
namespace {

constexpr uint64_t kStart = 1'772'000'000'000;

TEST(Throttle, ThatIsRightForgetsTheWrongOnes) {
  Throttle throttle;
  for (uint32_t i = 1; i < Throttle::kFree; ++i) EXPECT_EQ(throttle.Try("ana", kStart).wrong, i);
  throttle.Right("ana");
  EXPECT_EQ(throttle.Try("ana", kStart).wrong, 1u);
}

TEST(Throttle, WaitsDoubleUpToHalfAMinuteAndAreForgottenAfterAnHour) {
  Throttle throttle;
  uint64_t now = kStart;
  for (uint32_t i = 0; i < Throttle::kFree; ++i) throttle.Try("ana", now);
  uint64_t expected = Throttle::kFirstWaitMs;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(throttle.Try("ana", now).wait_ms, expected) << i;
    now += expected;
    EXPECT_EQ(throttle.Try("ana", now).wait_ms, 0u) << i;
    expected = std::min(expected * 2, Throttle::kLongestWaitMs);
  }
  now += Throttle::kForgottenMs;
  EXPECT_EQ(throttle.Try("ana", now).wrong, 1u);
}

TEST(Throttle, AllNamesTogetherHaveABound) {
  Throttle throttle;
  for (size_t i = 0; i < Throttle::kMostInAll; ++i) {
    EXPECT_EQ(throttle.Try("name" + std::to_string(i), kStart + i).wait_ms, 0u);
  }
  EXPECT_GT(throttle.Try("another", kStart + 100).wait_ms, 0u);
  EXPECT_EQ(throttle.Try("another", kStart + Throttle::kMinuteMs).wait_ms, 0u);
}

// Somebody who may use the socket, and guesses on purpose, keeps out nobody who is at the node's own Unix account.
TEST(Throttle, WhatOthersTryDoesNotCountForTheOwnAccount) {
  Throttle throttle;
  for (size_t i = 0; i < Throttle::kMostInAll; ++i) throttle.Try(i < 20 ? "sue" : "name" + std::to_string(i), kStart);
  ASSERT_GT(throttle.Try("sue", kStart).wait_ms, 0u);
  EXPECT_EQ(throttle.Try("sue", kStart, true).wrong, 1u);
  throttle.Right("sue", true);
  EXPECT_GT(throttle.Try("sue", kStart).wait_ms, 0u) << "what was right there frees no guesser";
  for (uint32_t i = 0; i < Throttle::kFree; ++i) throttle.Try("sue", kStart, true);
  EXPECT_GT(throttle.Try("sue", kStart, true).wait_ms, 0u) << "who guesses there is slowed too";
}

TEST(Throttle, AClockThatIsSetBackKeepsNobodyOutForLong) {
  Throttle throttle;
  for (uint32_t i = 0; i < Throttle::kFree; ++i) throttle.Try("ana", kStart);
  EXPECT_EQ(throttle.Try("ana", kStart - 24 * Throttle::kForgottenMs).wait_ms, 0u);
}

// A name that was slowed stays so, whatever other names are tried: nobody flushes it out of the table.
TEST(Throttle, OtherNamesDoNotFlushOne) {
  Throttle throttle;
  uint64_t now = kStart;
  for (uint32_t i = 0; i < Throttle::kFree + 6; ++i) {
    const Throttle::Turn turn = throttle.Try("ana", now);
    now += turn.wait_ms;
    if (turn.wait_ms > 0) throttle.Try("ana", now);
  }
  const uint64_t last = now;
  ASSERT_GT(throttle.Try("ana", now).wait_ms, 0u);
  for (size_t i = 0; now < last + Throttle::kLongestWaitMs - 1000; ++i) {
    now += throttle.Try("other" + std::to_string(i), now).wait_ms;
  }
  EXPECT_GT(throttle.Try("ana", last + 1000).wait_ms, 0u);
}

}  // namespace
}  // namespace tidegate::users
