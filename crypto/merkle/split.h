// How RFC 6962 divides a tree. Private to the room.
#ifndef TIDEGATE_CRYPTO_MERKLE_SPLIT_H_
#define TIDEGATE_CRYPTO_MERKLE_SPLIT_H_

#include <bit>
#include <cstdint>

namespace tidegate::merkle {

// The leaves that go to the left: the largest power of two smaller than `size`, which is at least 2.
constexpr uint64_t LeftSize(uint64_t size) { return std::bit_floor(size - 1); }

// [begin, end) is a node of some tree: begin is a multiple of the smallest power of two that is at least end - begin.
constexpr bool IsSubtree(uint64_t begin, uint64_t end) {
  if (begin >= end) return false;
  const uint64_t size = end - begin;
  if (size > uint64_t{1} << 63) return begin == 0;
  return (begin & (std::bit_ceil(size) - 1)) == 0;
}

}  // namespace tidegate::merkle

#endif  // TIDEGATE_CRYPTO_MERKLE_SPLIT_H_
