#include "node/store/index/name_filter.h"

#include "absl/numeric/int128.h"

namespace tidegate::index {
namespace {

constexpr uint64_t kBitsAName = 11;
constexpr uint64_t kBlockBits = 512;
constexpr unsigned kProbes = 6;  // of nine bits of the term each
constexpr unsigned kProbeBits = 9;

}  // namespace

NameFilter::NameFilter(uint64_t names)
    : capacity_(names),
      blocks_(names * kBitsAName / kBlockBits + 1),
      words_(std::make_unique<std::atomic<uint64_t>[]>(blocks_ * kBlockWords)) {}

// Terms are hashes: their own bits choose. The first is the same in every name.
std::atomic<uint64_t>* NameFilter::BlockOf(const Posting& name) const {
  const uint64_t block = absl::Uint128High64(absl::uint128(name.high << 1) * blocks_);
  return &words_[block * kBlockWords];
}

void NameFilter::Add(const Posting& name) {
  std::atomic<uint64_t>* block = BlockOf(name);
  uint64_t bits = name.low;
  for (unsigned i = 0; i < kProbes; ++i, bits >>= kProbeBits) {
    block[bits % kBlockBits / 64].fetch_or(uint64_t{1} << (bits % 64), std::memory_order_relaxed);
  }
  ++added_;
}

bool NameFilter::MayHold(const Posting& name) const {
  const std::atomic<uint64_t>* block = BlockOf(name);
  uint64_t bits = name.low;
  for (unsigned i = 0; i < kProbes; ++i, bits >>= kProbeBits) {
    const uint64_t word = block[bits % kBlockBits / 64].load(std::memory_order_relaxed);
    if ((word >> (bits % 64) & 1) == 0) return false;
  }
  return true;
}

}  // namespace tidegate::index
