// The central type. A View is a record as somebody holds it. It has the signed statement, the fields that are open to
// the holder, each at one rung, and the proof that they are the author's. The author's own View opens every field at
// its finest rung. A partner receives a narrower View, and what it passes on is narrower again.
//
//   Takes    a Draft from the author; untrusted bytes at a receiver
//   Gives    views, narrowed, merged, verified; statements and log leaves
//   May call crypto/bytes, crypto/hash, crypto/merkle, value
//   Never    show a value that does not verify; let a finer rung or a withheld value into a narrower view
//   Threads  views are ordinary data; the functions are pure
//   Spec     node/record/RECORD.md; the constructions are CRYPTO.md, "Record" and "Trees"
//
// An error about bytes from outside begins `record: opening: ` or `record: handling: `, the layer that refused them.
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
// 32 fresh random bytes for each revision. Salts, random leaves and unknown rungs are derived from the seed. It never
// leaves the author's store: somebody who has it can guess a withheld value and check the guess.
using Seed = std::array<uint8_t, 32>;

enum class Act : uint8_t { kPut = 0, kAmend = 1, kRecall = 2 };
std::string_view ActName(Act act);  // "put", "amend", "recall"

// The statement that the author signs through its log.
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
// Strict: checks layout, suite, act, and what each act demands of revision, prev_leaf, n and fields_root. It bounds the
// handling and does not read it.
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

// Views in bytes, for parcels and for the store. Strict and bounded: EncodeView gives exactly the bytes that DecodeView
// accepted. Decoding proves nothing about the contents; Verify does.
inline constexpr size_t kMaxViewBytes = 8u << 20;
std::string EncodeView(const View& view);
absl::StatusOr<View> DecodeView(std::string_view bytes);

// A view whose every opened field leads to the statement's fields_root. Only Verify and Commit make one. It does not
// say that the statement is in the author's log: the log proof of leaf() does.
class VerifiedView {
 public:
  const View& view() const { return view_; }
  View TakeView() && { return std::move(view_); }
  const Statement& statement() const { return statement_; }
  const Handling& handling() const { return handling_; }
  const Kind& kind() const { return *kind_; }
  const Hash& leaf() const { return leaf_; }
  // The seed that its author drew from. Only Commit gives a view that has one.
  const std::optional<Seed>& seed() const { return seed_; }
  bool recall() const { return statement_.act == Act::kRecall; }

  // Decoded contents of view().opened[i].
  const Value& value(size_t i) const { return fields_[i].value; }
  const FieldAttributes& attributes(size_t i) const { return fields_[i].attributes; }
  const Slot& slot(size_t i) const { return kind_->slots[view_.opened[i].slot]; }
  // The rung's name as policies say it: "place.region".
  std::string_view precision(size_t i) const { return slot(i).rungs[view_.opened[i].rung]; }
  size_t size() const { return view_.opened.size(); }
  // The index of a slot in view().opened, or -1. A field that is absent and one that is withheld look the same.
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

// A view as a store keeps it. A view that Commit has just made is kept with its seed, and without the salts, the
// unknown rungs and the proof. That makes it a quarter shorter. Any other view is kept as EncodeView writes it. Because
// of the seed, the bytes never leave the node. Decoding takes both forms, and is strict and bounded.
std::string EncodeHeld(const VerifiedView& view);
absl::StatusOr<View> DecodeHeld(std::string_view bytes);

// The facts that the author's node knows and the draft does not have.
struct CommitContext {
  Hash author_fpr{};     // fingerprint of the node's log key
  RecordId record_id{};  // fresh random for a put
  uint32_t revision = 0;
  Hash prev_leaf{};  // the log leaf of the revision before; zero for a put
  uint64_t created_ms = 0;
  Act act = Act::kPut;  // kPut or kAmend
};

// Commits a draft and gives the author's full view. InvalidArgument if the draft is empty or something in it is
// invalid. A draft without TLP is signed as TLP:RED. A draft with the tag `sar` is signed with kSarCondition.
absl::StatusOr<VerifiedView> Commit(Draft draft, const CommitContext& context, const Seed& seed);

// Makes the recall of a record: a statement alone, one revision after `recalled`, with handling of its own. It has the
// record's TLP, so that only those who had the record learn of the recall.
absl::StatusOr<VerifiedView> CommitRecall(const Statement& recalled, const Hash& author_fpr, uint64_t created_ms);

// Makes the view that goes to a partner. `finest` has one entry for each slot of the kind: the finest rung that may go,
// or -1 if the field may not go. A field goes at that rung, or at the one at which it is held if that is coarser. The
// view must have been verified. FailedPrecondition if nothing would remain; InvalidArgument if `finest` has the wrong
// length. A recall is returned as it is.
absl::StatusOr<View> Narrow(const View& view, std::span<const int8_t> finest);

// Narrows one view for several partners. It keeps the hashes that narrowing needs (leaves of fields that stay closed,
// coarser rungs, roots of subtrees), so that each is computed once. One thread at a time.
class Narrower {
 public:
  // `view` must have been verified, must not be a recall, and outlives this. InvalidArgument if its kind is unknown.
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

// Joins two verified views of one leaf: the fields of both, each at the finer rung. InvalidArgument if their statements
// differ.
absl::StatusOr<View> Merge(const View& a, const View& b);

// Recomputes everything: coarser rungs by the ladders, salts, rung hashes, leaves, root, log leaf. Checks the
// statement, the handling, the kind with its number of slots and rungs, types and canonical encodings, and that no
// value is finer than its rung.
absl::StatusOr<VerifiedView> Verify(View view);

// The name of a record. Its author chose the id, so two authors may have chosen the same: the name has both.
struct RecordKey {
  Hash author{};  // fingerprint of the author's log key
  RecordId id{};
  auto operator<=>(const RecordKey&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it
};

// Record ids as 32 hex digits.
std::string FormatRecordId(const RecordId& id);
absl::StatusOr<RecordId> ParseRecordId(std::string_view hex);

}  // namespace tidegate::record

#endif  // TIDEGATE_NODE_RECORD_VIEW_H_
