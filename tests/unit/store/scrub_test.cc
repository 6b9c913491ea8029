// What was erased cannot be read from the file either: pages that LMDB freed are overwritten.
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/store/fixture.h"

namespace tidegate::store {
namespace {

class ScrubTest : public StoreTest {
 protected:
  // The head of each own row's sealed value, which no two sealings share.
  std::set<std::string> Sealings() {
    std::set<std::string> sealings;
    const absl::Status status =
        Read()->ScanOwn(1, UINT64_MAX, [&](const SealedArrival& arrival) -> absl::StatusOr<bool> {
          sealings.emplace(arrival.version());
          return true;
        });
    EXPECT_TRUE(status.ok()) << status;
    return sealings;
  }
  std::string File() const {
    std::ifstream file(data() + "/data.mdb", std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return std::move(bytes).str();
  }
  size_t Left(const std::set<std::string>& sealings) const {
    const std::string file = File();
    size_t left = 0;
    for (const std::string& sealing : sealings) left += file.find(sealing) != std::string::npos ? 1 : 0;
    return left;
  }
  absl::Status Erase(uint64_t seq) {
    return store_->Write(Purpose::kProtection, [&](WriteTransaction& t) { return t.Erase(seq, 5).status(); });
  }
  // A record that was stored, written anew several times, and copied with its neighbours; every sealing that it had.
  std::set<std::string> StoreAndRewrite() {
    Put(Own(MakePerson({.name = "Witness Example"})));
    std::set<std::string> all = Sealings();
    for (const char* tag : {"urgent", "sar", "urgent"}) {
      EXPECT_TRUE(store_->Write([&](WriteTransaction& t) { return t.Relabel(1, {{}, {tag}, ""}, 9); }).ok());
      all.merge(Sealings());
      Put(Own(MakePerson({.name = "Neighbour"})));
    }
    std::set<std::string> of_the_record;
    const absl::Status status = Read()->ScanOwn(1, 1, [&](const SealedArrival& arrival) -> absl::StatusOr<bool> {
      of_the_record.emplace(arrival.version());
      return true;
    });
    EXPECT_TRUE(status.ok()) << status;
    // What is not of the other rows was of this one.
    const std::set<std::string> now = Sealings();
    for (const std::string& sealing : all) {
      if (!now.contains(sealing)) of_the_record.insert(sealing);
    }
    return of_the_record;
  }
};

TEST_F(ScrubTest, NoSealingOfAnErasedRecordIsLeftInTheFile) {
  const std::set<std::string> sealings = StoreAndRewrite();
  ASSERT_EQ(sealings.size(), 4u);
  ASSERT_GE(Left(sealings), 1u) << "the test looks for what it must find before";
  ASSERT_TRUE(Erase(1).ok());
  EXPECT_EQ(Left(sealings), 0u);
  EXPECT_EQ(Left(Sealings()), Sealings().size()) << "what is held is still there";
}

TEST_F(ScrubTest, WhatASnapshotStillSeesIsOverwrittenWhenItHasGone) {
  const std::set<std::string> sealings = StoreAndRewrite();
  auto before = Read();
  ASSERT_TRUE(Erase(1).ok());
  auto record = before->GetRecord(1);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_FALSE(record->view.opened.empty()) << "the snapshot sees the store as it was";
  EXPECT_GE(Left(sealings), 1u);
  before.reset();
  store_->WaitBeyond(store_->LastCommitted(), absl::Now());
  EXPECT_EQ(Left(sealings), 0u);
}

TEST_F(ScrubTest, AStoreThatStoppedBeforeItHadOverwrittenDoesSoWhenItOpens) {
  const std::set<std::string> sealings = StoreAndRewrite();
  {
    auto before = Read();
    ASSERT_TRUE(Erase(1).ok());
  }
  ASSERT_GE(Left(sealings), 1u);
  Open();
  store_->WaitBeyond(store_->LastCommitted(), absl::Now());
  EXPECT_EQ(Left(sealings), 0u);
}

TEST_F(ScrubTest, ManyErasuresLeaveAWholeStore) {
  std::vector<record::VerifiedView> views;
  for (int i = 0; i < 300; ++i) {
    views.push_back(MakePerson({.name = "Person " + std::to_string(i)}));
    Put(Own(views.back()));
  }
  const std::set<std::string> before = Sealings();
  for (uint64_t seq = 1; seq <= 300; seq += 2) ASSERT_TRUE(Erase(seq).ok()) << seq;
  std::set<std::string> now = Sealings(), gone;
  for (const std::string& sealing : before) {
    if (!now.contains(sealing)) gone.insert(sealing);
  }
  ASSERT_EQ(gone.size(), 150u);
  EXPECT_EQ(Left(gone), 0u);
  Open();
  for (uint64_t seq = 2; seq <= 300; seq += 2) EXPECT_EQ(Record(seq).view, views[seq - 1].view()) << seq;
  EXPECT_EQ(Counted(), 150u);
}

}  // namespace
}  // namespace tidegate::store
