// THE central type: a View is a record as somebody holds it: the signed statement, the fields opened to the holder each
// at one rung, and the proof that they are the author's. The author's own record is the View that opens every field at
// its finest rung; what a partner receives is a narrower one; what it passes on is narrower again.
//
// Takes:      a Draft (author); untrusted bytes (receiver)
// Gives:      views, narrowed, merged, verified; statements and log leaves
// May call:   crypto/bytes, crypto/hash, crypto/merkle, catalogue
// Must never: show a value that does not verify; let a finer rung or a withheld value into a narrower view
// Threads:    views are ordinary data; the functions are pure
// Spec page:  RECORD.md; the constructions are CRYPTO.md's "Record" and "Multiproof"
//
// Errors of anything read from outside begin `record: opening: ` or `record: handling: `: the layer that refused.
#ifndef TIDEGATE_NODE_RECORD_VIEW_H_
#define TIDEGATE_NODE_RECORD_VIEW_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/record/draft.h"
#include "node/record/openings.h"
#include "node/record/values.h"

namespace tidegate::record {

using crypto::Hash;
using Salt = std::array<uint8_t, 16>;
// 32 fresh random bytes for each revision. Salts, random leaves and unknown rungs are derived from it. It never leaves
// the author's store: whoever has it can open every low-entropy field.
using Seed = std::array<uint8_t, 32>;

enum class Act : uint8_t { kPut = 0, kAmend = 1, kRecall = 2 };
std::string_view ActName(Act act);  // "put", "amend", "recall"

// What the author signs through its log.
struct Statement {
  uint32_t kind = 0;
  uint16_t schema_version = 0;
  RecordId record_id{};
  uint32_t revision = 0;
  Hash prev_leaf{};  // zero for a put
  Hash author_fpr{};
  uint64_t created_ms = 0;
  Act act = Act::kPut;
  std::string handling;  // TLV, as DecodeHandling reads
  uint16_t n = 0;        // slots of the kind; 0 for a recall
  Hash fields_root{};

  bool operator==(const Statement&) const = default;
};
inline constexpr size_t kMaxStatementBytes = 8192;
std::string EncodeStatement(const Statement& statement);
// Strict: layout, suite, act, and what each act demands of revision, prev_leaf, n and fields_root. The handling is
// bounded but not read here.
absl::StatusOr<Statement> ParseStatement(std::string_view bytes);
// The record's leaf in its author's log: H(0x00 || S).
Hash LogLeaf(std::string_view statement);

// One field opened at rung `rung`.
struct Opened {
  uint16_t slot = 0;
  uint8_t rung = 0;
  std::vector<Hash> finer;  // R_0 ... R_{rung-1}
  Salt salt{};              // salt_rung
  uint8_t type = 0;         // TypeNumber of the slot
  std::string attributes;   // TLV, as DecodeAttributes reads
  std::string value;        // v_rung, canonical

  bool operator==(const Opened&) const = default;
};

struct View {
  std::string statement;
  std::vector<Opened> opened;  // ascending by slot; empty for a recall
  std::vector<Hash> proof;     // multiproof of the opened slots to fields_root

  bool operator==(const View&) const = default;
};

// The codec of views, for parcels and for the store. Strict and bounded: accepted implies re-encodes identically.
// Decoding proves nothing about the contents: Verify does.
inline constexpr size_t kMaxViewBytes = 8u << 20;
std::string EncodeView(const View& view);
absl::StatusOr<View> DecodeView(std::string_view bytes);

// A view that has been found to be its author's: every opened field leads to the statement's fields_root. Whether the
// statement is in the author's log is the log proof's business (leaf()). Made by Verify and Commit and by nothing else.
class VerifiedView {
 public:
  const View& view() const { return view_; }
  View TakeView() && { return std::move(view_); }
  const Statement& statement() const { return statement_; }
  const Handling& handling() const { return handling_; }
  const Kind& kind() const { return *kind_; }
  const Hash& leaf() const { return leaf_; }
  // What its author drew from to commit it; only where Commit has just made it.
  const std::optional<Seed>& seed() const { return seed_; }
  bool recall() const { return statement_.act == Act::kRecall; }

  // Decoded contents of view().opened[i].
  const Value& value(size_t i) const { return fields_[i].value; }
  const FieldAttributes& attributes(size_t i) const { return fields_[i].attributes; }
  const Slot& slot(size_t i) const { return kind_->slots[view_.opened[i].slot]; }
  // The rung's name as policies say it: "place.region".
  std::string_view precision(size_t i) const { return slot(i).rungs[view_.opened[i].rung]; }
  size_t size() const { return view_.opened.size(); }
  // The index of a slot in view().opened, or -1: absent and withheld look the same.
  int Find(std::string_view slot_name) const;
  int Find(uint16_t slot_number) const;

 private:
  friend class ViewMaker;
  VerifiedView() = default;

  View view_;
  Statement statement_;
  Handling handling_;
  const Kind* kind_ = nullptr;
  Hash leaf_{};
  std::optional<Seed> seed_;
  std::vector<Field> fields_;
};

// A view as a store keeps it: one that was just committed by its seed, which stands for the salts, the rungs that
// nobody knows and the proof and is a quarter shorter; any other as EncodeView does. Never leaves the node: whoever has
// the seed can open every low-entropy field. Decoding is strict and bounded, and takes both forms.
std::string EncodeHeld(const VerifiedView& view);
absl::StatusOr<View> DecodeHeld(std::string_view bytes);

// What the author's node knows and the draft does not.
struct CommitContext {
  Hash author_fpr{};     // fingerprint of the node's log key
  RecordId record_id{};  // fresh random for a put
  uint32_t revision = 0;
  Hash prev_leaf{};  // the log leaf of the revision before; zero for a put
  uint64_t created_ms = 0;
  Act act = Act::kPut;  // kPut or kAmend
};

// Commits a draft: the author's full view. InvalidArgument if the draft is empty or something in it is not valid.
// A draft without TLP is signed as TLP:RED; one tagged `sar` carries kSarCondition.
absl::StatusOr<VerifiedView> Commit(Draft draft, const CommitContext& context, const Seed& seed);

// The recall of a record: a statement only, one revision after `recalled`, with handling of its own (a record's recall
// has the record's TLP, so that nobody learns of it who did not have it).
absl::StatusOr<VerifiedView> CommitRecall(const Statement& recalled, const Hash& author_fpr, uint64_t created_ms);

// What goes to a partner. `finest` has one entry for each slot of the kind: the finest rung that may go, or -1 where
// nothing may. A field held at a coarser rung than may go, goes as it is held; never finer than either. The view must
// have been verified. FailedPrecondition if nothing would remain; InvalidArgument if `finest` has the wrong length.
// A recall is returned as it is.
absl::StatusOr<View> Narrow(const View& view, std::span<const int8_t> finest);

// A view that is narrowed for one partner after another. What narrowing has to hash, leaves of fields that stay closed,
// coarser rungs, roots of subtrees, is kept, so that it is hashed once for all of them. One thread at a time.
class Narrower {
 public:
  // `view` must have been verified, is no recall, and outlives this. InvalidArgument if it is of an unknown kind.
  static absl::StatusOr<Narrower> Of(const View& view);
  Narrower(Narrower&&) noexcept;
  Narrower& operator=(Narrower&&) noexcept;
  ~Narrower();

  const Statement& statement() const;
  const Hash& leaf() const;  // in its author's log
  // As Narrow above.
  absl::StatusOr<View> Narrow(std::span<const int8_t> finest);
  // The same, encoded as EncodeView does.
  struct Encoded {
    std::string view;
    Openings openings;  // what it opens
  };
  absl::StatusOr<Encoded> Encode(std::span<const int8_t> finest);

 private:
  class State;
  explicit Narrower(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Two verified views of one leaf as one: all their fields, each at the finest rung held. InvalidArgument if their
// statements differ.
absl::StatusOr<View> Merge(const View& a, const View& b);

// Recomputes everything: coarser rungs by the catalogue's functions, salts, rung hashes, leaves, root, leaf. Checks the
// statement, the handling, the kind and its number of slots and rungs, types, canonical encodings and that no value is
// finer than its rung says.
absl::StatusOr<VerifiedView> Verify(View view);

// Which record: an id is chosen by its author, so it takes both.
struct RecordKey {
  Hash author{};  // fingerprint of the author's log key
  RecordId id{};
  auto operator<=>(const RecordKey&) const = default;
};

// Record ids as 32 hex digits.
std::string FormatRecordId(const RecordId& id);
absl::StatusOr<RecordId> ParseRecordId(std::string_view hex);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_VIEW_H_
