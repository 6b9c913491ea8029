// The store: everything this node holds, in one encrypted LMDB environment.
//
//   Takes    verified views with what this node knows about them; small values of other rooms
//   Gives    records by arrival, leaf, id and search term; counts for policy plans; a watch on commits
//   May call record, policy (label and marking codecs), crypto/vault
//   Must     never write a value unsealed, never report success before the commit is on disk
//   Threads  Store: any thread at once. A Snapshot or WriteTransaction belongs to one thread at a time
//   Spec     node/store/FORMAT.md
#ifndef TIDEGATE_NODE_STORE_STORE_H_
#define TIDEGATE_NODE_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/vault/vault.h"
#include "node/record/record.h"
#include "node/store/query.h"
#include "policy/label/label.h"
#include "policy/policy.h"

namespace tidegate::store {

class Shared;       // private to the room
class Transaction;  // private to the room
class Writer;       // private to the room

// The event at one place in the arrival order. Numbers begin at 1, ascend without gaps and are never used again.
enum class Event : uint8_t {
  kPut = 0,      // a record's first revision; this number is the record's own
  kAmend = 1,    // a later revision
  kRecall = 2,   // an author's recall, kept as a statement that opens nothing
  kGain = 3,     // more of `subject` was opened to us
  kLoss = 4,     // a giver withdrew some of `subject`
  kErase = 5,    // the openings of `subject` are gone
  kRelabel = 6,  // what this node itself says about `subject` changed
  kGrant = 7,    // a request for `subject` was granted; `detail` is flow's
  kInstant = 8,  // a not-before or expiry of `subject` passed; `detail` is flow's
};
inline bool IsRecord(Event event) { return event <= Event::kRecall; }

// Which partner gave us what of a record. The view held is the finest of all claims.
struct Claim {
  std::string giver;  // organisation
  record::Openings openings;
  bool operator==(const Claim&) const = default;
};

// A record as it is held. Erased and recalled ones keep their statement and open nothing.
struct StoredRecord {
  uint64_t seq = 0;
  Event event = Event::kPut;
  bool own = false;         // this node is its author
  bool erased = false;      // openings, salts and index entries are gone
  bool final = false;       // erased for good (recall, expiry, disposal): later views of the leaf are refused
  bool superseded = false;  // a later revision is held: not found by search
  bool forked = false;      // another revision with the same predecessor is held
  uint64_t arrived_ms = 0;
  uint32_t label_id = 0;      // 0 for an erased one
  uint64_t log_index = 0;     // in its author's log
  uint64_t proof_id = 0;      // of a received record: GetProof
  std::string origin;         // the author's organisation
  std::vector<Claim> claims;  // empty for an own record
  record::LocalFacts local;
  record::View view;  // was verified before it was stored; record::Verify again for decoded values
};

// One entry of the arrival order. `record` is set exactly for kPut, kAmend and kRecall.
struct Arrival {
  uint64_t seq = 0;
  Event event = Event::kPut;
  uint64_t at_ms = 0;
  uint64_t subject = 0;  // the record's own number (equal to seq for a record)
  std::string detail;
  std::optional<StoredRecord> record;
};

// One entry of the arrival order that has not been opened; valid during the visit.
class SealedArrival {
 public:
  uint64_t seq() const { return seq_; }
  // A name of the contents, made of the head and the nonce of the sealing. No two contents have one name. A caller that
  // has opened a value of this version need not open it again.
  std::string_view version() const;
  absl::StatusOr<Arrival> Open() const;

 private:
  friend class Reader;
  SealedArrival(const Transaction& transaction, uint64_t seq, std::string_view sealed)
      : transaction_(transaction), seq_(seq), sealed_(sealed) {}
  const Transaction& transaction_;
  const uint64_t seq_;
  const std::string_view sealed_;
};

// The author's proof for the records of one section of a parcel, kept once for all of them.
struct ProvenLeaf {
  uint64_t position = 0;  // in the author's log
  crypto::Hash leaf{};
  bool operator==(const ProvenLeaf&) const = default;
};
struct ParcelProof {
  std::string author;               // organisation
  std::string giver;                // organisation
  std::string note;                 // the checkpoint, signed by the author's log key
  uint64_t log_size = 0;            // of that checkpoint
  std::vector<ProvenLeaf> leaves;   // ascending by position
  std::vector<crypto::Hash> proof;  // merkle::ProveMulti of the positions
  crypto::Hash manifest{};          // H(M) of the parcel it came in
  bool operator==(const ParcelProof&) const = default;
};

// A record about to be stored.
struct PutRequest {
  const record::VerifiedView* view = nullptr;  // read by Prepare only
  std::string origin;                          // the author's organisation
  std::string giver;                           // the partner it came from; empty for an own record
  record::LocalFacts local;
  uint64_t log_index = 0;
  uint64_t proof_id = 0;  // from PutProof, in the same or an earlier transaction; 0 for an own record
  uint64_t arrived_ms = 0;
};

// A request for which all work is done that needs no transaction: encoding, label, blind terms. The caller's thread
// makes it, so that the writer does little more than write. Only what may be stored becomes one: our own records,
// recalls by their authors, and received records that an Admission let in.
class PreparedPut {
 public:
  PreparedPut(PreparedPut&&) noexcept;
  PreparedPut& operator=(PreparedPut&&) noexcept;
  ~PreparedPut();
  const crypto::Hash& leaf() const;
  // About how many bytes the store keeps of the record.
  size_t bytes() const;
  // When it expires, as its author's handling says.
  std::optional<uint64_t> expiry_ms() const;
  // The code that appends to the log or stores the proof sets these inside the transaction.
  void set_log_index(uint64_t index);
  void set_proof_id(uint64_t id);
  struct Fields;  // private to the room

 private:
  friend class Store;
  friend class WriteTransaction;
  friend class ReceivedRecord;
  PreparedPut();
  static absl::StatusOr<PreparedPut> Make(const PutRequest& request, Shared& shared);
  std::unique_ptr<Fields> fields_;
};

// A received record with the same work done. No call can store it yet. Policy is asked about its label, and the gate
// that policy gives makes it a PreparedPut.
class ReceivedRecord {
 public:
  const crypto::Hash& leaf() const { return put_.leaf(); }
  // The label's bytes, as label::EncodeLabel makes them.
  const std::string& label() const;
  // Uses the gate up. PermissionDenied if the gate is for another record or another giver.
  absl::StatusOr<PreparedPut> Admit(policy::Admission admission) &&;

 private:
  friend class Store;
  explicit ReceivedRecord(PreparedPut put) : put_(std::move(put)) {}
  PreparedPut put_;
};

enum class PutOutcome {
  kStored,   // new here
  kMerged,   // the leaf was here; this giver's claim is new, or opened more
  kKnown,    // nothing new
  kRefused,  // the leaf was erased for good or its record recalled: nothing was stored
  kTwin,     // received, and the id is that of one of our own records: nothing was stored
  kLimit,    // received, and its author has as many revisions, forks or ids of this kind here as we take
};
struct PutResult {
  PutOutcome outcome = PutOutcome::kStored;
  uint64_t seq = 0;              // the record's own number; 0 if refused and never held
  bool forked = false;           // another revision has the same predecessor
  std::vector<uint64_t> erased;  // what a recall erased
};

// One author's record under an id that others may use too. Ids are chosen by authors, so a record is (author, id).
struct Namesake {
  record::RecordKey key;
  std::string origin;  // the author's organisation
  bool own = false;
  uint64_t seq = 0;  // the revision to show
};

// A legal hold on one author's record. If something of the record is erased, the store keeps a copy of it apart until
// the hold is dropped. Everything else treats the record as erased: nobody finds it, and nobody gets it.
struct Hold {
  record::RecordKey key;
  uint64_t at_ms = 0;
  std::string user, reason;
};
// What was erased of one arrival while its record was under hold.
struct HeldCopy {
  uint64_t seq = 0;
  uint64_t arrived_ms = 0;
  record::View view;  // as in StoredRecord
};

// Small tables of other rooms. Named tables are kept under blind keys: scope and item are names, and a read takes them
// from inside the sealed value. Ordered tables are kept under clear keys in byte order: these keys have numbers and
// blind terms only, never a name. The numbers of the tables are on disk: never renumber.
enum class Named : uint8_t {
  kSetting = 1,
  kPartner = 2,
  kCircle = 3,
  kPolicyVersion = 4,
  kFrontier = 5,        // outbound, per partner
  kCursor = 6,          // inbound, per partner
  kCheckpointSeen = 7,  // scope: author; item: the path it came by
  kReject = 8,          // imports' notes
  kUser = 9,
  kLedger = 10,   // the logs' signed checkpoints
  kRequest = 11,  // requests for information
  kExchange = 12,
  kHold = 16,       // the store's own: legal holds, and what they keep
  kRetention = 17,  // flow: what was decided about how long records are kept
};
enum class Ordered : uint8_t {
  kLogTile = 1,
  kRegisterTile = 2,
  kRegisterEntry = 3,
  kDisclosure = 4,  // ledger: who was given what
  kParcel = 5,      // ledger: state of each parcel sent
  kPolicySource = 6,
  kDue = 7,     // flow: instants to come, `u64 ms || u64 seq`
  kImport = 8,  // flow: what each import did
  kExpiry = 9,  // flow: when records are erased because they expired, `u64 ms || u64 seq`
};

// What a walk over a table could not read and passed over. Code that decides by the table's rows must not take the rows
// that are left for all of them.
struct Damage {
  size_t rows = 0;
  std::string first;  // in words
  void Add(const absl::Status& why);
};

// Whether this error means that one row on disk is damaged. Other errors pass, or end the whole store.
bool Damaged(const absl::Status& status);

// Every row that could not be read since the store was opened, each once.
struct Unreadable {
  size_t rows = 0;    // at most kMostUnreadable are told apart
  std::string first;  // named as `tidegate verify` names it; where `rows` is 0, what was mended first
  // Damaged chunks of the index that were made again from the records. They are not among `rows` any more.
  size_t mended = 0;
};
inline constexpr size_t kMostUnreadable = 10000;

class Store;
class WriteTransaction;

// Reading, in both kinds of transaction. Errors: NotFound, DataLoss if something on disk is damaged or missing (the
// message names the arrival or the table), ResourceExhausted, Internal.
class Reader {
 public:
  virtual ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The highest number in the arrival order; 0 while there is none.
  uint64_t LastSeq() const;
  absl::StatusOr<Arrival> Get(uint64_t seq) const;
  // NotFound also when `seq` is an event that is no record.
  absl::StatusOr<StoredRecord> GetRecord(uint64_t seq) const;
  // The number of the record with this log leaf, tombstones too.
  absl::StatusOr<uint64_t> FindByLeaf(const crypto::Hash& leaf) const;
  // Every author's record under an id: our own first, then as they came. Empty if none is held.
  absl::StatusOr<std::vector<Namesake>> Namesakes(const record::RecordId& id) const;
  // Every arrival under an id, by any author. It opens none of them, so rows that cannot be read count too.
  absl::StatusOr<std::vector<uint64_t>> ArrivalsUnder(const record::RecordId& id) const;
  // Every revision held of one record, in arrival order. Empty if none is held. A row that cannot be read is among them
  // if it is known whose row it is: the kin of its id says so, or both the row and the record are our own.
  absl::StatusOr<std::vector<uint64_t>> Revisions(const record::RecordKey& key) const;
  // Every arrival of our own under an id. Recalls and rows that cannot be read are among them. It opens none of them.
  absl::StatusOr<std::vector<uint64_t>> OwnRevisions(const record::RecordId& id) const;
  // Whether a received row could not be read when its record was recalled, and was written over.
  absl::StatusOr<bool> WrittenOver(uint64_t seq) const;
  // The revision to show: the newest one that is not superseded. Of a fork that is the one that came last. It is a
  // recall or tombstone if nothing else is held. NotFound if none is held.
  absl::StatusOr<uint64_t> FindRecord(const record::RecordKey& key) const;
  // The same by what people type. `origin` is an organisation's name. Without it, the id means our own record; if we
  // have none, it means the only one that is held. If several other authors use the id, FailedPrecondition names them.
  absl::StatusOr<uint64_t> FindById(const record::RecordId& id, std::string_view origin = {}) const;
  // Visits entries upwards from `from`: at most `limit` of them, or until the callback gives false.
  absl::Status Scan(uint64_t from, size_t limit, absl::FunctionRef<bool(const Arrival&)> visit) const;
  // Visits our own records and all events upwards from `first` to `last`, until the callback gives false. The caller
  // opens those that it does not know yet. Records of others are not read.
  absl::Status ScanOwn(uint64_t first, uint64_t last,
                       absl::FunctionRef<absl::StatusOr<bool>(const SealedArrival&)> visit) const;
  // Newest first. InvalidArgument for an unknown kind.
  absl::StatusOr<Page> Find(const Query& query) const;

  // The label under an id, as label::EncodeLabel made it. Ids are small numbers that never change their meaning.
  absl::StatusOr<std::string> LabelBytes(uint32_t label_id) const;
  // The largest of those ids; 0 if there is none.
  absl::StatusOr<uint32_t> LastLabel() const;
  // For review::MakePlan: counts of what is held and shown by search. DataLoss if a count cannot be read, because a
  // plan must not show less than what would go.
  absl::StatusOr<label::Holdings> Holdings() const;
  // How many counts Holdings reads.
  uint64_t CountsHeld() const;
  // Records that search shows, without those whose count cannot be read.
  absl::StatusOr<uint64_t> RecordCount() const;

  absl::StatusOr<ParcelProof> GetProof(uint64_t proof_id) const;

  // The hold on a record, or none. DataLoss if its row is damaged; it still counts as a hold.
  absl::StatusOr<std::optional<Hold>> HoldOf(const record::RecordKey& key) const;
  absl::StatusOr<std::vector<Hold>> Holds(size_t most, Damage& damage) const;
  // What its hold keeps of a record, ascending by arrival.
  absl::StatusOr<std::vector<HeldCopy>> CopiesUnderHold(const record::RecordKey& key, Damage& damage) const;

  absl::StatusOr<std::string> GetNamed(Named table, std::string_view scope, std::string_view item) const;
  // Visits every item of a scope, in an order without meaning, until the callback gives false. A row goes into
  // `damage`, and the walk goes on, if the row does not open, or if the callback gives an error for which Damaged is
  // true. Every other error ends the walk.
  absl::Status ForEachNamed(
      Named table, std::string_view scope, Damage& damage,
      absl::FunctionRef<absl::StatusOr<bool>(std::string_view item, std::string_view value)> visit) const;
  absl::StatusOr<std::string> GetOrdered(Ordered table, std::string_view key) const;
  // Visits the keys from `from` on that begin with `prefix`, until the callback gives false. They come ascending or
  // descending; descending, `from` is the highest, and an empty `from` is the end. If a row does not open, the callback
  // gets its key with the error.
  using VisitOrdered =
      absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, const absl::StatusOr<std::string_view>& value)>;
  absl::Status ForEachOrdered(Ordered table, std::string_view prefix, std::string_view from, bool descending,
                              VisitOrdered visit) const;
  // A name in the form in which a key of an ordered table may have it.
  vault::BlindTermBytes Blind(Ordered table, std::string_view name) const;

 protected:
  explicit Reader(std::unique_ptr<Transaction> transaction);
  std::unique_ptr<Transaction> transaction_;
};

// The store as it was at one moment. Later writes do not change it. Hold it for a page of work, not for a connection,
// and not across a Write: the file cannot reuse pages that an old snapshot sees, and the map cannot grow while one is
// open.
class Snapshot : public Reader {
 public:
  ~Snapshot() override;

 private:
  friend class Store;
  using Reader::Reader;
};

// Work of another room (a log's tail, an index) that is gathered during a transaction and written once at its end.
class Deferred {
 public:
  virtual ~Deferred() = default;
  // Called once, after the body, in the same transaction.
  virtual absl::Status Flush(WriteTransaction& transaction) = 0;
  // Called by the thread that wrote, after the commit is on disk.
  virtual void Committed() {}
};

// The body of a Write. Reads see what the body itself wrote, except that Find and Holdings see search terms and counts
// only from earlier transactions.
class WriteTransaction : public Reader {
 public:
  ~WriteTransaction() override;

  // Stores a record. It is idempotent by leaf. `prepared` stays as it is, so that a body can be run again. A later
  // revision supersedes the one that it names; if others gave us that one, its openings are dropped. A recall erases
  // every revision of its record by the same author. The number of rows that Put opens is bounded, but a recall opens
  // all that it erases. InvalidArgument for a request without view.
  absl::StatusOr<PutResult> Put(const PreparedPut& prepared);
  // Erases openings, salts, terms and counts for good. Keeps statement and leaf. True if there was something to erase.
  // A row that cannot be read is written over; its terms and counts stay.
  absl::StatusOr<bool> Erase(uint64_t seq, uint64_t at_ms);
  // The giver now lets us hold at most `allowed` of this leaf (empty: nothing). Openings that nobody else gave are
  // dropped. If the last claim goes, the record is erased, but not for good: what is given again later is taken. True
  // if something was lost. NotFound if the leaf is not held.
  absl::StatusOr<bool> LimitClaim(const crypto::Hash& leaf, std::string_view giver, const record::Openings& allowed,
                                  uint64_t at_ms);
  // Begins a hold, or changes what an existing one says.
  absl::Status PutHold(const Hold& hold);
  // Ends a hold, and erases what it kept. Gives how many copies that were. NotFound if there is no hold.
  absl::StatusOr<size_t> DropHold(const record::RecordKey& key, uint64_t at_ms);
  absl::Status Relabel(uint64_t seq, const record::LocalFacts& local, uint64_t at_ms);
  // Appends kRelabel, kGrant or kInstant for another room. Gives the number of the event.
  absl::StatusOr<uint64_t> AppendEvent(Event event, uint64_t subject, uint64_t at_ms, std::string_view detail);
  // Gives its id, at least 1.
  absl::StatusOr<uint64_t> PutProof(const ParcelProof& proof);

  // The work of this body so far: the rows of the arrival order that it read, appended and rewrote, and one more for
  // each 4 KiB of values that it wrote. It is the same on every machine. It is for a caller that does much work in
  // pieces.
  uint64_t Work() const;

  absl::Status PutNamed(Named table, std::string_view scope, std::string_view item, std::string_view value);
  absl::Status DeleteNamed(Named table, std::string_view scope, std::string_view item);
  // Deletes every item of the scope, and also those that cannot be read.
  absl::Status DeleteScope(Named table, std::string_view scope);
  absl::Status PutOrdered(Ordered table, std::string_view key, std::string_view value);
  absl::Status DeleteOrdered(Ordered table, std::string_view key);

  // The object that another room has attached under `owner`, or null. `owner` is any address of that room's own. Attach
  // keeps the object until the transaction ends.
  Deferred* Attached(const void* owner) const;
  Deferred* Attach(const void* owner, std::unique_ptr<Deferred> deferred);

 private:
  friend class Store;
  friend class Writer;
  using Reader::Reader;
  absl::Status Finish();
  void Committed();
};

// Why a transaction writes. When the disk or the map is full, ordinary writes are refused. The others go on, because a
// reserve of disk is kept for them. A higher purpose may use more of the reserve.
enum class Purpose : uint8_t {
  kOrdinary,    // keeps more than before: authoring, importing, receiving records, changes of policy
  kTakingBack,  // a partner causes it, and it takes something back: withdrawals, recalls, receipts. Half of the reserve
  kProtection,  // our own people protect somebody: recall, erase, cut a partner off, write down who looked. All of it
};

// The file beside data.mdb that holds the reserve of disk.
inline constexpr std::string_view kReserveFile = "reserve";
// The size of the reserve if nobody says another one: 2 % of the file system, at least 4 MiB, at most 64 MiB.
uint64_t UsualReserve(const std::string& folder);

// How much room there is for more.
struct Space {
  uint64_t used_bytes = 0;     // of data.mdb
  uint64_t free_bytes = 0;     // of its file system
  uint64_t reserve_bytes = 0;  // the whole reserve; 0 if none is kept
  uint64_t reserve_held = 0;   // of it, what is set aside now
  bool full = false;           // ordinary writes are refused now
};

struct Options {
  bool read_only = false;         // beside a serving node: Write is refused
  bool must_exist = false;        // NotFound if there is no store: an empty one is not made
  uint32_t most_snapshots = 256;  // open at once; beyond it Read gives ResourceExhausted
  size_t most_waiting = 1024;     // bodies waiting for the writer; beyond it Write blocks
  size_t most_bodies_a_commit = 256;
  uint64_t first_map_bytes = uint64_t{1} << 34;  // address space, not disk
  uint64_t most_map_bytes = uint64_t{1} << 44;   // for ordinary writes; the others may go somewhat beyond it
  uint64_t reserve_bytes = 0;                    // of disk, kept for what is not ordinary; 0 keeps none
  // Open calls it after each portion while it makes the index anew. It says how many rows are done, and how many there
  // are.
  std::function<void(uint64_t done, uint64_t rows)> indexing = {};
};

class Store {
 public:
  // Makes the folder if there is none. `vault` must outlive the store. Unauthenticated if the folder belongs to another
  // keyring, FailedPrecondition for a format that this program does not know, DataLoss with table and page for a file
  // whose pages were altered. If a program with other terms made the index, Open makes it anew. If Open is stopped
  // meanwhile, the next Open goes on with that.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& folder, vault::Vault& vault,
                                                     const Options& options = {});
  ~Store();  // closes
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  using Body = std::function<absl::Status(WriteTransaction&)>;
  // Runs `body` while no other body runs. It runs in this thread, or in the thread of a caller whose commit it shares.
  // Write returns when the commit is on disk. If the body gives an error, Write undoes everything that this body wrote
  // and gives the error; bodies that share the commit are not touched. When the map has to grow, the body is run again
  // from the start. So outside the transaction it may have no effect but to overwrite its own results. It must not call
  // Write. Unavailable after Close. ResourceExhausted if the disk is full: nothing was committed, and later writes may
  // succeed. DataLoss if it is unknown whether something was committed: then all later writes are refused.
  absl::Status Write(Purpose purpose, const Body& body);
  // An ordinary write.
  absl::Status Write(const Body& body) { return Write(Purpose::kOrdinary, body); }
  absl::StatusOr<std::unique_ptr<Snapshot>> Read() const;
  // Thread-safe. Prepares a record of our own, or a recall of one. InvalidArgument for a request with a giver.
  absl::StatusOr<PreparedPut> Prepare(const PutRequest& request) const;
  // Thread-safe. Prepares a record that a partner gave. InvalidArgument for a request without a giver, and for a
  // recall.
  absl::StatusOr<ReceivedRecord> PrepareReceived(const PutRequest& request) const;
  // Thread-safe. Prepares a recall that a partner brought. A recall opens nothing and takes something away, so no
  // policy is asked. InvalidArgument for a request without a giver, and for anything but a recall.
  absl::StatusOr<PreparedPut> PrepareRecall(const PutRequest& request) const;

  // Waits until the last committed number is beyond `seq`, until the deadline passes, or until Nudge or Close is
  // called. Gives the last committed number. It may be no higher than `seq`.
  uint64_t WaitBeyond(uint64_t seq, absl::Time deadline) const;
  uint64_t LastCommitted() const;
  // Wakes every waiter for a reason that is no arrival: a policy was changed, a stream must stop.
  void Nudge() const;
  // Refuses further writes, finishes those waiting, and wakes all waiters. Idempotent.
  void Close();

  // Writes the rows again that hold these names and do not open any more. Without them no record by these
  // organisations, or from them, could be read. Writes nothing if all of them open.
  absl::Status MendNames(const std::vector<std::string>& organisations);

  // Destroys keys of retention classes, so that nobody can open old pages of the file that still have what was erased
  // (FORMAT.md, "Retention classes"). It destroys the key of each class whose month ended more than two days ago, and
  // each key under which something was erased in an earlier month. What is still held under such a key is first sealed
  // anew. A key stays while a snapshot is open that may need it, and after `stop` gave true; the next call destroys it.
  // Gives how many keys were destroyed. If a key could not be destroyed, it goes on with the others, and then gives
  // that error. One call at a time.
  absl::StatusOr<size_t> ShedKeys(uint64_t now_ms, const std::function<bool()>& stop);

  uint64_t BytesOnDisk() const;
  Space SpaceLeft() const;
  // Callers of Write that wait for their turn now, and transactions committed since Open.
  size_t Waiting() const;
  uint64_t Commits() const;
  // Rows of the arrival order opened since Open. It measures work in the same way on every machine.
  uint64_t RowsOpened() const;
  // What could not be read since Open, in any call.
  Unreadable unreadable() const;
  // OK while writes are possible; otherwise why not.
  absl::Status Health() const;

 private:
  class State;
  class Shedding;
  explicit Store(std::unique_ptr<State> state);
  absl::Status MendIndexAtStart(const std::function<void(uint64_t, uint64_t)>& tell);
  std::unique_ptr<State> state_;
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_STORE_H_
