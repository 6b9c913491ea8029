// Feeds that walk together open each arrival once; nothing that is shared is stale, and nothing is kept for one alone.
#include "node/feed/arrivals.h"

#include <spdlog/spdlog.h>

#include <map>
#include <memory>

#include "tests/support/damage.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::feed {
namespace {

using store::MakePerson;

class ArrivalsTest : public store::StoreTest {
 protected:
  ArrivalsTest() {
    for (int i = 0; i < 3; ++i) Put(Own(MakePerson({.name = "Ours"})));
    Put(From(MakePerson({.name = "Theirs"}), store::kThem));
  }
  std::map<uint64_t, const OpenedArrival*> Walk(const Arrivals::Walker& walker, Range range, size_t most = 100) {
    std::map<uint64_t, const OpenedArrival*> seen;
    const absl::Status status = walker.Scan(*Read(), range, [&](OpenedArrival& opened) {
      EXPECT_TRUE(opened.is_record());
      seen[opened.arrival().seq] = &opened;
      return seen.size() < most;
    });
    EXPECT_TRUE(status.ok()) << status;
    return seen;
  }

  Arrivals arrivals_;
};

TEST_F(ArrivalsTest, WhatOneOpensTheOthersHave) {
  const Arrivals::Walker first(arrivals_), second(arrivals_);
  const auto seen = Walk(first, {1, 4});
  ASSERT_EQ(seen.size(), 3u) << "the partner's record is passed over";
  EXPECT_EQ(Walk(second, {1, 4}), seen);
  EXPECT_EQ(Walk(second, {2, 3}).size(), 2u);
  EXPECT_EQ(Walk(second, {1, 4}, 2).size(), 2u);
}

TEST_F(ArrivalsTest, WhatHasChangedIsOpenedAnew) {
  const Arrivals::Walker first(arrivals_), second(arrivals_);
  const auto before = Walk(first, {1, 4});
  ASSERT_TRUE(store_->Write([](store::WriteTransaction& t) { return t.Relabel(2, {{}, {"urgent"}, ""}, 9); }).ok());
  std::vector<std::string> tags;
  const absl::Status status = second.Scan(*Read(), {1, 4}, [&](OpenedArrival& opened) {
    EXPECT_EQ(&opened == before.at(opened.arrival().seq), opened.arrival().seq != 2);
    if (opened.arrival().seq == 2) tags = opened.record().local.tags;
    return true;
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(tags, std::vector<std::string>{"urgent"});
}

TEST_F(ArrivalsTest, OthersAreFoundWhereTheyWereLast) {
  const Arrivals::Walker first(arrivals_);
  Walk(first, {1, 4});
  EXPECT_TRUE(first.Recent().empty()) << "one alone shares nothing";
  const Arrivals::Walker second(arrivals_);
  const uint64_t later = StretchOf(5 * kStretch);
  EXPECT_EQ(later, 4 * kStretch + 1);
  Walk(first, {1, 4});
  EXPECT_EQ(second.Recent(), std::vector<uint64_t>{1});
  // While the first is still in its stretch, the second begins another.
  const absl::Status status = first.Scan(*Read(), {1, 4}, [&](OpenedArrival&) {
    Walk(second, {later, later});
    EXPECT_EQ(second.Recent(), (std::vector<uint64_t>{later, 1}));
    return false;
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(first.Recent(), std::vector<uint64_t>{later});
}

// A row of the store that can no longer be opened.
TEST_F(ArrivalsTest, WhatCannotBeReadStopsNoFeedAndIsCounted) {
  store_.reset();
  support::DamageArrival(data(), 2);
  Open();
  const Arrivals::Walker first(arrivals_), second(arrivals_);
  EXPECT_EQ(Walk(first, {1, 4}).size(), 2u);
  EXPECT_EQ(Walk(second, {1, 4}).size(), 2u);
  EXPECT_EQ(arrivals_.unreadable(), 1u) << "once, however many feeds walk";
}

TEST_F(ArrivalsTest, OneThatLeavesTakesNothingFromThoseThatStay) {
  auto first = std::make_unique<Arrivals::Walker>(arrivals_);
  const Arrivals::Walker second(arrivals_), third(arrivals_);
  const auto seen = Walk(*first, {1, 4});
  first.reset();
  EXPECT_EQ(second.Recent(), std::vector<uint64_t>{1});
  EXPECT_EQ(Walk(second, {1, 4}), seen) << "they still have what it opened";
}

TEST_F(ArrivalsTest, ARecordIsHashedOnceForAll) {
  OpenedArrival opened(*Read()->Get(1));
  const record::Narrower* first = nullptr;
  {
    const auto locked = opened.Narrower();
    ASSERT_TRUE(locked.ok());
    first = &locked->narrower;
  }
  const auto again = opened.Narrower();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(&again->narrower, first);
}

TEST_F(ArrivalsTest, RowsThatCannotBeReadAreToldApartUpToAnEnd) {
  const Arrivals::Walker walker(arrivals_);
  const auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::off);  // each is told to the log once
  for (uint64_t seq = 1; seq <= 1500; ++seq) walker.PassOver(seq, absl::DataLossError("a damaged row"));
  spdlog::set_level(level);
  EXPECT_EQ(arrivals_.unreadable(), 1000u);
}

TEST(UnreadableTest, IsWhatIsWrongWithOneRow) {
  for (const absl::Status& row : {absl::DataLossError(""), absl::UnauthenticatedError(""), absl::NotFoundError(""),
                                  absl::InvalidArgumentError("")}) {
    EXPECT_TRUE(Unreadable(row)) << row;
  }
  for (const absl::Status& other : {absl::OkStatus(), absl::UnavailableError(""), absl::ResourceExhaustedError("")}) {
    EXPECT_FALSE(Unreadable(other)) << other;
  }
}

}  // namespace
}  // namespace tidegate::feed
