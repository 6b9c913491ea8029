// The commitments of CRYPTO.md, "Record": salts, rung hashes, leaves of fields. They commit to bytes; this file does
// not know what a value means.
#ifndef TIDEGATE_NODE_RECORD_OPENING_H_
#define TIDEGATE_NODE_RECORD_OPENING_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/record/view.h"

namespace tidegate::record {

// m is a u8; no ladder has more, and policy masks hold as many.
inline constexpr size_t kMaxRungs = 16;
// n is a u16; policy shapes hold as many.
inline constexpr size_t kMaxSlots = 256;

// salt_{r+1} = H("TDGslt1\0" || salt_r)[:16].
Salt NextSalt(const Salt& salt);

// R_r = H("TDGrng1\0" || salt_r || u16 slot || u8 rung || u8 type || LP16(attributes) || LP32(v_r)).
Hash RungHash(const Salt& salt, uint16_t slot, uint8_t rung, uint8_t type, std::string_view attributes,
              std::string_view value);

// L = H(0x00 || "TDGfld1\0" || u16 slot || u8 m || R_0 || ... || R_{m-1}), m at most kMaxRungs.
Hash FieldLeaf(uint16_t slot, std::span<const Hash> rungs);

// The leaf that an opened field leads to. `coarser` are v_{rung+1} ... v_{m-1} in canonical bytes.
Hash LeafOfOpened(const Opened& opened, std::span<const std::string> coarser);

// The values that Commit derives from the author's seed and does not draw at random: salts, leaves of absent fields,
// rungs finer than the author knows. The order of the calls decides which value each call gets.
class SeedPieces {
 public:
  SeedPieces(const Seed& seed, size_t count);
  ~SeedPieces();
  SeedPieces(const SeedPieces&) = delete;
  SeedPieces& operator=(const SeedPieces&) = delete;
  // Both together at most `count` times.
  Hash NextHash() { return pieces_[next_++]; }
  Salt NextSalt();

 private:
  std::vector<Hash> pieces_;
  size_t next_ = 0;
};

// The tree of fields as somebody holds it. It proves smaller and smaller parts of the tree, or a part for each of
// several partners. It keeps every hash that it computed. It does not check the hashes of the proof: a wrong hash is
// found when the result is verified.
class HeldTree {
 public:
  // `proof` is the multiproof of the positions held, which ascend strictly and lie below n. InvalidArgument if it does
  // not have the length that they need.
  static absl::StatusOr<HeldTree> Make(uint64_t n, std::span<const uint16_t> held, std::span<const Hash> proof);

  // The multiproof of `kept`: at least one of the positions held, ascending. `leaf` gives the leaf at a position that
  // is held and not kept, and is called once for each.
  using LeafSource = absl::FunctionRef<absl::StatusOr<Hash>(uint16_t position)>;
  absl::StatusOr<std::vector<Hash>> Prove(std::span<const uint16_t> kept, LeafSource leaf);

 private:
  explicit HeldTree(uint64_t n);
  // The index of a subtree in the list of hashes: leaves first, then inner nodes by the position that divides them.
  size_t PlaceOf(uint64_t begin, uint64_t end) const;
  void Keep(size_t place, const Hash& hash);
  absl::Status Fill(uint64_t begin, uint64_t end, std::span<const uint16_t> held, std::span<const Hash>& proof);
  absl::StatusOr<Hash> Root(uint64_t begin, uint64_t end, LeafSource leaf);
  absl::Status Walk(uint64_t begin, uint64_t end, std::span<const uint16_t> kept, LeafSource leaf,
                    std::vector<Hash>& out);

  uint64_t n_;
  std::vector<Hash> hashes_;
  std::vector<bool> known_;
};

// Joins two multiproofs of one tree to the proof of all their positions, which ascend strictly and lie below n. An
// error if a proof does not have the right length.
struct OpenPositions {
  std::span<const uint16_t> positions;
  std::span<const Hash> proof;
};
absl::StatusOr<std::vector<Hash>> MergeProofs(uint64_t n, OpenPositions a, OpenPositions b);

// EncodeView of a view whose fields lie anywhere in memory.
std::string EncodeView(std::string_view statement, std::span<const Opened* const> opened, std::span<const Hash> proof);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_OPENING_H_
