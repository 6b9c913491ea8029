#include "node/record/opening.h"

#include <cstring>

#include "crypto/merkle/merkle.h"
#include "crypto/secret.h"
#include "node/record/value/refusal.h"

namespace tidegate::record {
namespace {

using crypto::Label;

constexpr std::string_view kSaltLabel = Label("TDGslt1");
constexpr std::string_view kRungLabel = Label("TDGrng1");
constexpr std::string_view kFieldLabel = Label("TDGfld1");

// Short inputs are joined on the stack and hashed in one call: most values are shorter than their hash's block.
class Preimage {
 public:
  Preimage& U8(uint8_t v) {
    bytes_[size_++] = static_cast<char>(v);
    return *this;
  }
  Preimage& U16(uint16_t v) { return U8(static_cast<uint8_t>(v >> 8)).U8(static_cast<uint8_t>(v)); }
  Preimage& U32(uint32_t v) { return U16(static_cast<uint16_t>(v >> 16)).U16(static_cast<uint16_t>(v)); }
  Preimage& Raw(std::string_view v) {
    std::memcpy(bytes_ + size_, v.data(), v.size());
    size_ += v.size();
    return *this;
  }
  size_t room() const { return sizeof(bytes_) - size_; }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  char bytes_[kMaxRungs * sizeof(Hash) + 64];
  size_t size_ = 0;
};

Salt FirstHalf(const Hash& hash) {
  Salt salt;
  std::memcpy(salt.data(), hash.data(), salt.size());
  return salt;
}

// The split of RFC 6962 §2.1: the largest power of two below `size`, which is at least 2.
uint64_t SplitOf(uint64_t size) {
  uint64_t half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

// How many of the ascending `positions` lie below `limit`.
size_t CountBelow(std::span<const uint16_t> positions, uint64_t limit) {
  size_t count = 0;
  while (count < positions.size() && positions[count] < limit) ++count;
  return count;
}

// Reads a proof in its own order: left before right, so one index is enough.
class ProofReader {
 public:
  explicit ProofReader(std::span<const Hash> proof) : proof_(proof) {}
  Hash Next() {
    if (at_ < proof_.size()) return proof_[at_++];
    short_ = true;
    return Hash{};
  }
  bool exact() const { return !short_ && at_ == proof_.size(); }

 private:
  std::span<const Hash> proof_;
  size_t at_ = 0;
  bool short_ = false;
};

class Merging {
 public:
  Merging(std::span<const Hash> a, std::span<const Hash> b) : a_(a), b_(b) {}

  // `in_a`: a's walk entered this subtree's parent, so a's proof speaks of it.
  void Walk(uint64_t begin, uint64_t end, std::span<const uint16_t> a, bool in_a, std::span<const uint16_t> b,
            bool in_b) {
    Hash known{};
    if (in_a && a.empty()) known = a_.Next();
    if (in_b && b.empty()) known = b_.Next();
    if (a.empty() && b.empty()) {
      out_.push_back(known);
      return;
    }
    if (end - begin == 1) return;
    const uint64_t middle = begin + SplitOf(end - begin);
    const size_t a_left = CountBelow(a, middle);
    const size_t b_left = CountBelow(b, middle);
    const bool a_goes_on = in_a && !a.empty();
    const bool b_goes_on = in_b && !b.empty();
    Walk(begin, middle, a.first(a_left), a_goes_on, b.first(b_left), b_goes_on);
    Walk(middle, end, a.subspan(a_left), a_goes_on, b.subspan(b_left), b_goes_on);
  }

  bool exact() const { return a_.exact() && b_.exact(); }
  std::vector<Hash> Take() { return std::move(out_); }

 private:
  ProofReader a_;
  ProofReader b_;
  std::vector<Hash> out_;
};

}  // namespace

Salt NextSalt(const Salt& salt) {
  return FirstHalf(crypto::HashOf({Preimage().Raw(kSaltLabel).Raw(crypto::View(salt)).view()}));
}

Hash RungHash(const Salt& salt, uint16_t slot, uint8_t rung, uint8_t type, std::string_view attributes,
              std::string_view value) {
  Preimage head;
  head.Raw(kRungLabel)
      .Raw(crypto::View(salt))
      .U16(slot)
      .U8(rung)
      .U8(type)
      .U16(static_cast<uint16_t>(attributes.size()));
  const auto length = static_cast<uint32_t>(value.size());
  if (attributes.size() + sizeof(length) + value.size() <= head.room()) {
    return crypto::HashOf({head.Raw(attributes).U32(length).Raw(value).view()});
  }
  return crypto::HashOf({head.view(), attributes, Preimage().U32(length).view(), value});
}

Hash FieldLeaf(uint16_t slot, std::span<const Hash> rungs) {
  Preimage leaf;
  leaf.U8(0).Raw(kFieldLabel).U16(slot).U8(static_cast<uint8_t>(rungs.size()));
  for (const Hash& rung : rungs) leaf.Raw(crypto::View(rung));
  return crypto::HashOf({leaf.view()});
}

Hash LeafOfOpened(const Opened& opened, std::span<const std::string> coarser) {
  Hash rungs[kMaxRungs];
  size_t m = 0;
  for (const Hash& finer : opened.finer) rungs[m++] = finer;
  Salt salt = opened.salt;
  rungs[m++] = RungHash(salt, opened.slot, opened.rung, opened.type, opened.attributes, opened.value);
  for (const std::string& value : coarser) {
    salt = NextSalt(salt);
    rungs[m] = RungHash(salt, opened.slot, static_cast<uint8_t>(m), opened.type, opened.attributes, value);
    ++m;
  }
  return FieldLeaf(opened.slot, std::span<const Hash>(rungs, m));
}

SeedPieces::SeedPieces(const Seed& seed, size_t count) : pieces_(count) {
  if (count > 0) crypto::FillFromSeed(seed, {pieces_.data()->data(), count * sizeof(Hash)});
}

// Salts of fields that nobody was shown would stay in freed memory.
SeedPieces::~SeedPieces() { crypto::Zeroise(pieces_.data(), pieces_.size() * sizeof(Hash)); }

Salt SeedPieces::NextSalt() { return FirstHalf(NextHash()); }

HeldTree::HeldTree(uint64_t n) : n_(n), hashes_(2 * n), known_(2 * n, false) {}

size_t HeldTree::PlaceOf(uint64_t begin, uint64_t end) const {
  return end - begin == 1 ? begin : n_ + begin + SplitOf(end - begin);
}

void HeldTree::Keep(size_t place, const Hash& hash) {
  hashes_[place] = hash;
  known_[place] = true;
}

absl::StatusOr<HeldTree> HeldTree::Make(uint64_t n, std::span<const uint16_t> held, std::span<const Hash> proof) {
  HeldTree tree(n);
  absl::Status filled = tree.Fill(0, n, held, proof);
  if (!filled.ok() || !proof.empty()) {
    return Refuse({"opening: the multiproof has another length than its positions need"});
  }
  return tree;
}

absl::Status HeldTree::Fill(uint64_t begin, uint64_t end, std::span<const uint16_t> held,
                            std::span<const Hash>& proof) {
  if (held.empty()) {
    if (proof.empty()) return absl::InvalidArgumentError("");
    Keep(PlaceOf(begin, end), proof.front());
    proof = proof.subspan(1);
    return absl::OkStatus();
  }
  if (end - begin == 1) return absl::OkStatus();
  const uint64_t middle = begin + SplitOf(end - begin);
  const size_t left = CountBelow(held, middle);
  if (absl::Status status = Fill(begin, middle, held.first(left), proof); !status.ok()) return status;
  return Fill(middle, end, held.subspan(left), proof);
}

absl::StatusOr<Hash> HeldTree::Root(uint64_t begin, uint64_t end, LeafSource leaf) {
  const size_t place = PlaceOf(begin, end);
  if (known_[place]) return hashes_[place];
  if (end - begin == 1) {
    absl::StatusOr<Hash> hash = leaf(static_cast<uint16_t>(begin));
    if (hash.ok()) Keep(place, *hash);
    return hash;
  }
  const uint64_t middle = begin + SplitOf(end - begin);
  absl::StatusOr<Hash> left = Root(begin, middle, leaf);
  if (!left.ok()) return left;
  absl::StatusOr<Hash> right = Root(middle, end, leaf);
  if (!right.ok()) return right;
  Keep(place, merkle::NodeHash(*left, *right));
  return hashes_[place];
}

// A subtree without kept leaves gives its hash; a kept leaf gives nothing.
absl::Status HeldTree::Walk(uint64_t begin, uint64_t end, std::span<const uint16_t> kept, LeafSource leaf,
                            std::vector<Hash>& out) {
  if (kept.empty()) {
    absl::StatusOr<Hash> root = Root(begin, end, leaf);
    if (!root.ok()) return root.status();
    out.push_back(*root);
    return absl::OkStatus();
  }
  if (end - begin == 1) return absl::OkStatus();
  const uint64_t middle = begin + SplitOf(end - begin);
  const size_t left = CountBelow(kept, middle);
  if (absl::Status status = Walk(begin, middle, kept.first(left), leaf, out); !status.ok()) return status;
  return Walk(middle, end, kept.subspan(left), leaf, out);
}

absl::StatusOr<std::vector<Hash>> HeldTree::Prove(std::span<const uint16_t> kept, LeafSource leaf) {
  std::vector<Hash> proof;
  if (absl::Status status = Walk(0, n_, kept, leaf, proof); !status.ok()) return status;
  return proof;
}

absl::StatusOr<std::vector<Hash>> MergeProofs(uint64_t n, OpenPositions a, OpenPositions b) {
  Merging merging(a.proof, b.proof);
  merging.Walk(0, n, a.positions, true, b.positions, true);
  if (!merging.exact()) return Refuse({"opening: the multiproof has another length than its positions need"});
  return merging.Take();
}

}  // namespace tidegate::record
