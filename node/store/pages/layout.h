// LMDB's format on disk, version 0.9, in numbers of this machine's byte order. Private to the room.
#ifndef TIDEGATE_NODE_STORE_PAGES_LAYOUT_H_
#define TIDEGATE_NODE_STORE_PAGES_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "node/store/pages/pages.h"

namespace tidegate::pages {

// A page: u64 number, u16 pad, u16 flags, u16 lower, u16 upper (or u32 pages of an overflow), then u16 offsets of
// nodes.
inline constexpr size_t kPageHead = 16;
inline constexpr uint16_t kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8;
// A node: u16 low, u16 high, u16 flags, u16 key bytes, then the key. In a leaf low and high are the bytes of the value,
// which follows; in a branch low, high and flags are the page below.
inline constexpr size_t kNodeHead = 8;
inline constexpr uint16_t kBigValue = 1, kSubTree = 2;
inline constexpr size_t kLongestKey = 511;
inline constexpr size_t kTreeBytes = 48;
inline constexpr uint64_t kNoPage = ~uint64_t{0};
// A head, behind the page's own: u32 magic, u32 version, u64 address, u64 map bytes, two trees, u64 last page, u64
// transaction.
inline constexpr uint32_t kMagic = 0xBEEFC0DE, kVersion = 1;
inline constexpr size_t kHeadBytes = 24 + 2 * kTreeBytes + 16;
inline constexpr uint16_t kIntegerKeys = 8;
inline constexpr unsigned kDeepest = 32;  // of LMDB's cursors
inline constexpr uint64_t kSmallestPage = 4096, kLargestPage = 32768;
inline constexpr uint64_t kMostTransactions = uint64_t{1} << 62;
inline constexpr uint64_t kMostMapBytes = uint64_t{1} << 46;

template <typename Number>
Number At(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof(number));
  return number;
}

inline Tree ReadTree(const char* bytes) {
  return {At<uint32_t>(bytes),      At<uint16_t>(bytes + 4),  At<uint16_t>(bytes + 6),  At<uint64_t>(bytes + 8),
          At<uint64_t>(bytes + 16), At<uint64_t>(bytes + 24), At<uint64_t>(bytes + 32), At<uint64_t>(bytes + 40)};
}

}  // namespace tidegate::pages

#endif  // TIDEGATE_NODE_STORE_PAGES_LAYOUT_H_
