#include <bit>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"

namespace tidegate::merkle {

void Accumulator::Push(const Hash& leaf_hash) {
  // Binary addition: each trailing one of the old size is a peak that the new leaf completes to one twice as large.
  Hash node = leaf_hash;
  for (uint64_t size = size_; (size & 1) != 0; size >>= 1) {
    node = NodeHash(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

Hash Accumulator::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Hash root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) root = NodeHash(peaks_[i], root);
  return root;
}

absl::StatusOr<Accumulator> Accumulator::Import(uint64_t size, std::span<const Hash> peaks) {
  const auto expected = static_cast<size_t>(std::popcount(size));
  if (peaks.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: a tree of ", size, " leaves has ", expected, " peaks, not ", peaks.size()));
  }
  Accumulator accumulator;
  accumulator.size_ = size;
  accumulator.peaks_.assign(peaks.begin(), peaks.end());
  return accumulator;
}

}  // namespace tidegate::merkle
