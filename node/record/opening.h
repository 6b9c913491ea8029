// The commitments of CRYPTO.md "Record", over opaque bytes: salts, rung hashes, leaves of fields. Nothing here knows
// what a value means.
#ifndef TIDEGATE_NODE_RECORD_OPENING_H_
#define TIDEGATE_NODE_RECORD_OPENING_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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

// What the author's seed gives in place of randomness (Commit), in the order in which it is asked for: salts, leaves of
// absent fields, rungs finer than is known.
class SeedPieces {
 public:
  SeedPieces(const Seed& seed, size_t count);
  ~SeedPieces();
  SeedPieces(const SeedPieces&) = delete;
  SeedPieces& operator=(const SeedPieces&) = delete;
  // No more often than `count` together.
  Hash NextHash() { return pieces_[next_++]; }
  Salt NextSalt();

 private:
  std::vector<Hash> pieces_;
  size_t next_ = 0;
};

// One tree, seen through two multiproofs. Positions ascend strictly and lie below n; the proofs are of the right length
// or it is an error. The hashes themselves are taken as they are: whoever verifies the result finds a wrong one.
//
// From the proof for `held` to the proof for `kept`, a subset: `leaves[i]` is the leaf at held[i], needed only where
// held[i] is not kept.
absl::StatusOr<std::vector<Hash>> NarrowProof(uint64_t n, std::span<const uint16_t> held, std::span<const Hash> leaves,
                                              std::span<const Hash> proof, std::span<const uint16_t> kept);
// From two proofs to the proof for the union of their positions.
struct OpenPositions {
  std::span<const uint16_t> positions;
  std::span<const Hash> proof;
};
absl::StatusOr<std::vector<Hash>> MergeProofs(uint64_t n, OpenPositions a, OpenPositions b);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_OPENING_H_
