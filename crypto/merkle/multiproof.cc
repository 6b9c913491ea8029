// The multiproof: one walk, which the prover and the verifier take in the same order.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"
#include "crypto/merkle/split.h"

namespace tidegate::merkle {
namespace {

// A tree of 2^32 leaves is 32 levels over its leaves.
constexpr int kMaxDepth = 33;

using Positions = std::span<const uint64_t>;

absl::Status CheckInput(uint64_t n, Positions positions) {
  if (n > kMultiproofMaxSize) {
    return absl::InvalidArgumentError(absl::StrCat("merkle: a multiproof covers at most 2^32 leaves, not ", n));
  }
  if (positions.empty()) return absl::InvalidArgumentError("merkle: a multiproof opens at least one leaf");
  for (size_t i = 1; i < positions.size(); ++i) {
    if (positions[i - 1] >= positions[i]) {
      return absl::InvalidArgumentError("merkle: the opened positions do not ascend strictly");
    }
  }
  if (positions.back() >= n) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: position ", positions.back(), " is outside a tree of ", n, " leaves"));
  }
  return absl::OkStatus();
}

// How many of the positions, which all lie in the subtree being divided, are left of `middle`.
size_t CountLeft(Positions positions, uint64_t middle) {
  return static_cast<size_t>(std::lower_bound(positions.begin(), positions.end(), middle) - positions.begin());
}

absl::Status TooDeep() { return absl::InternalError("merkle: a multiproof's walk went below the leaves"); }

class Prover {
 public:
  explicit Prover(HashSource source) : source_(source) {}

  absl::Status Walk(uint64_t begin, uint64_t end, Positions opened, int depth) {
    if (depth > kMaxDepth) return TooDeep();
    if (opened.empty()) {
      absl::StatusOr<Hash> hash = source_(begin, end);
      if (!hash.ok()) return hash.status();
      proof_.push_back(*hash);
      return absl::OkStatus();
    }
    if (opened.size() == end - begin) return absl::OkStatus();  // every leaf below is opened
    const uint64_t middle = begin + LeftSize(end - begin);
    const size_t left = CountLeft(opened, middle);
    if (absl::Status status = Walk(begin, middle, opened.first(left), depth + 1); !status.ok()) return status;
    return Walk(middle, end, opened.subspan(left), depth + 1);
  }
  std::vector<Hash> Take() { return std::move(proof_); }

 private:
  HashSource source_;
  std::vector<Hash> proof_;
};

class Verifier {
 public:
  Verifier(std::span<const Hash> leaves, std::span<const Hash> proof) : leaves_(leaves), proof_(proof) {}

  // Consumes the leaves and proof hashes of the subtree. Errors stick in `status_`.
  Hash Walk(uint64_t begin, uint64_t end, Positions opened, int depth) {
    if (depth > kMaxDepth) status_ = TooDeep();
    if (!status_.ok()) return {};
    if (opened.empty()) return Next(proof_);
    if (end - begin == 1) return Next(leaves_);
    const uint64_t middle = begin + LeftSize(end - begin);
    const size_t left = CountLeft(opened, middle);
    const Hash left_hash = Walk(begin, middle, opened.first(left), depth + 1);
    const Hash right_hash = Walk(middle, end, opened.subspan(left), depth + 1);
    if (!status_.ok()) return {};
    return NodeHash(left_hash, right_hash);
  }
  absl::Status Finish() const {
    if (!status_.ok()) return status_;
    if (!proof_.empty()) return absl::InvalidArgumentError("merkle: the multiproof has hashes that nothing needs");
    return absl::OkStatus();
  }

 private:
  Hash Next(std::span<const Hash>& hashes) {
    if (hashes.empty()) {
      status_ = absl::InvalidArgumentError("merkle: the multiproof has too few hashes");
      return {};
    }
    const Hash hash = hashes.front();
    hashes = hashes.subspan(1);
    return hash;
  }

  std::span<const Hash> leaves_;
  std::span<const Hash> proof_;
  absl::Status status_;
};

}  // namespace

absl::StatusOr<std::vector<Hash>> ProveMulti(uint64_t n, std::span<const uint64_t> positions, HashSource source) {
  if (absl::Status status = CheckInput(n, positions); !status.ok()) return status;
  Prover prover(source);
  if (absl::Status status = prover.Walk(0, n, positions, 0); !status.ok()) return status;
  return prover.Take();
}

absl::StatusOr<Hash> RootFromMulti(uint64_t n, std::span<const uint64_t> positions, std::span<const Hash> leaf_hashes,
                                   std::span<const Hash> proof) {
  if (absl::Status status = CheckInput(n, positions); !status.ok()) return status;
  if (leaf_hashes.size() != positions.size()) {
    return absl::InvalidArgumentError("merkle: a multiproof needs one leaf hash for each opened position");
  }
  Verifier verifier(leaf_hashes, proof);
  const Hash root = verifier.Walk(0, n, positions, 0);
  if (absl::Status status = verifier.Finish(); !status.ok()) return status;
  return root;
}

}  // namespace tidegate::merkle
