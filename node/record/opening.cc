#include "node/record/opening.h"

#include <cstring>

#include "crypto/merkle/merkle.h"
#include "crypto/secret.h"
#include "node/record/refusal.h"

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

class Narrowing {
 public:
  explicit Narrowing(std::span<const Hash> proof) : proof_(proof) {}

  // The subtree of leaves [begin, end): nothing kept gives its hash, a kept leaf gives nothing.
  void Walk(uint64_t begin, uint64_t end, std::span<const uint16_t> held, std::span<const Hash> leaves,
            std::span<const uint16_t> kept) {
    if (kept.empty()) {
      out_.push_back(HashOfRange(begin, end, held, leaves));
      return;
    }
    if (end - begin == 1) return;
    const uint64_t middle = begin + SplitOf(end - begin);
    const size_t held_left = CountBelow(held, middle);
    const size_t kept_left = CountBelow(kept, middle);
    Walk(begin, middle, held.first(held_left), leaves.first(held_left), kept.first(kept_left));
    Walk(middle, end, held.subspan(held_left), leaves.subspan(held_left), kept.subspan(kept_left));
  }

  bool exact() const { return proof_.exact(); }
  std::vector<Hash> Take() { return std::move(out_); }

 private:
  Hash HashOfRange(uint64_t begin, uint64_t end, std::span<const uint16_t> held, std::span<const Hash> leaves) {
    if (held.empty()) return proof_.Next();
    if (end - begin == 1) return leaves.front();
    const uint64_t middle = begin + SplitOf(end - begin);
    const size_t left_count = CountBelow(held, middle);
    const Hash left = HashOfRange(begin, middle, held.first(left_count), leaves.first(left_count));
    const Hash right = HashOfRange(middle, end, held.subspan(left_count), leaves.subspan(left_count));
    return merkle::NodeHash(left, right);
  }

  ProofReader proof_;
  std::vector<Hash> out_;
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

absl::StatusOr<std::vector<Hash>> NarrowProof(uint64_t n, std::span<const uint16_t> held, std::span<const Hash> leaves,
                                              std::span<const Hash> proof, std::span<const uint16_t> kept) {
  Narrowing narrowing(proof);
  narrowing.Walk(0, n, held, leaves, kept);
  if (!narrowing.exact()) return Refuse({"opening: the multiproof has another length than its positions need"});
  return narrowing.Take();
}

absl::StatusOr<std::vector<Hash>> MergeProofs(uint64_t n, OpenPositions a, OpenPositions b) {
  Merging merging(a.proof, b.proof);
  merging.Walk(0, n, a.positions, true, b.positions, true);
  if (!merging.exact()) return Refuse({"opening: the multiproof has another length than its positions need"});
  return merging.Take();
}

}  // namespace tidegate::record
