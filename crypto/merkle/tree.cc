// Hashing, and the three places a subtree's root can come from: leaves in memory, a kept tree, perfect nodes.
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/merkle/merkle.h"
#include "crypto/merkle/split.h"

namespace tidegate::merkle {
namespace {

absl::Status NoSubtree(uint64_t begin, uint64_t end) {
  return absl::InvalidArgumentError(
      absl::StrCat("merkle: leaves ", begin, " to ", end, " are no subtree of this tree"));
}

}  // namespace

Hash LeafHash(std::string_view data) { return LeafHash({data}); }

Hash LeafHash(std::initializer_list<std::string_view> parts) {
  crypto::Sha256 sha;
  sha.Update(std::string_view("\0", 1));
  for (std::string_view part : parts) sha.Update(part);
  return sha.Finish();
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<uint8_t, 65> bytes;
  bytes[0] = 1;
  std::memcpy(bytes.data() + 1, left.data(), left.size());
  std::memcpy(bytes.data() + 33, right.data(), right.size());
  return crypto::HashOf({crypto::View(bytes)});
}

Hash EmptyRoot() { return crypto::HashOf({}); }

Hash RootOf(std::span<const Hash> leaf_hashes) {
  // As an Accumulator does, but with the peaks on the stack: records are hashed by the hundred thousand.
  if (leaf_hashes.empty()) return EmptyRoot();
  std::array<Hash, 64> peaks;
  size_t count = 0;
  for (uint64_t i = 0; i < leaf_hashes.size(); ++i) {
    Hash node = leaf_hashes[i];
    for (uint64_t size = i; (size & 1) != 0; size >>= 1) node = NodeHash(peaks[--count], node);
    peaks[count++] = node;
  }
  Hash root = peaks[--count];
  while (count > 0) root = NodeHash(peaks[--count], root);
  return root;
}

Tree::Tree(std::span<const Hash> leaf_hashes) : size_(leaf_hashes.size()) {
  levels_.emplace_back(leaf_hashes.begin(), leaf_hashes.end());
  while (levels_.back().size() > 1) {
    const std::vector<Hash>& below = levels_.back();
    std::vector<Hash> level;
    level.reserve((below.size() + 1) / 2);
    for (size_t i = 0; i + 1 < below.size(); i += 2) level.push_back(NodeHash(below[i], below[i + 1]));
    // A node without a sibling rises as it is: that is RFC 6962's ragged right edge.
    if (below.size() % 2 != 0) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

Hash Tree::Root() const { return size_ == 0 ? EmptyRoot() : levels_.back().front(); }

absl::StatusOr<Hash> Tree::operator()(uint64_t begin, uint64_t end) const {
  if (end > size_ || !IsSubtree(begin, end)) return NoSubtree(begin, end);
  if (std::has_single_bit(end - begin) || end == size_) {
    const int level = std::bit_width(end - begin - 1);
    return levels_[level][begin >> level];
  }
  // The right edge of an older, smaller tree is not kept as a node.
  const std::span<const Hash> leaves(levels_.front());
  return RootOf(leaves.subspan(begin, end - begin));
}

absl::StatusOr<Hash> SpanSource::operator()(uint64_t begin, uint64_t end) const {
  if (end > leaves_.size() || !IsSubtree(begin, end)) return NoSubtree(begin, end);
  return RootOf(leaves_.subspan(begin, end - begin));
}

absl::StatusOr<Hash> RootOfRange(uint64_t begin, uint64_t end, NodeSource node) {
  if (!IsSubtree(begin, end)) return NoSubtree(begin, end);
  // Perfect subtrees from the smallest, rightmost one: each bit of the length is one.
  Hash root{};
  bool first = true;
  for (uint64_t length = end - begin; length != 0; length &= length - 1) {
    const auto level = static_cast<unsigned>(std::countr_zero(length));
    const uint64_t start = begin + (length & (length - 1));
    absl::StatusOr<Hash> perfect = node(level, start >> level);
    if (!perfect.ok()) return perfect.status();
    root = first ? *perfect : NodeHash(*perfect, root);
    first = false;
  }
  return root;
}

}  // namespace tidegate::merkle
