// excerpt: a part of a node's register as one file, which somebody without the node can check.
//
//   Takes    entries of a register with their proofs, in their order; a file that anybody may have written
//   Gives    the file's lines; what a file proves, or the place where it is wrong
//   May call crypto (merkle, checkpoint), text
//   Must     refuse a file of which one byte was altered, cut, added or moved; read any file in bounded memory
//   Threads  any
//   Spec     node/ledger/LEDGER.md, "Excerpts"
#ifndef TIDEGATE_NODE_LEDGER_EXCERPT_EXCERPT_H_
#define TIDEGATE_NODE_LEDGER_EXCERPT_EXCERPT_H_

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"

namespace tidegate::excerpt {

using crypto::Hash;

inline constexpr size_t kMostLineBytes = size_t{64} << 20;
inline constexpr size_t kMostEarlier = 256;
inline constexpr size_t kMostMarks = 1024;
inline constexpr uint64_t kMostEntries = 1'000'000;

// The register's own entry about an excerpt. The node writes it before the excerpt leaves. It is the signature of the
// excerpt: `digest` covers every line, and the register's signed checkpoint covers this entry.
struct Seal {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;
  std::string what;    // which entries, in words
  uint64_t count = 0;  // of entries in the excerpt
  Hash digest{};
  bool operator==(const Seal&) const = default;
};
std::string EncodeSeal(const Seal& seal);
// Strict: what it accepts encodes to the same bytes.
absl::StatusOr<Seal> DecodeSeal(std::string_view bytes);

// Which entries an excerpt is of.
struct Scope {
  uint64_t first = 0, end = 0;  // entries [first, end). Without `record` all of them are in the excerpt
  std::string record;           // the id of a record: those of [first, end) that are about it
  bool operator==(const Scope&) const = default;
};

// One entry.
struct Line {
  uint64_t index = 0;
  Hash leaf{};
  std::string entry;        // its bytes in the register; empty if they are damaged, or not for whoever exports
  std::string shown;        // a JSON object: the entry as `audit list --json` shows it
  std::vector<Hash> proof;  // that the leaf is in the tree of the checkpoint
};

// A head of the same register that was signed earlier.
struct Earlier {
  uint64_t size = 0;
  Hash root{};
  std::vector<Hash> proof;  // that the tree of the checkpoint continues it
};

// The digest of an excerpt's lines. It keeps marks: the state after each `stride` lines, at most kMostMarks. So whoever
// checks the file can say where it differs.
class Digest {
 public:
  Digest(std::string_view origin, const Scope& scope);
  void Add(uint64_t index, const Hash& leaf, std::string_view shown);

  uint64_t count() const { return count_; }
  uint64_t stride() const { return stride_; }
  const Hash& state() const { return state_; }
  const std::vector<Hash>& marks() const { return marks_; }
  // What Seal::digest holds.
  static Hash Of(uint64_t count, uint64_t stride, const std::vector<Hash>& marks, const Hash& state);

 private:
  Hash state_{};
  uint64_t count_ = 0;
  uint64_t stride_ = 1;
  std::vector<Hash> marks_;
};

// The first line of the file.
struct Head {
  std::string key;   // the register's verifier key
  std::string note;  // the register's checkpoint, signed by that key
  Scope scope;
  uint64_t stride = 1;  // these three are the Digest's
  std::vector<Hash> marks;
  Hash state{};
  uint64_t seal_index = 0;  // of the seal in the register
  std::string seal;         // its bytes
  std::vector<Hash> seal_proof;
  std::vector<Earlier> earlier;  // ascending by size
};

// Each with its line end.
std::string PrintHead(const Head& head);
std::string PrintLine(const Line& line);

// What a file proves.
struct Checked {
  std::string key;  // the verifier key, as text
  std::string origin;
  Hash fingerprint{};
  uint64_t size = 0;  // of the checkpoint
  Hash root{};
  std::string note;
  Scope scope;
  uint64_t seal_index = 0;
  Seal seal;
  uint64_t damaged = 0;                 // entries without contents: damaged at the node, or not for whoever exports
  std::vector<uint64_t> damaged_first;  // the first 20 of them
  std::vector<Earlier> earlier;
};

// Reads and checks a whole file, and calls `visit` for each entry that it has checked. The caller must not trust these
// entries before Check gives OK. InvalidArgument if the file is not an excerpt. Unauthenticated or DataLoss if it was
// altered, cut or put in another order; the message names the line and the entry.
absl::StatusOr<Checked> Check(std::istream& file, absl::FunctionRef<void(const Line&)> visit);

// OK if the register's key is the one that the reader trusts. `trusted` is a verifier key, or a fingerprint in hex.
absl::Status CheckTrust(const Checked& checked, std::string_view trusted);

// OK if `newer` shows the same register as a checkpoint that was kept earlier, only with more entries. Unauthenticated
// if the register was rewritten; FailedPrecondition if the excerpt has no proof about a head of that size.
absl::Status CheckContinues(const Checked& newer, std::string_view earlier_note);

}  // namespace tidegate::excerpt

#endif  // TIDEGATE_NODE_LEDGER_EXCERPT_EXCERPT_H_
