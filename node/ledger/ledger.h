// The ledger: the author's log, which makes records verifiable, and the register, which makes disclosures accountable.
//
//   Takes    log leaves and register entries, inside the transaction that makes them true; the two signing keys
//   Gives    positions, proofs, signed checkpoints; who was given what, at which rung, and what they answered
//   May call store, crypto (merkle, checkpoint), excerpt
//   Must     never sign what is not on disk, nor a root that contradicts one signed before
//   Threads  any; appending happens one at a time, inside a store::WriteTransaction
//   Spec     node/ledger/LEDGER.md
#ifndef TIDEGATE_NODE_LEDGER_LEDGER_H_
#define TIDEGATE_NODE_LEDGER_LEDGER_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "crypto/vault/vault.h"
#include "node/ledger/excerpt/excerpt.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "policy/label/label.h"

namespace tidegate::ledger {

using crypto::Hash;

// A log's head as it was signed.
struct SignedHead {
  uint64_t size = 0;
  Hash root{};
  std::string note;  // C2SP signed note
};

// An RFC 6962 log in the store, as tiles of 256 hashes. Two exist: the author's and the register's.
class Log {
 public:
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Appends a leaf hash; gives its position. It is part of the log when the transaction commits.
  absl::StatusOr<uint64_t> Append(store::WriteTransaction& transaction, const Hash& leaf_hash);

  // Leaves on disk.
  uint64_t size() const;
  const std::string& origin() const;
  const checkpoint::VerifierKey& verifier_key() const;

  // The signed head of what is on disk. While nothing is appended, the same note is given again. DataLoss if the head
  // would contradict one that was signed before: then this log must never sign again.
  absl::StatusOr<SignedHead> Checkpoint();
  absl::StatusOr<Hash> Root(uint64_t size) const;
  absl::StatusOr<Hash> Leaf(uint64_t position) const;
  // merkle::ProveMulti of `positions` (ascending, below `size`) in the tree of the first `size` leaves.
  absl::StatusOr<std::vector<Hash>> Prove(std::span<const uint64_t> positions, uint64_t size) const;
  absl::StatusOr<std::vector<Hash>> Inclusion(uint64_t position, uint64_t size) const;
  // Gives many inclusion proofs for one size. What they share is read and hashed once. It holds a snapshot of the
  // store. It is for one thread. The log must outlive it.
  class Inclusions {
   public:
    virtual ~Inclusions() = default;
    virtual absl::StatusOr<std::vector<Hash>> Of(uint64_t position) = 0;
  };
  absl::StatusOr<std::unique_ptr<Inclusions>> InclusionsIn(uint64_t size) const;
  // 0 < old_size <= new_size <= size().
  absl::StatusOr<std::vector<Hash>> Consistency(uint64_t old_size, uint64_t new_size) const;

  // Compares our log with a head of it that a partner showed us. The caller has verified that we signed that head.
  // FailedPrecondition if the head is beyond our log. Then we were restored from a backup, and must not author until
  // the rest is recovered or a new epoch is opened. DataLoss if the head contradicts our log.
  absl::Status CompareWith(const checkpoint::Checkpoint& theirs) const;

 private:
  friend class AuthorLog;
  friend class Register;
  class State;
  class Tail;
  explicit Log(std::unique_ptr<State> state);
  absl::Status CheckSize(uint64_t size) const;
  static absl::StatusOr<std::unique_ptr<Log>> Open(store::Store& store, std::string_view name, store::Ordered tiles,
                                                   std::string origin, const crypto::SigningKey& key);
  std::unique_ptr<State> state_;
};

// The log that this node's own records are in. Its leaves are record::VerifiedView::leaf().
class AuthorLog {
 public:
  // `origin` is `tidegate.<federation>/<organisation>/<node>/log/<epoch>`. `store` and `key` outlive the log. DataLoss
  // when what was signed before is not a prefix of what is on disk.
  static absl::StatusOr<std::unique_ptr<Log>> Open(store::Store& store, std::string origin,
                                                   const crypto::SigningKey& key);
};

// ---- Register entries. Each is one leaf, H(0x00 || its bytes). Times are the node's clock in ms. ----

// The part of one record that is about to leave, or to be taken back.
struct IntendedRecord {
  uint64_t seq = 0;  // in this node's store
  Hash leaf{};
  // As sent. For a notice: all that the partner may hold from now on; empty = nothing.
  record::Openings openings;
  bool notice = false;  // withdrawal or recall: limits what was sent before, opens nothing
  bool operator==(const IntendedRecord&) const = default;
};
// One parcel. Durable before a byte of it leaves.
struct Intent {
  std::string partner;  // organisation
  uint64_t parcel_seq = 0;
  uint64_t at_ms = 0;
  label::Digest policy_version{};
  std::string purpose;
  std::vector<IntendedRecord> records;
  bool operator==(const Intent&) const = default;
};
// The parcel as it was sealed. Together with the intent it proves which fields went (CRYPTO.md, "Parcel", contents).
struct ManifestSent {
  std::string partner;
  uint64_t parcel_seq = 0;
  uint64_t at_ms = 0;
  Hash manifest{};  // H(M)
  Hash contents{};
  bool operator==(const ManifestSent&) const = default;
};
enum class Answer : uint8_t {
  kStored = 1,   // durable there (notices: carried out)
  kRefused = 2,  // not taken; no more is said
  kErased = 3,   // every notice of the parcel carried out
};
struct Receipt {
  std::string partner;
  uint64_t parcel_seq = 0;
  uint64_t at_ms = 0;
  Answer answer = Answer::kStored;
  std::string body;       // the bytes that were signed
  std::string signature;  // by the partner's delivery key, verified before
  // How many holders are behind a forwarder, as the forwarder has signed. It names none of them.
  uint64_t onward_held = 0, onward_erased = 0, onward_unanswered = 0;
  // The records that the partner says it no longer holds, and those that it says it did not take. A number is the
  // record's place in the intent. Both lists ascend.
  std::vector<uint16_t> erased = {}, refused = {};
  // Records that it was asked to erase and keeps under legal hold, where nobody sees them. None of them is in `erased`.
  std::vector<uint16_t> withheld = {};
  // Entries of the version before do not say which records: their answer is for the whole parcel, and both lists are
  // empty.
  bool whole = false;
  bool operator==(const Receipt&) const = default;
};
// Somebody looked at records.
struct Consultation {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;
  std::string verb;  // "show", "find", ...
  std::vector<record::RecordId> records;
  // For a search by identifiers: the keyed term of each identifier (Register::Asked). So the register can tell who
  // looked for an identifier. It does not hold the identifier itself.
  std::vector<vault::BlindTermBytes> asked;
  bool operator==(const Consultation&) const = default;
};
enum class Deed : uint8_t { kCollection = 1, kAlteration = 2, kErasure = 3, kRecall = 4, kCombination = 5 };
// Something was done to records: imported, received, amended, erased, recalled, linked.
struct Change {
  Deed deed = Deed::kCollection;
  uint64_t at_ms = 0;
  std::string user;    // or empty for what a partner sent
  std::string source;  // a partner's organisation, or what was imported, as the organisation names it
  std::string reason;
  uint64_t first_seq = 0, last_seq = 0;  // of arrivals, both included; 0 when `records` says it
  uint64_t count = 0;
  std::vector<record::RecordId> records;  // may be empty for collections
  uint64_t import = 0;                    // the number of the import that did it; 0: none, or an older version's
  bool operator==(const Change&) const = default;
};
struct PolicyApplied {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;  // empty in entries of version 1, as in the next two
  label::Digest version{};
  label::Digest plan{};
  bool operator==(const PolicyApplied&) const = default;
};
// One user applied a plan that waits for another; PolicyApplied follows with the second user's name.
struct PolicyProposed {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;
  label::Digest version{};
  label::Digest plan{};
  bool operator==(const PolicyProposed&) const = default;
};
// Somebody took back what waited for a second user.
struct PolicyWithdrawn {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;
  label::Digest plan{};
  bool operator==(const PolicyWithdrawn&) const = default;
};
// A partner, circle or agreement was changed. Appended in the transaction that makes the change.
struct PartnerChange {
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;
  std::string partner;
  std::string change;  // "invited", "confirmed", "circle lantern", "suspended", ...
  bool operator==(const PartnerChange&) const = default;
};
// An account of this node was changed, or somebody logged in or out. Appended in the transaction that makes the change.
struct UserChange {
  uint64_t at_ms = 0;
  std::string user;  // who did it
  std::string reason;
  std::string account;  // whose; empty: wrong passwords were given for a name that nobody has
  std::string change;   // "made as analyst", "disabled", "logged in, session ...", ...
  bool operator==(const UserChange&) const = default;
};
// Something that a partner sent was not let in, or something was not let out to it.
struct Refusal {
  uint64_t at_ms = 0;
  std::string partner;
  std::string layer;              // ARCHITECTURE.md §1: "admission", "seal", ...
  Hash subject{};                 // a leaf or H(M)
  std::string rule;               // the rule that refused, for this node's own people
  std::vector<Hash> leaves = {};  // of the records, where `subject` is the H(M) of their parcel; else empty
  bool operator==(const Refusal&) const = default;
};

// What a person decided about how long a record is kept.
enum class Keeping : uint8_t { kRetain = 1, kDispose = 2, kAmend = 3, kHold = 4, kRelease = 5 };
inline constexpr uint8_t kKeepings = 5;
// "retain", "dispose", "amend", "hold", "release".
std::string_view KeepingName(Keeping keeping);
struct KeepingDecided {
  Keeping keeping = Keeping::kRetain;
  uint64_t at_ms = 0;
  std::string user;
  std::string reason;  // never empty
  record::RecordId record{};
  uint64_t until_ms = 0;  // of kRetain and kAmend: the next review; otherwise 0
  bool operator==(const KeepingDecided&) const = default;
};
// A part of the register was given to somebody as a file.
using Excerpted = excerpt::Seal;

using Entry = std::variant<Intent, ManifestSent, Receipt, Consultation, Change, PolicyApplied, PartnerChange, Refusal,
                           PolicyProposed, PolicyWithdrawn, KeepingDecided, Excerpted, UserChange>;

// "intent", "manifest", "receipt", "access", "collection", "alteration", "erasure", "recall", "combination", "policy",
// "partner", "refusal", "proposal", "withdrawal", "keeping", "export", "user".
std::string_view EntryName(const Entry& entry);
inline constexpr std::string_view kEntryNames[] = {
    "intent", "manifest", "receipt", "access",   "collection", "alteration", "erasure", "recall", "combination",
    "policy", "partner",  "refusal", "proposal", "withdrawal", "keeping",    "export",  "user"};
uint64_t EntryTime(const Entry& entry);
// The partner an entry is about, or empty.
std::string_view EntryPartner(const Entry& entry);
// Canonical bytes (LEDGER.md), beginning with the entry's own 8-byte label. Decode is strict and bounded: what it
// accepts re-encodes identically.
std::string EncodeEntry(const Entry& entry);
absl::StatusOr<Entry> DecodeEntry(std::string_view bytes);

struct Listed {
  uint64_t index = 0;
  Entry entry;
};
struct Filter {
  std::string name;     // as EntryName; empty = every kind
  std::string partner;  // empty = any
  uint64_t since_ms = 0;
  uint64_t until_ms = std::numeric_limits<uint64_t>::max();  // exclusive
  uint64_t from = 0;                                         // no entry below this index
};
struct ListPage {
  std::vector<Listed> entries;       // newest first
  uint64_t next = 0;                 // for the next page's `before`; 0 when this was the last
  std::vector<uint64_t> unreadable;  // of the entries looked at, those that are damaged: left out, newest first
};

// The state of a disclosure of one record to one partner.
enum class HoldingState : uint8_t {
  kIntended = 1,    // may have left; no receipt yet
  kDelivered = 2,   // the partner has it
  kRefused = 3,     // the partner says that it did not take it; bytes and keys left all the same, so it counts as held
  kUnanswered = 4,  // asked to give it up, wholly or in part, and has not said that it did
  kErased = 5,      // the partner confirmed that nothing is left
  kUnknown = 6,     // an entry about it is damaged: it may have been sent all, and counts as held
  kWithheld = 7,    // asked to give it up: it says that it keeps a copy under legal hold, where nobody sees it
};
std::string_view HoldingStateName(HoldingState state);
struct Holding {
  std::string partner;
  HoldingState state = HoldingState::kIntended;
  record::Openings openings;  // what the partner may hold now: the finest of all that was sent and not withdrawn
  bool all = false;           // it may hold all there is, whatever `openings` says: a damaged entry no longer tells
  // What it surely holds, if it is known which parcel it took last (Disclosed, `taken`). That is the finest of all that
  // came in parcels up to that one and has a receipt (parcels in between may have been lost), less what it was asked to
  // give up at any time since.
  record::Openings surely;
  uint64_t since_ms = 0;                                               // of the first intent
  uint64_t changed_ms = 0;                                             // of the last intent
  uint64_t asked_ms = 0;                                               // of kUnanswered: when it was first asked
  uint64_t parcel_seq = 0;                                             // the last parcel that carried it
  uint64_t intent_index = 0;                                           // in the register; the last that is readable
  std::optional<uint64_t> receipt_index;                               // of that parcel
  uint64_t onward_held = 0, onward_erased = 0, onward_unanswered = 0;  // of that receipt
};

// State of one parcel sent.
struct ParcelState {
  uint64_t parcel_seq = 0;
  uint64_t intent_index = 0;
  uint64_t at_ms = 0;
  bool has_notices = false;
  std::optional<uint64_t> manifest_index;
  std::optional<uint64_t> receipt_index;
  std::optional<Answer> answer;  // with the receipt
  uint8_t receipts = 0;          // entries of receipts so far
  bool partly = false;           // the receipt says refused or erased of some of its records: the entry says which
  uint64_t onward_held = 0, onward_erased = 0, onward_unanswered = 0;
};

// A record that a partner was asked to erase whole, and has not answered about. The feed asks again until the partner
// signs that it did.
struct Ask {
  record::RecordId record{};
  uint64_t seq = 0;  // of the revision, in this node's store
  uint64_t since_ms = 0;
  bool recall = false;  // by its author's recall; otherwise because policy no longer lets the partner hold it
  bool operator==(const Ask&) const = default;
};

struct Asks {
  std::vector<Ask> open;
  size_t damaged = 0;  // rows that do not say what they ask for: each counts as a recall without an answer
};

// Damage on disk stops none of this. If a row of an index is damaged, the register reads the entry instead. If an entry
// is damaged, everything that it was about counts as perhaps sent. An answer that cannot be read counts as not given.
// So the register forgets nobody who may hold something, and calls nothing taken back that somebody may still hold.
class Register {
 public:
  // `origin` is `…/register/<epoch>`. `store` and `key` outlive the register. DataLoss as AuthorLog::Open.
  static absl::StatusOr<std::unique_ptr<Register>> Open(store::Store& store, std::string origin,
                                                        const crypto::SigningKey& key);
  ~Register();

  // Appends an entry, updates the indices below, and gives the entry's index. FailedPrecondition for a manifest or
  // receipt whose parcel has no intent; AlreadyExists for a second intent of one parcel. For one parcel the register
  // takes one receipt that refuses and one that stores; each later one must say of more records that they are erased.
  // An answer never becomes a lesser one. A receipt that says nothing new is not appended: the index of the last one is
  // given. ResourceExhausted for the seventeenth receipt. The answer is kErased once the partner has said erased of all
  // that it was asked to give up whole.
  absl::StatusOr<uint64_t> Append(store::WriteTransaction& transaction, const Entry& entry);

  // From now on every partner that may hold this revision, and each of `others`, is asked to give it up whole. The ask
  // stands in Asked until a receipt says erased. Gives the partners that were asked. `recall`: see Ask.
  absl::StatusOr<std::vector<std::string>> AskBack(store::WriteTransaction& transaction, const record::RecordId& record,
                                                   uint64_t seq, uint64_t at_ms, bool recall,
                                                   const std::vector<std::string>& others = {});
  // The asks that a partner has not answered, at most `limit`.
  absl::StatusOr<Asks> Asked(std::string_view partner, size_t limit) const;
  // Writes damaged rows of asks again, as recalls, if the disclosures tell which asks they were. Writes nothing if no
  // row is damaged.
  absl::Status MendAsks(const std::string& partner);

  absl::StatusOr<Entry> Get(uint64_t index) const;
  // What a Consultation entry holds for an identifier that somebody searched for: `term` is from
  // record::IdentifierTerm.
  static vault::BlindTermBytes Asked(const store::Reader& reader, const record::Term& term);
  // Entries below `before`, the newest first. Gives at most `limit` that match, and reads at most 100,000 entries in
  // all; `next` continues. An entry that is damaged on disk is named, and the listing goes on.
  absl::StatusOr<ListPage> List(const Filter& filter, size_t limit,
                                uint64_t before = std::numeric_limits<uint64_t>::max()) const;
  // How many entries the register had when it signed this checkpoint. InvalidArgument for a text that this register
  // did not sign; DataLoss if it no longer continues that checkpoint: it was cut, altered, or restored from a
  // backup.
  absl::StatusOr<uint64_t> SizeAt(std::string_view note) const;
  // Keeps the size of a head that went out in an excerpt, so that later excerpts prove that they continue it. If there
  // are more than excerpt::kMostEarlier, it forgets the smallest.
  absl::Status KeepExcerpted(store::WriteTransaction& transaction, uint64_t size) const;
  // Ascending. Passes over rows that are damaged.
  absl::StatusOr<std::vector<uint64_t>> ExcerptedSizes() const;
  // Everyone a record was disclosed to, by partner's name.
  absl::StatusOr<std::vector<Holding>> Holders(uint64_t seq) const;
  // NotFound if it was never disclosed to that partner.
  absl::StatusOr<Holding> Disclosed(std::string_view partner, uint64_t seq, uint64_t taken = 0) const;
  // All that was disclosed to a partner of arrivals [from, to), ascending. It reads each intent once for each block of
  // 4,096 numbers, so it is fit for whole catch-ups. It stops when `visit` gives false.
  absl::Status ForEachDisclosed(std::string_view partner, uint64_t from, uint64_t to, uint64_t taken,
                                absl::FunctionRef<bool(uint64_t seq, const Holding&)> visit) const;
  // NotFound if there is no such parcel.
  absl::StatusOr<ParcelState> Parcel(std::string_view partner, uint64_t parcel_seq) const;
  // The highest number of a parcel that was intended for the partner; 0 if none.
  absl::StatusOr<uint64_t> LastParcel(std::string_view partner) const;
  // The number of the partner's parcel with that manifest, as the newest 100,000 entries say; NotFound.
  absl::StatusOr<uint64_t> ParcelOf(std::string_view partner, const Hash& manifest) const;
  // Every partner for which something was ever intended.
  absl::StatusOr<std::vector<std::string>> Partners() const;

  Log& log();
  const Log& log() const;

 private:
  class State;
  explicit Register(std::unique_ptr<State> state);
  absl::StatusOr<uint64_t> AppendReceipt(store::WriteTransaction& transaction, const Receipt& receipt);
  const store::Store& StoreOf() const;
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_LEDGER_H_
