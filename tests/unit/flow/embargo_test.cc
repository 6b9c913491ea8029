// An embargo ends by an event: once for each record, in the order of the instants, also if something happens in
// between.
#include "node/flow/embargo.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::flow {
namespace {

class EmbargoTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    auto store = store::Store::Open(folder_.path() + "/store", *vault_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void Wait(uint64_t seq, uint64_t not_before_ms) {
    auto status =
        store_->Write([&](store::WriteTransaction& transaction) { return Embargo(transaction, seq, not_before_ms); });
    ASSERT_TRUE(status.ok()) << status;
  }
  size_t Release(uint64_t now_ms) {
    auto released = ReleaseDue(*store_, now_ms);
    EXPECT_TRUE(released.ok()) << released.status();
    return released.ok() ? *released : 0;
  }
  std::vector<uint64_t> Released() const {
    std::vector<uint64_t> subjects;
    auto snapshot = store_->Read();
    EXPECT_TRUE(snapshot.ok());
    auto status = (*snapshot)->Scan(1, 100'000, [&](const store::Arrival& arrival) {
      if (arrival.event == store::Event::kInstant) subjects.push_back(arrival.subject);
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    return subjects;
  }

  store::TemporaryFolder folder_;
  std::unique_ptr<vault::Vault> vault_ = store::OpenVault(folder_.path());
  std::unique_ptr<store::Store> store_;
};

TEST_F(EmbargoTest, NothingIsReleasedBeforeItsInstant) {
  Wait(7, 1000);
  EXPECT_EQ(Release(999), 0u);
  EXPECT_TRUE(Released().empty());
}

TEST_F(EmbargoTest, WhatIsDueIsReleasedOnceAndInTheOrderOfTheInstants) {
  Wait(7, 3000);
  Wait(8, 1000);
  Wait(9, 2000);
  Wait(10, 5000);
  EXPECT_EQ(Release(3000), 3u);
  EXPECT_EQ(Released(), (std::vector<uint64_t>{8, 9, 7}));
  EXPECT_EQ(Release(4999), 0u);
  EXPECT_EQ(Release(5000), 1u);
  EXPECT_EQ(Released(), (std::vector<uint64_t>{8, 9, 7, 10}));
}

TEST_F(EmbargoTest, RecordsOfOneInstantAreAllReleased) {
  Wait(7, 1000);
  Wait(8, 1000);
  EXPECT_EQ(Release(1000), 2u);
  EXPECT_EQ(Released(), (std::vector<uint64_t>{7, 8}));
}

TEST_F(EmbargoTest, AnEmbargoOutlivesTheNode) {
  Wait(7, 1000);
  Open();
  EXPECT_EQ(Release(1000), 1u);
  EXPECT_EQ(Released(), std::vector<uint64_t>{7});
}

TEST_F(EmbargoTest, MoreThanOneTransactionHoldsAreReleased) {
  auto status = store_->Write([](store::WriteTransaction& transaction) -> absl::Status {
    for (uint64_t seq = 1; seq <= 2500; ++seq) {
      if (auto put = Embargo(transaction, seq, 1000 + seq); !put.ok()) return put;
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Release(1'000'000), 2500u);
  EXPECT_EQ(Released().size(), 2500u);
}

TEST_F(EmbargoTest, TheKeeperReleasesWhatFallsDueWhileItRuns) {
  std::atomic<uint64_t> now = 999;
  Wait(7, 1000);
  Releases releases(*store_, [&] { return now.load(); });
  now = 1000;
  EXPECT_GT(store_->WaitBeyond(0, absl::Now() + absl::Seconds(60)), 0u);
  releases.Stop();
  EXPECT_EQ(Released(), std::vector<uint64_t>{7});
}

// While a release fails it is tried again, and what is due goes once it succeeds.
TEST_F(EmbargoTest, TheKeeperTriesAgainUntilTheStoreCanBeRead) {
  Wait(7, 1000);
  store_.reset();
  store::Options few;
  few.most_snapshots = 1;
  store_ = *store::Store::Open(folder_.path() + "/store", *vault_, few);
  auto only = store_->Read();
  ASSERT_TRUE(only.ok());
  std::atomic<int> looks = 0;
  Releases releases(*store_, [&] {
    ++looks;
    return uint64_t{1000};
  });
  while (looks < 3) std::this_thread::yield();
  only->reset();
  EXPECT_GT(store_->WaitBeyond(0, absl::Now() + absl::Seconds(60)), 0u);
  releases.Stop();
  EXPECT_EQ(Released(), std::vector<uint64_t>{7});
}

}  // namespace
}  // namespace tidegate::flow
