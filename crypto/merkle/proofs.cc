// Inclusion and consistency: RFC 9162 §2.1.3 and §2.1.4, and the subtree forms that generalise them.
#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "crypto/merkle/merkle.h"
#include "crypto/merkle/split.h"

namespace tidegate::merkle {
namespace {

absl::Status WrongLength() { return absl::InvalidArgumentError("merkle: the proof has the wrong number of hashes"); }

absl::Status WrongRoot(const char* what) {
  return absl::DataLossError(absl::StrCat("merkle: the ", what, " proof leads to another root"));
}

// Hashes from the leaf up are wanted, and found from the root down.
absl::StatusOr<std::vector<Hash>> Collected(absl::Status status, std::vector<Hash> from_root) {
  if (!status.ok()) return status;
  std::reverse(from_root.begin(), from_root.end());
  return from_root;
}

absl::Status Append(HashSource source, uint64_t begin, uint64_t end, std::vector<Hash>& out) {
  absl::StatusOr<Hash> hash = source(begin, end);
  if (!hash.ok()) return hash.status();
  out.push_back(*hash);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size, HashSource source) {
  if (index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("merkle: a tree of ", size, " leaves has no leaf ", index));
  }
  std::vector<Hash> path;
  absl::Status status;
  for (uint64_t begin = 0, end = size; end - begin > 1 && status.ok();) {
    const uint64_t middle = begin + LeftSize(end - begin);
    if (index < middle) {
      status = Append(source, middle, end, path);
      end = middle;
    } else {
      status = Append(source, begin, middle, path);
      begin = middle;
    }
  }
  return Collected(status, std::move(path));
}

absl::Status VerifySubtreeInclusion(uint64_t index, uint64_t begin, uint64_t end, const Hash& leaf_hash,
                                    std::span<const Hash> proof, const Hash& subtree_root) {
  if (!IsSubtree(begin, end) || index < begin || index >= end) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: leaf ", index, " is not in a subtree from ", begin, " to ", end));
  }
  uint64_t node = index - begin;
  uint64_t last = end - begin - 1;
  Hash hash = leaf_hash;
  for (const Hash& sibling : proof) {
    if (last == 0) return WrongLength();
    if ((node & 1) != 0 || node == last) {
      hash = NodeHash(sibling, hash);
      // The right edge rises without a sibling until it is a right child.
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return WrongLength();
  if (hash != subtree_root) return WrongRoot("inclusion");
  return absl::OkStatus();
}

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash, std::span<const Hash> proof,
                             const Hash& root) {
  return VerifySubtreeInclusion(index, 0, size, leaf_hash, proof, root);
}

absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size, HashSource source) {
  if (old_size == 0 || old_size > new_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: there is no consistency proof from ", old_size, " to ", new_size, " leaves"));
  }
  std::vector<Hash> path;
  absl::Status status;
  uint64_t begin = 0;
  uint64_t end = new_size;
  while (end != old_size && status.ok()) {
    const uint64_t middle = begin + LeftSize(end - begin);
    if (old_size <= middle) {
      status = Append(source, middle, end, path);
      end = middle;
    } else {
      status = Append(source, begin, middle, path);
      begin = middle;
    }
  }
  // The node both trees share, unless it is the whole old tree, whose root the verifier has.
  if (status.ok() && begin != 0) status = Append(source, begin, end, path);
  return Collected(status, std::move(path));
}

absl::Status VerifySubtreeConsistency(uint64_t begin, uint64_t end, uint64_t size, const Hash& subtree_root,
                                      const Hash& root, std::span<const Hash> proof) {
  if (begin == end && end <= size) {
    if (!proof.empty()) return WrongLength();
    return subtree_root == EmptyRoot() ? absl::OkStatus() : WrongRoot("consistency");
  }
  if (!IsSubtree(begin, end) || end > size) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: leaves ", begin, " to ", end, " are no subtree of a tree of ", size));
  }
  uint64_t first = begin;    // the subtree's leftmost node on this level
  uint64_t last = end - 1;   // its rightmost
  uint64_t edge = size - 1;  // the tree's rightmost
  // Rise to the node that the proof starts from: the largest one that ends the subtree and is a node of the tree.
  const bool at_edge = last == edge;
  while (first != last && (at_edge || (last & 1) != 0)) {
    first >>= 1;
    last >>= 1;
    edge >>= 1;
  }
  const bool whole = first == last;  // the subtree itself is that node
  if (!whole && proof.empty()) return WrongLength();
  Hash inner = whole ? subtree_root : proof.front();
  Hash outer = inner;
  for (const Hash& sibling : whole ? proof : proof.subspan(1)) {
    if (edge == 0) return WrongLength();
    if ((last & 1) != 0 || last == edge) {
      if (first < last) inner = NodeHash(sibling, inner);
      outer = NodeHash(sibling, outer);
      while ((last & 1) == 0 && last != 0) {
        first >>= 1;
        last >>= 1;
        edge >>= 1;
      }
    } else {
      outer = NodeHash(outer, sibling);
    }
    first >>= 1;
    last >>= 1;
    edge >>= 1;
  }
  if (edge != 0) return WrongLength();
  if (inner != subtree_root || outer != root) return WrongRoot("consistency");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root, const Hash& new_root,
                               std::span<const Hash> proof) {
  if (old_size == 0 || old_size > new_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("merkle: a consistency proof cannot lead from ", old_size, " to ", new_size, " leaves"));
  }
  return VerifySubtreeConsistency(0, old_size, new_size, old_root, new_root, proof);
}

}  // namespace tidegate::merkle
