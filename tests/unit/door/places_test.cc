// Which connection leaves if there is no place for one more.
#include "node/door/places.h"

#include <gtest/gtest.h>

#include "node/door/bucket.h"

namespace tidegate::door {
namespace {

std::vector<Waiting> Crowd(size_t count, const std::string& host, int progress, ConnectionId first = 1) {
  std::vector<Waiting> crowd;
  for (size_t i = 0; i < count; ++i) crowd.push_back({first + i, host, progress, true});
  return crowd;
}

crypto::Hash Key(uint8_t number) {
  crypto::Hash key{};
  key[0] = number;
  return key;
}

TEST(Places, FewFilesAreDividedToo) {
  for (const size_t files : {1, 32, 64, 256, 1024}) {
    const Places places = Places::For(files);
    EXPECT_GE(places.waiting, 4u) << files;
    EXPECT_GE(places.open, 4u) << files;
    EXPECT_LE(places.waiting + places.open, std::max<size_t>(files, 32)) << files;
    EXPECT_LT(places.waiting_host, places.waiting) << files;
  }
}

TEST(Places, NobodyLeavesWhileThereIsRoom) {
  const Places places{.waiting = 4, .waiting_host = 3, .open = 4, .open_one = 2};
  EXPECT_EQ(LeavesForNew(places, Crowd(2, "a", 0), "a"), std::nullopt);
}

TEST(Places, TheOldestSilentOneOfACrowdedHostLeaves) {
  const Places places{.waiting = 4, .waiting_host = 3, .open = 4, .open_one = 2};
  std::vector<Waiting> waiting = {{1, "b", 0, true}, {2, "a", 1, true}, {3, "a", 0, true}, {4, "a", 0, true}};
  EXPECT_EQ(LeavesForNew(places, waiting, "a"), 3u) << "of its own host, and not one that speaks";
  EXPECT_EQ(LeavesForNew(places, waiting, "c"), 1u) << "a new host: the oldest silent one of all";
  waiting = {{1, "a", 2, true}, {2, "b", 2, true}, {3, "a", 1, true}, {4, "b", 1, true}};
  EXPECT_EQ(LeavesForNew(places, waiting, "c"), 3u) << "half a hello before a whole one";
  waiting = Crowd(4, "a", 2);
  EXPECT_EQ(LeavesForNew(places, waiting, "c"), 1u) << "all have come as far: the oldest";
}

TEST(Places, WhoIsNewHasTheTimeForAHello) {
  const Places places{.waiting = 4, .waiting_host = 3, .open = 4, .open_one = 2};
  std::vector<Waiting> waiting = {{1, "a", 2, true}, {2, "a", 1, true}, {3, "a", 0, false}};
  EXPECT_EQ(LeavesForNew(places, waiting, "a"), 2u) << "the silent one has only just come";
  EXPECT_FALSE(Crowded(places, waiting));
  for (Waiting& one : waiting) one.settled = false;
  EXPECT_TRUE(Crowded(places, waiting)) << "all have only just come: the next waits for them";
  EXPECT_FALSE(Crowded(places, Crowd(2, "a", 0)));
}

TEST(Places, AnIdleConnectionOfTheSameKeyLeavesAndAUsedOneStays) {
  const Places places{.waiting = 4, .waiting_host = 3, .open = 9, .open_one = 2};
  const std::vector<Open> open = {{1, Key(1), false}, {2, Key(1), true}, {3, Key(2), true}};
  EXPECT_EQ(Admit(places, open, Key(1)).leaves, 2u);
  EXPECT_TRUE(Admit(places, open, Key(1)).admitted);
  const std::vector<Open> used = {{1, Key(1), false}, {2, Key(1), false}};
  EXPECT_FALSE(Admit(places, used, Key(1)).admitted);
  EXPECT_TRUE(Admit(places, used, Key(2)).admitted);
}

TEST(Places, AFullHouseTakesFromWhoeverHasTheMost) {
  const Places places{.waiting = 4, .waiting_host = 3, .open = 3, .open_one = 3};
  const std::vector<Open> open = {{1, Key(1), true}, {2, Key(2), true}, {3, Key(2), true}};
  EXPECT_EQ(Admit(places, open, Key(3)).leaves, 2u);
  const std::vector<Open> one_each = {{1, Key(1), true}, {2, Key(2), true}, {3, Key(3), true}};
  EXPECT_FALSE(Admit(places, one_each, Key(4)).admitted);
  EXPECT_EQ(Admit(places, one_each, Key(4)).why, Reason::kFull);
}

TEST(Bucket, FillsWithTimeAndNotBeyondItsSize) {
  Bucket bucket(10, 2, 1000);
  EXPECT_TRUE(bucket.Take(10, 1000));
  EXPECT_FALSE(bucket.Take(1, 1000));
  EXPECT_TRUE(bucket.Take(2, 2000));
  EXPECT_FALSE(bucket.Take(1, 2000));
  EXPECT_FALSE(bucket.Take(11, 1'000'000));
  EXPECT_TRUE(bucket.Take(10, 1'000'000));
  EXPECT_FALSE(bucket.Take(1, 5)) << "a clock that goes back gives nothing";
}

}  // namespace
}  // namespace tidegate::door
