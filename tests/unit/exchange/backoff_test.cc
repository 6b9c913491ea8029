// How long a partner is not dialled after a stream ended. No clock runs here.
#include "node/exchange/backoff.h"

#include <gtest/gtest.h>

#include <vector>

namespace tidegate::exchange {
namespace {

constexpr uint64_t kFirstMs = 200;

FollowerOptions Options() {
  FollowerOptions options;
  options.first_backoff_ms = kFirstMs;
  options.most_backoff_ms = 30'000;
  options.most_refused_ms = 300'000;
  options.proved_ms = 10'000;
  options.most_unproved_ms = 5'000;
  return options;
}

TEST(BackoffTest, WaitsBetweenHalfAndAllOfIt) {
  for (uint64_t random = 0; random < 1'000; ++random) {
    Backoff backoff(Options());
    const uint64_t wait_ms = backoff.Next(random);
    EXPECT_GE(wait_ms, kFirstMs / 2);
    EXPECT_LE(wait_ms, kFirstMs);
  }
}

TEST(BackoffTest, DoublesUpToItsLimitAndStaysThere) {
  Backoff backoff(Options());
  std::vector<uint64_t> least;
  for (int i = 0; i < 12; ++i) least.push_back(backoff.Next(0));
  EXPECT_EQ(least,
            (std::vector<uint64_t>{100, 200, 400, 800, 1'600, 3'200, 6'400, 12'800, 15'000, 15'000, 15'000, 15'000}));
}

TEST(BackoffTest, AStoredParcelEndsIt) {
  Backoff backoff(Options());
  for (int i = 0; i < 12; ++i) backoff.Next(0);
  backoff.Stored();
  EXPECT_EQ(backoff.Next(0), kFirstMs / 2);
  EXPECT_EQ(backoff.Next(0), kFirstMs);
}

TEST(BackoffTest, RefusedParcelsRaiseTheLimitUntilOneIsStored) {
  Backoff backoff(Options());
  backoff.Refused();
  for (int i = 0; i < 20; ++i) backoff.Next(0);
  EXPECT_EQ(backoff.Next(0), 150'000U);
  // That it says we have caught up changes nothing.
  backoff.CaughtUp(60'000);
  EXPECT_EQ(backoff.Next(0), 150'000U);
  backoff.Stored();
  for (int i = 0; i < 20; ++i) backoff.Next(0);
  EXPECT_EQ(backoff.Next(0), 15'000U) << "the ordinary limit again";
}

TEST(BackoffTest, AStreamThatLastedEndsItAndOneThatHungUpOnlyBoundsIt) {
  Backoff backoff(Options());
  for (int i = 0; i < 12; ++i) backoff.Next(0);
  backoff.CaughtUp(9'999);
  EXPECT_EQ(backoff.Next(0), 2'500U);
  // Where it is shorter already it stays so: hanging up at once does not make the next try come sooner.
  Backoff young(Options());
  young.Next(0);
  young.CaughtUp(0);
  EXPECT_EQ(young.Next(0), kFirstMs);
  backoff.CaughtUp(10'000);
  EXPECT_EQ(backoff.Next(0), kFirstMs / 2);
}

TEST(BackoffTest, IsASecondAtMostUntilBothHaveConfirmed) {
  Backoff backoff(Options());
  for (int i = 0; i < 12; ++i) backoff.Next(0);
  backoff.Unconfirmed();
  EXPECT_EQ(backoff.Next(0), 500U);
  Backoff young(Options());
  young.Unconfirmed();
  EXPECT_EQ(young.Next(0), kFirstMs / 2);
}

}  // namespace
}  // namespace tidegate::exchange
