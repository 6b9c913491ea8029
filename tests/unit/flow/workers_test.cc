#include "node/flow/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace tidegate::flow {
namespace {

TEST(Workers, EachPartIsDoneOnce) {
  Workers workers;
  for (size_t count : {0, 1, 7, 8, 9, 255, 1000}) {
    std::vector<int> times(count, 0);  // each written by one thread only
    workers.Each(count, [&times](size_t i) { ++times[i]; });
    EXPECT_EQ(times, std::vector<int>(count, 1)) << count;
  }
}

TEST(Workers, WhatWasWrittenInThreadsIsSeenAfterwards) {
  Workers workers;
  std::vector<std::vector<size_t>> parts(100);
  for (size_t round = 1; round <= 200; ++round) {
    workers.Each(parts.size(), [&](size_t i) { parts[i].push_back(i * round); });
    size_t held = 0;
    for (size_t i = 0; i < parts.size(); ++i) {
      held += parts[i].size();
      EXPECT_EQ(parts[i].back(), i * round);
    }
    EXPECT_EQ(held, round * parts.size());
  }
}

TEST(Workers, ClosingWaitsForNobody) {
  for (int i = 0; i < 50; ++i) {
    Workers workers;
    std::atomic<size_t> done{0};
    if (i % 2 == 0) workers.Each(20, [&done](size_t) { ++done; });
    EXPECT_EQ(done, i % 2 == 0 ? 20u : 0u);
  }
}

}  // namespace
}  // namespace tidegate::flow
