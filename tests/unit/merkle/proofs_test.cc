// RFC 6962 trees against the reference log's known answers, and proofs against every size and position up to a bound.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "crypto/merkle/merkle.h"
#include "tests/unit/merkle/leaves.h"

namespace tidegate::merkle {
namespace {

constexpr uint64_t kSizes = 70;  // past 64, so that three levels of ragged edges occur

// RFC 6962 §2.1, word for word.
Hash NaiveRoot(std::span<const Hash> leaves) {
  if (leaves.empty()) return crypto::HashOf({});
  if (leaves.size() == 1) return leaves[0];
  size_t k = 1;
  while (k * 2 < leaves.size()) k *= 2;
  return NodeHash(NaiveRoot(leaves.first(k)), NaiveRoot(leaves.subspan(k)));
}

TEST(Root, ReferenceLog) {  // the eight entries that Certificate Transparency's own tests use
  std::vector<Hash> leaves;
  for (const char* entry :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(LeafHash(absl::HexStringToBytes(entry)));
  }
  const auto root = [&](size_t size) {
    const Hash hash = RootOf(std::span(leaves).first(size));
    return absl::BytesToHexString(std::string(crypto::View(hash)));
  };
  EXPECT_EQ(root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(root(1), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(root(8), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Root, AllWaysAgree) {
  const std::vector<Hash> leaves = Leaves(kSizes);
  Accumulator accumulator;
  for (uint64_t size = 0; size <= kSizes; ++size) {
    const auto part = std::span(leaves).first(size);
    const Hash root = NaiveRoot(part);
    EXPECT_EQ(RootOf(part), root);
    EXPECT_EQ(Tree(part).Root(), root);
    EXPECT_EQ(accumulator.Root(), root);
    EXPECT_EQ(accumulator.size(), size);
    const absl::StatusOr<Accumulator> copy = Accumulator::Import(size, accumulator.peaks());
    ASSERT_TRUE(copy.ok());
    EXPECT_EQ(copy->Root(), root);
    if (size < kSizes) accumulator.Push(leaves[size]);
  }
}

TEST(Accumulator, RefusesTheWrongNumberOfPeaks) {
  const std::vector<Hash> peaks = Leaves(2);
  EXPECT_TRUE(Accumulator::Import(5, peaks).ok());
  EXPECT_FALSE(Accumulator::Import(7, peaks).ok());
  EXPECT_FALSE(Accumulator::Import(0, peaks).ok());
}

TEST(LeafHash, PartsAreOneInput) { EXPECT_EQ(LeafHash({"ab", "", "c"}), LeafHash("abc")); }

TEST(Sources, GiveEachSubtreeAlike) {
  const std::vector<Hash> leaves = Leaves(21);
  const Tree tree(leaves);
  const SpanSource span(leaves);
  const auto perfect = [&](unsigned level, uint64_t index) -> absl::StatusOr<Hash> {
    return RootOf(std::span(leaves).subspan(index << level, uint64_t{1} << level));
  };
  int subtrees = 0;
  for (uint64_t begin = 0; begin < leaves.size(); ++begin) {
    for (uint64_t end = begin + 1; end <= leaves.size(); ++end) {
      const absl::StatusOr<Hash> hash = span(begin, end);
      const absl::StatusOr<Hash> kept = tree(begin, end);
      const absl::StatusOr<Hash> folded = RootOfRange(begin, end, perfect);
      EXPECT_EQ(hash.ok(), kept.ok());
      EXPECT_EQ(hash.ok(), folded.ok());
      if (!hash.ok()) continue;
      ++subtrees;
      EXPECT_EQ(*hash, NaiveRoot(std::span(leaves).subspan(begin, end - begin)));
      EXPECT_EQ(*kept, *hash) << begin << " " << end;
      EXPECT_EQ(*folded, *hash) << begin << " " << end;
    }
  }
  EXPECT_GT(subtrees, 60);
  EXPECT_FALSE(tree(0, 22).ok());
  EXPECT_FALSE(span(3, 3).ok());
  EXPECT_FALSE(span(0, UINT64_MAX).ok());
}

TEST(Sources, ErrorsPassThrough) {
  const auto broken = [](uint64_t, uint64_t) -> absl::StatusOr<Hash> { return absl::DataLossError("no tile"); };
  EXPECT_TRUE(absl::IsDataLoss(InclusionProof(1, 5, broken).status()));
  EXPECT_TRUE(absl::IsDataLoss(ConsistencyProof(3, 5, broken).status()));
  const std::vector<uint64_t> positions = {1};
  EXPECT_TRUE(absl::IsDataLoss(ProveMulti(5, positions, broken).status()));
}

TEST(Inclusion, EverySizeAndPosition) {
  const std::vector<Hash> leaves = Leaves(kSizes);
  for (uint64_t size = 1; size <= kSizes; ++size) {
    const Tree tree(std::span<const Hash>(leaves).first(size));
    for (uint64_t index = 0; index < size; ++index) {
      absl::StatusOr<std::vector<Hash>> proof = InclusionProof(index, size, tree);
      ASSERT_TRUE(proof.ok());
      ASSERT_TRUE(VerifyInclusion(index, size, leaves[index], *proof, tree.Root()).ok()) << index << " of " << size;
      EXPECT_FALSE(VerifyInclusion(index, size, leaves[(index + 1) % kSizes], *proof, tree.Root()).ok());
      proof->push_back(leaves[0]);
      EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(index, size, leaves[index], *proof, tree.Root())));
      proof->pop_back();
      if (proof->empty()) continue;
      proof->pop_back();
      EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(index, size, leaves[index], *proof, tree.Root())));
    }
  }
}

TEST(Inclusion, RefusesWhatMakesNoSense) {
  const std::vector<Hash> leaves = Leaves(4);
  EXPECT_FALSE(InclusionProof(4, 4, SpanSource(leaves)).ok());
  EXPECT_FALSE(InclusionProof(0, 0, SpanSource(leaves)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(0, 0, leaves[0], {}, leaves[0])));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyInclusion(4, 4, leaves[0], {}, leaves[0])));
  const absl::StatusOr<std::vector<Hash>> proof = InclusionProof(2, 4, SpanSource(leaves));
  EXPECT_TRUE(absl::IsDataLoss(VerifyInclusion(2, 4, leaves[2], *proof, leaves[0])));
}

TEST(Consistency, EveryPairOfSizes) {
  const std::vector<Hash> leaves = Leaves(kSizes);
  const Tree tree(leaves);  // an older tree's right edges are asked of it too
  for (uint64_t new_size = 1; new_size <= kSizes; ++new_size) {
    const Hash new_root = NaiveRoot(std::span(leaves).first(new_size));
    for (uint64_t old_size = 1; old_size <= new_size; ++old_size) {
      const Hash old_root = NaiveRoot(std::span(leaves).first(old_size));
      absl::StatusOr<std::vector<Hash>> proof = ConsistencyProof(old_size, new_size, tree);
      ASSERT_TRUE(proof.ok());
      ASSERT_TRUE(VerifyConsistency(old_size, new_size, old_root, new_root, *proof).ok())
          << old_size << " to " << new_size;
      EXPECT_EQ(proof->empty(), old_size == new_size);
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, leaves[1], new_root, *proof).ok());
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, old_root, leaves[1], *proof).ok());
      proof->push_back(leaves[0]);
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, old_root, new_root, *proof).ok());
      if (old_size == new_size) continue;
      proof->resize(proof->size() - 2 + (proof->size() == 1 ? 1 : 0));
      EXPECT_FALSE(VerifyConsistency(old_size, new_size, old_root, new_root, *proof).ok());
    }
  }
}

TEST(Consistency, NothingIsProvedFromNothing) {
  const std::vector<Hash> leaves = Leaves(2);
  EXPECT_FALSE(ConsistencyProof(0, 2, SpanSource(leaves)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(0, 2, EmptyRoot(), RootOf(leaves), {})));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {})));
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyConsistency(3, 2, EmptyRoot(), EmptyRoot(), {})));
}

TEST(SubtreeConsistency, EmptySubtreeAndNoSubtree) {
  const std::vector<Hash> leaves = Leaves(8);
  const Hash root = RootOf(leaves);
  EXPECT_TRUE(VerifySubtreeConsistency(3, 3, 8, EmptyRoot(), root, {}).ok());
  EXPECT_FALSE(VerifySubtreeConsistency(3, 3, 8, leaves[0], root, {}).ok());
  EXPECT_FALSE(VerifySubtreeConsistency(9, 9, 8, EmptyRoot(), root, {}).ok());
  EXPECT_FALSE(VerifySubtreeConsistency(1, 3, 8, leaves[0], root, {}).ok());
  EXPECT_FALSE(VerifySubtreeConsistency(4, 12, 8, leaves[0], root, {}).ok());
  EXPECT_FALSE(VerifySubtreeConsistency(5, 4, 8, leaves[0], root, {}).ok());
}

}  // namespace
}  // namespace tidegate::merkle
