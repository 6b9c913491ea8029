#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/merkle/merkle.h"
#include "tests/unit/merkle/leaves.h"

namespace tidegate::merkle {
namespace {

std::vector<Hash> At(const std::vector<Hash>& leaves, const std::vector<uint64_t>& positions) {
  std::vector<Hash> opened;
  for (uint64_t position : positions) opened.push_back(leaves[position]);
  return opened;
}

TEST(Multiproof, OpenedByHand) {
  // Seven leaves, 0, 1 and 3 opened: what is missing is leaf 2 and the subtree of 4 to 6.
  const std::vector<Hash> leaves = Leaves(7);
  const std::vector<uint64_t> positions = {0, 1, 3};
  const absl::StatusOr<std::vector<Hash>> proof = ProveMulti(7, positions, SpanSource(leaves));
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(*proof, (std::vector<Hash>{leaves[2], NodeHash(NodeHash(leaves[4], leaves[5]), leaves[6])}));
  const absl::StatusOr<Hash> root = RootFromMulti(7, positions, At(leaves, positions), *proof);
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(*root, RootOf(leaves));
}

TEST(Multiproof, EverySubsetOfSmallTrees) {
  for (uint64_t n = 1; n <= 9; ++n) {
    const std::vector<Hash> leaves = Leaves(n);
    const Tree tree(leaves);
    for (uint64_t subset = 1; subset < uint64_t{1} << n; ++subset) {
      std::vector<uint64_t> positions;
      for (uint64_t i = 0; i < n; ++i) {
        if ((subset >> i & 1) != 0) positions.push_back(i);
      }
      const std::vector<Hash> opened = At(leaves, positions);
      absl::StatusOr<std::vector<Hash>> proof = ProveMulti(n, positions, tree);
      ASSERT_TRUE(proof.ok());
      const absl::StatusOr<Hash> root = RootFromMulti(n, positions, opened, *proof);
      ASSERT_TRUE(root.ok());
      ASSERT_EQ(*root, tree.Root()) << n << " leaves, subset " << subset;
      proof->push_back(leaves[0]);
      EXPECT_FALSE(RootFromMulti(n, positions, opened, *proof).ok());
      proof->pop_back();
      if (proof->empty()) continue;
      proof->pop_back();
      EXPECT_FALSE(RootFromMulti(n, positions, opened, *proof).ok());
    }
  }
}

TEST(Multiproof, ASinglePositionHasTheInclusionProofsHashes) {
  const std::vector<Hash> leaves = Leaves(13);
  for (uint64_t index = 0; index < 13; ++index) {
    const std::vector<uint64_t> positions = {index};
    absl::StatusOr<std::vector<Hash>> multi = ProveMulti(13, positions, SpanSource(leaves));
    absl::StatusOr<std::vector<Hash>> path = InclusionProof(index, 13, SpanSource(leaves));
    ASSERT_TRUE(multi.ok() && path.ok());
    std::sort(multi->begin(), multi->end());
    std::sort(path->begin(), path->end());
    EXPECT_EQ(*multi, *path);
  }
}

TEST(Multiproof, WrongInputIsRefused) {
  const std::vector<Hash> leaves = Leaves(8);
  const SpanSource source(leaves);
  using Positions = std::vector<uint64_t>;
  for (const Positions& bad : {Positions{}, Positions{1, 1}, Positions{2, 1}, Positions{8}, Positions{0, UINT64_MAX}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ProveMulti(8, bad, source).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(RootFromMulti(8, bad, std::vector<Hash>(bad.size()), leaves).status()));
  }
  EXPECT_FALSE(ProveMulti(0, Positions{0}, source).ok());
  EXPECT_FALSE(RootFromMulti(8, Positions{0, 1}, Leaves(1), leaves).ok());
  EXPECT_FALSE(RootFromMulti(8, Positions{0}, Leaves(2), leaves).ok());
}

TEST(Multiproof, TheLargestTreeAndNoLarger) {
  // 32 hashes prove a leaf of 2^32; that the hashes are no tree's is not this function's question.
  const std::vector<uint64_t> last = {kMultiproofMaxSize - 1};
  const std::vector<Hash> leaf = Leaves(1);
  EXPECT_TRUE(RootFromMulti(kMultiproofMaxSize, last, leaf, Leaves(32)).ok());
  EXPECT_FALSE(RootFromMulti(kMultiproofMaxSize, last, leaf, Leaves(31)).ok());
  EXPECT_FALSE(RootFromMulti(kMultiproofMaxSize, last, leaf, Leaves(33)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(RootFromMulti(kMultiproofMaxSize + 1, last, leaf, Leaves(33)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(RootFromMulti(UINT64_MAX, last, leaf, Leaves(64)).status()));
}

TEST(Multiproof, SwappedHashesLeadElsewhere) {
  const std::vector<Hash> leaves = Leaves(16);
  const std::vector<uint64_t> positions = {3, 9};
  absl::StatusOr<std::vector<Hash>> proof = ProveMulti(16, positions, SpanSource(leaves));
  ASSERT_TRUE(proof.ok());
  std::swap(proof->front(), proof->back());
  const absl::StatusOr<Hash> root = RootFromMulti(16, positions, At(leaves, positions), *proof);
  ASSERT_TRUE(root.ok());
  EXPECT_NE(*root, RootOf(leaves));
  const absl::StatusOr<Hash> moved = RootFromMulti(16, std::vector<uint64_t>{3, 10}, At(leaves, positions),
                                                   *ProveMulti(16, positions, SpanSource(leaves)));
  EXPECT_TRUE(!moved.ok() || *moved != RootOf(leaves));
}

}  // namespace
}  // namespace tidegate::merkle
