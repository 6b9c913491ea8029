// The log in tiles against a plain tree in memory, its checkpoints, and what it refuses to sign.
#include <random>

#include "crypto/merkle/merkle.h"
#include "node/ledger/ledger.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::ledger {
namespace {

constexpr char kOrigin[] = "tidegate.test/charity/one/log/1";

class LogTest : public store::StoreTest {
 protected:
  LogTest() : key_(crypto::SigningKey::Generate()) { OpenLog(); }

  void OpenLog() {
    log_.reset();
    auto log = AuthorLog::Open(*store_, kOrigin, key_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  void Append(size_t count) {
    ASSERT_TRUE(store_
                    ->Write([&](store::WriteTransaction& t) {
                      for (size_t i = 0; i < count; ++i) {
                        const Hash leaf = crypto::HashOf({"leaf", std::to_string(leaves_.size() + i)});
                        auto index = log_->Append(t, leaf);
                        if (!index.ok()) return index.status();
                        EXPECT_EQ(*index, leaves_.size() + i);
                      }
                      return absl::OkStatus();
                    })
                    .ok());
    for (size_t i = 0; i < count; ++i) leaves_.push_back(crypto::HashOf({"leaf", std::to_string(leaves_.size())}));
  }
  Hash RootAt(uint64_t size) const { return merkle::RootOf(std::span(leaves_).first(size)); }

  crypto::SigningKey key_;
  std::unique_ptr<Log> log_;
  std::vector<Hash> leaves_;
};

TEST_F(LogTest, RootsAndProofsAreThoseOfThePlainTree) {
  // Sizes on both sides of a tile's end, appended in pieces.
  for (size_t piece : {1, 2, 252, 1, 1, 255, 300, 700}) {
    Append(piece);
    EXPECT_EQ(log_->size(), leaves_.size());
    auto root = log_->Root(leaves_.size());
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, RootAt(leaves_.size()));
  }
  const merkle::SpanSource plain(leaves_);
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    const uint64_t size = 1 + random() % leaves_.size();
    ASSERT_EQ(*log_->Root(size), RootAt(size)) << size;
    std::vector<uint64_t> positions;
    for (uint64_t i = 0; i < size; ++i) {
      if (random() % 100 < 7) positions.push_back(i);
    }
    if (positions.empty()) positions.push_back(size - 1);
    auto proof = log_->Prove(positions, size);
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_EQ(*proof, *merkle::ProveMulti(size, positions, plain));
    const uint64_t old_size = 1 + random() % size;
    auto consistency = log_->Consistency(old_size, size);
    ASSERT_TRUE(consistency.ok()) << consistency.status();
    EXPECT_TRUE(merkle::VerifyConsistency(old_size, size, RootAt(old_size), RootAt(size), *consistency).ok());
    auto inclusion = log_->Inclusion(positions.back(), size);
    ASSERT_TRUE(inclusion.ok()) << inclusion.status();
    EXPECT_TRUE(
        merkle::VerifyInclusion(positions.back(), size, leaves_[positions.back()], *inclusion, RootAt(size)).ok());
  }
  EXPECT_EQ(*log_->Leaf(257), leaves_[257]);
  const uint64_t beyond[] = {0};
  EXPECT_TRUE(absl::IsInvalidArgument(log_->Prove(beyond, leaves_.size() + 1).status()));
}

TEST_F(LogTest, ACheckpointIsSignedOncePerSizeAndVerifies) {
  auto empty = log_->Checkpoint();
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->size, 0u);
  EXPECT_EQ(empty->root, merkle::EmptyRoot());
  Append(300);
  auto head = log_->Checkpoint();
  ASSERT_TRUE(head.ok()) << head.status();
  auto read = checkpoint::VerifyCheckpoint(head->note, log_->verifier_key());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size, 300u);
  EXPECT_EQ(read->root, RootAt(300));
  EXPECT_EQ(log_->Checkpoint()->note, head->note);
}

TEST_F(LogTest, AFailedBodyLeavesNothing) {
  Append(5);
  EXPECT_FALSE(store_
                   ->Write([&](store::WriteTransaction& t) {
                     auto index = log_->Append(t, crypto::HashOf({"lost"}));
                     EXPECT_EQ(*index, 5u);
                     return absl::AbortedError("no");
                   })
                   .ok());
  EXPECT_EQ(log_->size(), 5u);
  Append(1);
  EXPECT_EQ(*log_->Root(6), RootAt(6));
}

TEST_F(LogTest, ItGoesOnAfterReopening) {
  Append(256);
  ASSERT_TRUE(log_->Checkpoint().ok());
  Append(3);
  log_.reset();
  Open();
  OpenLog();
  EXPECT_EQ(log_->size(), 259u);
  Append(300);
  EXPECT_EQ(*log_->Root(559), RootAt(559));
  EXPECT_EQ(log_->Checkpoint()->size, 559u);
}

TEST_F(LogTest, ALogThatWasRolledBackIsNotOpenedToSign) {
  Append(10);
  ASSERT_TRUE(log_->Checkpoint().ok());
  Append(1);  // carries the checkpoint of 10 into the store
  log_.reset();
  // The tile as it was before nine of the leaves, below what was signed.
  std::string tile;
  for (size_t i = 0; i < 2; ++i) tile.append(crypto::View(leaves_[i]));
  ASSERT_TRUE(store_
                  ->Write([&](store::WriteTransaction& t) {
                    return t.PutOrdered(store::Ordered::kLogTile, std::string(9, '\0'), tile);
                  })
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(AuthorLog::Open(*store_, kOrigin, key_).status()));
  // The right length with one other leaf.
  for (size_t i = 2; i < 11; ++i) tile.append(crypto::View(leaves_[i == 4 ? 5 : i]));
  ASSERT_TRUE(store_
                  ->Write([&](store::WriteTransaction& t) {
                    return t.PutOrdered(store::Ordered::kLogTile, std::string(9, '\0'), tile);
                  })
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(AuthorLog::Open(*store_, kOrigin, key_).status()));
}

TEST_F(LogTest, APartnersCheckpointTellsOfARestoredBackup) {
  Append(20);
  EXPECT_TRUE(log_->CompareWith({kOrigin, 12, RootAt(12)}).ok());
  EXPECT_TRUE(absl::IsDataLoss(log_->CompareWith({kOrigin, 12, RootAt(13)})));
  EXPECT_TRUE(absl::IsFailedPrecondition(log_->CompareWith({kOrigin, 21, RootAt(20)})));
  EXPECT_TRUE(absl::IsInvalidArgument(log_->CompareWith({"another/log", 12, RootAt(12)})));
}

}  // namespace
}  // namespace tidegate::ledger
