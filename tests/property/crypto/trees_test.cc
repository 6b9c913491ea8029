// Trees of random sizes against the definitions, written down again in the plainest way.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "crypto/merkle/merkle.h"
#include "tests/property/crypto/dice.h"

namespace tidegate::merkle {
namespace {

using property::Dice;

size_t Split(size_t size) {
  size_t k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

Hash NaiveRoot(std::span<const Hash> leaves) {
  if (leaves.empty()) return crypto::HashOf({});
  if (leaves.size() == 1) return leaves[0];
  const size_t k = Split(leaves.size());
  const Hash left = NaiveRoot(leaves.first(k));
  const Hash right = NaiveRoot(leaves.subspan(k));
  return crypto::HashOf({"\x01", crypto::View(left), crypto::View(right)});
}

// The multiproof as CRYPTO.md says it.
void NaiveMultiproof(std::span<const Hash> leaves, uint64_t begin, const std::set<uint64_t>& opened,
                     std::vector<Hash>& proof) {
  const auto first = opened.lower_bound(begin);
  if (first == opened.end() || *first >= begin + leaves.size()) {
    proof.push_back(NaiveRoot(leaves));
  } else if (leaves.size() > 1) {
    const size_t k = Split(leaves.size());
    NaiveMultiproof(leaves.first(k), begin, opened, proof);
    NaiveMultiproof(leaves.subspan(k), begin + k, opened, proof);
  }
}

std::vector<Hash> RandomLeaves(Dice& dice, size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(dice.Bytes(8)));
  return leaves;
}

std::vector<uint64_t> RandomPositions(Dice& dice, uint64_t n) {
  std::set<uint64_t> positions;
  const uint64_t wanted = 1 + dice.Length(std::min<uint64_t>(n, 60));
  while (positions.size() < wanted) positions.insert(dice.Below(n));
  return {positions.begin(), positions.end()};
}

std::vector<Hash> At(const std::vector<Hash>& leaves, const std::vector<uint64_t>& positions) {
  std::vector<Hash> opened;
  for (uint64_t position : positions) opened.push_back(leaves[position]);
  return opened;
}

TEST(Trees, MultiproofsAreTheDefinitionsAndVerify) {
  Dice dice("multiproofs");
  for (int round = 0; round < Dice::Rounds(150); ++round) {
    const uint64_t n = 1 + dice.Length(1500);
    const std::vector<Hash> leaves = RandomLeaves(dice, n);
    const std::vector<uint64_t> positions = RandomPositions(dice, n);
    std::vector<Hash> expected;
    NaiveMultiproof(leaves, 0, {positions.begin(), positions.end()}, expected);
    const absl::StatusOr<std::vector<Hash>> kept = ProveMulti(n, positions, Tree(leaves));
    const absl::StatusOr<std::vector<Hash>> hashed = ProveMulti(n, positions, SpanSource(leaves));
    ASSERT_TRUE(kept.ok() && hashed.ok());
    ASSERT_EQ(*kept, expected) << n << " leaves, " << positions.size() << " opened";
    ASSERT_EQ(*hashed, expected);
    const absl::StatusOr<Hash> root = RootFromMulti(n, positions, At(leaves, positions), *kept);
    ASSERT_TRUE(root.ok());
    ASSERT_EQ(*root, NaiveRoot(leaves));
  }
}

// One thing is wrong: the proof, a leaf, a position or the size. The root may be another or there is none, but it is
// never the true one.
TEST(Trees, NothingElseLeadsToTheRoot) {
  Dice dice("wrong multiproofs");
  for (int round = 0; round < Dice::Rounds(400); ++round) {
    uint64_t n = 2 + dice.Length(300);
    const std::vector<Hash> leaves = RandomLeaves(dice, n);
    std::vector<uint64_t> positions = RandomPositions(dice, n);
    std::vector<Hash> opened = At(leaves, positions);
    std::vector<Hash> proof = *ProveMulti(n, positions, Tree(leaves));
    const Hash true_root = RootOf(leaves);
    switch (dice.Below(6)) {
      case 0:
        opened[dice.Below(opened.size())][dice.Below(32)] ^= 1;
        break;
      case 1:
        if (proof.empty()) continue;
        proof[dice.Below(proof.size())][dice.Below(32)] ^= 0x80;
        break;
      case 2:
        proof.insert(proof.begin() + static_cast<std::ptrdiff_t>(dice.Below(proof.size() + 1)), leaves[0]);
        break;
      case 3:
        if (proof.empty()) continue;
        proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(dice.Below(proof.size())));
        break;
      case 4:
        if (positions.size() == n) continue;
        positions = [&] {
          std::vector<uint64_t> moved = positions;
          while (moved == positions) {
            std::set<uint64_t> others;
            while (others.size() < positions.size()) others.insert(dice.Below(n));
            moved.assign(others.begin(), others.end());
          }
          return moved;
        }();
        break;
      default: {
        if (opened.size() < 2) continue;
        std::swap(opened.front(), opened.back());
        break;
      }
    }
    const absl::StatusOr<Hash> root = RootFromMulti(n, positions, opened, proof);
    EXPECT_TRUE(!root.ok() || *root != true_root) << n << " leaves, round " << round;
  }
}

// A log that keeps perfect nodes only, as tiles do, proves the same as one in memory.
TEST(Trees, PerfectNodesAreEnough) {
  Dice dice("tiles");
  const std::vector<Hash> leaves = RandomLeaves(dice, 3000);
  std::vector<std::vector<Hash>> levels = {leaves};
  while (levels.back().size() > 1) {
    std::vector<Hash> level;
    for (size_t i = 0; i + 1 < levels.back().size(); i += 2) {
      level.push_back(NodeHash(levels.back()[i], levels.back()[i + 1]));
    }
    levels.push_back(level);
  }
  const auto node = [&](unsigned level, uint64_t index) -> absl::StatusOr<Hash> { return levels.at(level).at(index); };
  const auto source = [&](uint64_t begin, uint64_t end) { return RootOfRange(begin, end, node); };
  for (int round = 0; round < Dice::Rounds(300); ++round) {
    const uint64_t size = 1 + dice.Below(leaves.size());
    const uint64_t older = 1 + dice.Below(size);
    const uint64_t index = dice.Below(size);
    const auto now = std::span<const Hash>(leaves).first(size);
    const Hash root = RootOf(now);
    const absl::StatusOr<std::vector<Hash>> inclusion = InclusionProof(index, size, source);
    ASSERT_TRUE(inclusion.ok());
    EXPECT_TRUE(VerifyInclusion(index, size, leaves[index], *inclusion, root).ok());
    EXPECT_EQ(*inclusion, *InclusionProof(index, size, SpanSource(now)));
    const absl::StatusOr<std::vector<Hash>> consistency = ConsistencyProof(older, size, source);
    ASSERT_TRUE(consistency.ok());
    EXPECT_TRUE(VerifyConsistency(older, size, RootOf(now.first(older)), root, *consistency).ok());
    const std::vector<uint64_t> positions = RandomPositions(dice, size);
    EXPECT_EQ(*ProveMulti(size, positions, source), *ProveMulti(size, positions, SpanSource(now)));
  }
}

TEST(Trees, AnAccumulatorGrowsFromAnyState) {
  Dice dice("accumulator");
  const std::vector<Hash> leaves = RandomLeaves(dice, 2000);
  Accumulator accumulator;
  while (accumulator.size() < leaves.size()) {
    const uint64_t more = std::min<uint64_t>(1 + dice.Below(100), leaves.size() - accumulator.size());
    for (uint64_t i = 0; i < more; ++i) accumulator.Push(leaves[accumulator.size()]);
    accumulator = *Accumulator::Import(accumulator.size(),
                                       std::vector<Hash>(accumulator.peaks().begin(), accumulator.peaks().end()));
    ASSERT_EQ(accumulator.Root(), NaiveRoot(std::span<const Hash>(leaves).first(accumulator.size())));
  }
}

}  // namespace
}  // namespace tidegate::merkle
