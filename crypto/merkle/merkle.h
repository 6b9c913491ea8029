// Merkle trees: RFC 6962 / RFC 9162 hashing, inclusion, consistency, and one multiproof for records and logs alike.
//
//   Takes    leaf hashes, sizes and positions; untrusted proofs to verify
//   Gives    roots and proofs; OK, or why a proof is wrong
//   May call crypto/hash
//   Must     read and write nothing: all functions are pure
//   Threads  any; an Accumulator or Tree is an ordinary value
//   Spec     crypto/CRYPTO.md, "Trees"
#ifndef TIDEGATE_CRYPTO_MERKLE_MERKLE_H_
#define TIDEGATE_CRYPTO_MERKLE_MERKLE_H_

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"

namespace tidegate::merkle {

using crypto::Hash;

// H(0x00 || data); the data may come in parts.
Hash LeafHash(std::string_view data);
Hash LeafHash(std::initializer_list<std::string_view> parts);
// H(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);
// H(""), the root of the tree without leaves.
Hash EmptyRoot();
Hash RootOf(std::span<const Hash> leaf_hashes);

// A growing tree. It keeps only the roots of its perfect subtrees ("peaks"), largest first: at most 64 hashes.
class Accumulator {
 public:
  void Push(const Hash& leaf_hash);
  uint64_t size() const { return size_; }
  Hash Root() const;
  // One hash for each bit set in size(), largest subtree first. With size() it is the whole state.
  std::span<const Hash> peaks() const { return peaks_; }
  // InvalidArgument unless there is one peak for each bit set in `size`.
  static absl::StatusOr<Accumulator> Import(uint64_t size, std::span<const Hash> peaks);

 private:
  uint64_t size_ = 0;
  std::vector<Hash> peaks_;
};

// A small tree that keeps all its nodes, so that proofs cost no hashing. It can be used as a HashSource.
class Tree {
 public:
  explicit Tree(std::span<const Hash> leaf_hashes);
  uint64_t size() const { return size_; }
  Hash Root() const;
  absl::StatusOr<Hash> operator()(uint64_t begin, uint64_t end) const;

 private:
  uint64_t size_;
  std::vector<std::vector<Hash>> levels_;  // levels_[k][i] is the root of [i * 2^k, min((i + 1) * 2^k, size))
};

// Gives the root of the leaves [begin, end). begin is a multiple of the smallest power of two that is at least end -
// begin. If end - begin is not a power of two, the subtree is at the right edge of the tree. Whoever asks for a proof
// gets the errors of this function.
using HashSource = absl::FunctionRef<absl::StatusOr<Hash>(uint64_t begin, uint64_t end)>;

// A HashSource over leaf hashes in memory. It hashes a subtree when asked for it.
class SpanSource {
 public:
  explicit SpanSource(std::span<const Hash> leaf_hashes) : leaves_(leaf_hashes) {}
  absl::StatusOr<Hash> operator()(uint64_t begin, uint64_t end) const;

 private:
  std::span<const Hash> leaves_;
};

// For a log that keeps only perfect nodes (tiles): gives node `index` of `level`, the root of
// [index * 2^level, (index + 1) * 2^level). From such nodes RootOfRange makes the roots that a HashSource must give.
using NodeSource = absl::FunctionRef<absl::StatusOr<Hash>(unsigned level, uint64_t index)>;
absl::StatusOr<Hash> RootOfRange(uint64_t begin, uint64_t end, NodeSource node);

// RFC 9162 §2.1.3. Provers: InvalidArgument if the index is outside the tree. Verifiers: InvalidArgument if the sizes
// make no sense or the proof has the wrong length, DataLoss if it leads to another root.
absl::StatusOr<std::vector<Hash>> InclusionProof(uint64_t index, uint64_t size, HashSource source);
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Hash& leaf_hash, std::span<const Hash> proof,
                             const Hash& root);

// RFC 9162 §2.1.4. An old size of 0 is refused: every tree extends the empty one, so there is nothing to prove, and the
// caller decides whether it trusts a log that it meets for the first time. Equal sizes need an empty proof and equal
// roots.
absl::StatusOr<std::vector<Hash>> ConsistencyProof(uint64_t old_size, uint64_t new_size, HashSource source);
absl::Status VerifyConsistency(uint64_t old_size, uint64_t new_size, const Hash& old_root, const Hash& new_root,
                               std::span<const Hash> proof);

// The same for a subtree [begin, end), where begin is a multiple of the smallest power of two that is at least end -
// begin (draft-ietf-plants-merkle-tree-certs §4). The first verifies that a leaf is in the subtree, the second that the
// subtree is in a tree of `size` leaves. The empty subtree has the empty root. An empty proof shows that it is part of
// every tree that reaches to it.
absl::Status VerifySubtreeInclusion(uint64_t index, uint64_t begin, uint64_t end, const Hash& leaf_hash,
                                    std::span<const Hash> proof, const Hash& subtree_root);
absl::Status VerifySubtreeConsistency(uint64_t begin, uint64_t end, uint64_t size, const Hash& subtree_root,
                                      const Hash& root, std::span<const Hash> proof);

// The multiproof. Walk the tree from its root, left before right. A subtree without an opened position gives its hash
// and is not entered; an opened leaf gives nothing. This is the only minimal list.
inline constexpr uint64_t kMultiproofMaxSize = uint64_t{1} << 32;

// `positions` ascend strictly and are below n; there is at least one; n is at most 2^32. Otherwise InvalidArgument.
absl::StatusOr<std::vector<Hash>> ProveMulti(uint64_t n, std::span<const uint64_t> positions, HashSource source);
// Computes the root from the opened leaves and the proof. InvalidArgument unless every hash of the proof is used
// exactly once. The caller compares the root with the root that it trusts.
absl::StatusOr<Hash> RootFromMulti(uint64_t n, std::span<const uint64_t> positions, std::span<const Hash> leaf_hashes,
                                   std::span<const Hash> proof);

}  // namespace tidegate::merkle

#endif  // TIDEGATE_CRYPTO_MERKLE_MERKLE_H_
