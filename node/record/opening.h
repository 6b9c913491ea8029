// The commitments of CRYPTO.md "Record", over opaque bytes: salts, rung hashes, leaves of fields. Nothing here knows
// what a value means.
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

// The tree of fields as somebody holds it, of which less and less, or less for one after another, is shown. Keeps every
// hash that it has needed. The proof's hashes are taken as they are: whoever verifies the result finds a wrong one.
class HeldTree {
 public:
  // `proof` is the multiproof of the positions held, which ascend strictly and lie below n; InvalidArgument if it has
  // another length than they need.
  static absl::StatusOr<HeldTree> Make(uint64_t n, std::span<const uint16_t> held, std::span<const Hash> proof);

  // The multiproof of `kept`, at least one of the positions held, ascending. `leaf` gives the leaf at a position that
  // is held and not kept; it is asked once for each.
  using LeafSource = absl::FunctionRef<absl::StatusOr<Hash>(uint16_t position)>;
  absl::StatusOr<std::vector<Hash>> Prove(std::span<const uint16_t> kept, LeafSource leaf);

 private:
  explicit HeldTree(uint64_t n);
  // A subtree's place among the hashes: leaves first, then inner nodes by where they are divided, which no two share.
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

// Two multiproofs of one tree to the proof for the union of their positions, which ascend strictly and lie below n; the
// proofs are of the right length or it is an error.
struct OpenPositions {
  std::span<const uint16_t> positions;
  std::span<const Hash> proof;
};
absl::StatusOr<std::vector<Hash>> MergeProofs(uint64_t n, OpenPositions a, OpenPositions b);

// EncodeView, of a view of which the fields lie somewhere.
std::string EncodeView(std::string_view statement, std::span<const Opened* const> opened, std::span<const Hash> proof);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_OPENING_H_
