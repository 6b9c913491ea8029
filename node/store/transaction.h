// The parts of snapshots and write transactions: LMDB access with sealing, interned strings, rows, and the values that
// a body gathers, which are written in sorted order at its end. Private to the room.
#ifndef TIDEGATE_NODE_STORE_TRANSACTION_H_
#define TIDEGATE_NODE_STORE_TRANSACTION_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/vault/vault.h"
#include "node/store/environment/environment.h"
#include "node/store/index/index.h"
#include "node/store/rows.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::store {

using environment::Bytes;
using environment::Dbi;
using environment::DbiName;
using environment::Environment;
using environment::FromLmdb;
using environment::kDbiCount;
using environment::Val;
using index::Posting;
using index::Term;

// Terms of our own, in the space above any kind's slots and below record's terms (FORMAT.md, "Blind keys").
inline constexpr uint16_t kLeafBlind = 0xff01;
inline constexpr uint16_t kRecordBlind = 0xff02;
inline constexpr uint16_t kOriginBlind = 0xff03;
inline constexpr uint16_t kOwnBlind = 0xff04;      // own records and all events, whatever becomes of them
inline constexpr uint16_t kParentBlind = 0xff05;   // the leaf that a revision names as its predecessor
inline constexpr uint16_t kLabelBlind = 0xff06;    // what policies read of a record that search shows
inline constexpr uint16_t kInternBlind = 0xff10;   // + class
inline constexpr uint16_t kNamedBlind = 0xfe00;    // + table
inline constexpr uint16_t kOrderedBlind = 0xfd00;  // + table

// How a blind term stands in the index. Its first bit tells names, which are looked for before they are added, from
// all other terms; so a filter of names alone can be made from the index.
inline bool IsName(uint16_t slot) { return slot == kRecordBlind || slot == record::kSourceTerm; }
inline Term IndexTerm(uint16_t slot, Term blind) {
  blind[0] = static_cast<uint8_t>((blind[0] & 0x7f) | (IsName(slot) ? 0x80 : 0));
  return blind;
}

// Stands in `arrivals` where a row could not be read when its record was recalled (FORMAT.md, "Damaged rows").
inline constexpr std::string_view kOverwritten = "TDGlost1";

// Keys of `meta`.
inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kTotalsKey = "totals";
inline constexpr std::string_view kRunsKey = "runs";
inline constexpr std::string_view kEditionKey = "edition";  // of the terms in the index
inline constexpr std::string_view kChecksKey = "checks";
inline constexpr std::string_view kAnewKey = "anew";

// Strings that many rows share are kept once and named by a number.
enum class Interned : uint8_t { kLabel = 1, kParty = 2, kMarking = 3 };
inline constexpr size_t kInternedClasses = 4;

class LostPostings;
class Shared;

// Blinds many terms, one after the other. While it lives, it has one of the store's caches for itself.
class TermBlinder {
 public:
  explicit TermBlinder(Shared& shared);
  // The cache's lock was taken by the constructor: Clang does not follow it here.
  vault::BlindTermBytes Blind(uint16_t slot, std::string_view text) ABSL_NO_THREAD_SAFETY_ANALYSIS;
  Term IndexTermOf(uint16_t slot, std::string_view text) { return IndexTerm(slot, Blind(slot, text)); }

 private:
  static threads::HandedLock LockOne(Shared& shared, size_t& cache);

  Shared& shared_;
  size_t cache_ = 0;
  const threads::HandedLock lock_;
};

// The state that all transactions of one store share.
class Shared {
 public:
  Shared(vault::Vault& vault, std::unique_ptr<Environment> environment)
      : vault_(vault), environment_(std::move(environment)) {}
  const vault::Vault& vault() const { return vault_; }
  // For whoever makes and destroys keys of retention classes.
  vault::Vault& keys() const { return vault_; }
  Environment& environment() const { return *environment_; }

  // Committed strings by number, for readers; bounded.
  bool Lookup(Interned what, uint32_t id, std::string& out);
  void Remember(Interned what, uint32_t id, const std::string& bytes);

  // A blind term, by way of a small cache. Kinds, codes, countries and places recur in record after record, and a
  // look-up costs a third of the hash.
  vault::BlindTermBytes BlindTerm(uint16_t slot, std::string_view text) { return TermBlinder(*this).Blind(slot, text); }
  // The same as the index has it.
  Term IndexTermOf(uint16_t slot, std::string_view text) { return IndexTerm(slot, BlindTerm(slot, text)); }

  // Keeps which row could not be read (store.h, Unreadable).
  void NoteUnreadable(Dbi table, std::string_view key);
  // The same of a chunk of the index. The writer mends the index before it runs the next body.
  void NoteDamagedChunk(std::string_view key);
  bool TakeDamagedIndex() { return index_damaged_.exchange(false); }
  // Says that the damage noted of the index is repaired.
  void NoteMended(size_t chunks);
  Unreadable unreadable();

  // Of the names in the index; null while there is none.
  std::shared_ptr<index::NameFilter> names();
  void SetNames(std::shared_ptr<index::NameFilter> names);

  // Rows of `arrivals` opened since the store was (store.h, RowsOpened).
  std::atomic<uint64_t> rows_opened = 0;
  // Chunks of runs from this id on end with a check.
  std::atomic<uint32_t> checked_runs = 1;

  // Committed numbers by string, for who writes; bounded.
  std::array<absl::flat_hash_map<std::string, uint32_t>, kInternedClasses> numbers;

 private:
  vault::Vault& vault_;
  const std::unique_ptr<Environment> environment_;
  threads::Mutex mutex_;
  absl::flat_hash_map<uint64_t, std::string> strings_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<index::NameFilter> names_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> unreadable_ ABSL_GUARDED_BY(mutex_);  // u8 table || key
  std::string first_unreadable_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> index_damaged_ = false;
  size_t mended_ ABSL_GUARDED_BY(mutex_) = 0;

  struct Blinded {
    std::string text;
    vault::BlindTermBytes term{};
    uint16_t slot = 0;
    bool filled = false;
  };
  struct BlindCache {
    threads::Mutex mutex;
    std::array<Blinded, 4096> entries ABSL_GUARDED_BY(mutex);
  };
  friend class TermBlinder;
  std::array<BlindCache, 4> blinded_;  // as many threads as prepare records at once seldom wait
};
inline constexpr size_t kMostRemembered = 16384;

class Transaction {
 public:
  // Takes over `txn`, even if it gives an error. A reader is given back to the pool. A writer is aborted unless Release
  // was called.
  static absl::StatusOr<std::unique_ptr<Transaction>> Begin(std::shared_ptr<Shared> shared, MDB_txn* txn, bool writing);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Shared& shared() const { return *shared_; }
  MDB_txn* txn() const { return txn_; }
  bool writing() const { return writing_; }
  MDB_dbi dbi(Dbi which) const { return shared_->environment().dbi(which); }
  MDB_txn* Release() { return std::exchange(txn_, nullptr); }
  uint64_t last_seq() const { return last_seq_; }
  uint64_t work() const { return work_ + written_bytes_ / kBytesOfOneWork; }

  // Values as they lie on disk; the view lives until the next write of this transaction.
  absl::StatusOr<std::string_view> GetRaw(Dbi table, std::string_view key) const;
  // The same, for a caller to whom a miss is no fault.
  absl::StatusOr<std::optional<std::string_view>> PeekRaw(Dbi table, std::string_view key) const;
  absl::Status PutRaw(Dbi table, std::string_view key, std::string_view value, unsigned flags = 0);
  absl::Status DeleteRaw(Dbi table, std::string_view key);
  // Sealed values. A value that does not open is DataLoss, which names the table; so is a value whose epoch's key is
  // gone. A retention class that has no key gets one. If the keyring cannot be written, the value is sealed without a
  // class.
  absl::Status OpenValue(Dbi table, std::string_view key, std::string_view sealed, std::string& out) const;
  absl::StatusOr<std::string> GetSealed(Dbi table, std::string_view key) const;
  absl::Status PutSealed(Dbi table, std::string_view key, std::string_view value, std::string_view retention = "",
                         unsigned flags = 0);
  // Every entry whose key begins with `prefix`, from `from` on, in either direction.
  absl::Status ForEach(
      Dbi table, std::string_view prefix, std::string_view from, bool descending,
      absl::FunctionRef<absl::StatusOr<bool>(std::string_view key, std::string_view value)> visit) const;

  vault::BlindTermBytes Blind(uint16_t slot, std::string_view text) const { return shared_->BlindTerm(slot, text); }

  absl::StatusOr<std::string> InternedBytes(Interned what, uint32_t id) const;
  absl::StatusOr<uint32_t> Intern(Interned what, const std::string& bytes);
  // Whether the number of these bytes is known and its row does not open.
  absl::StatusOr<bool> InternedIsDamaged(Interned what, const std::string& bytes) const;

  // `buffer` holds what the row's views point into. DataLoss, which names the arrival, for a row that is damaged or
  // missing.
  absl::StatusOr<Row> ReadRow(uint64_t seq, std::string& buffer) const;
  absl::StatusOr<Row> OpenRow(uint64_t seq, std::string_view sealed, std::string& buffer) const;
  absl::Status WriteRow(uint64_t seq, const Row& row, std::string_view retention);  // over an existing one
  absl::StatusOr<uint64_t> AppendRow(const Row& row, std::string_view retention);
  absl::StatusOr<Arrival> ToArrival(uint64_t seq, const Row& row) const;

  // The record with this leaf, and the revisions of a record, ascending. Both include what this transaction has
  // gathered.
  absl::StatusOr<std::optional<uint64_t>> FindLeaf(const Term& leaf) const;
  absl::StatusOr<std::vector<uint64_t>> Chain(const Term& record) const;  // empty if none
  // Whether an arrival of an earlier transaction is a record of our own or an event. The index says so. So there is an
  // answer for a row that cannot be read, too.
  absl::StatusOr<bool> IsOwn(uint64_t seq) const;
  // Writes over a row that cannot be read, so that nothing of it stays. Nobody can read it afterwards either.
  absl::Status Overwrite(uint64_t seq);
  absl::StatusOr<bool> Overwritten(uint64_t seq) const;
  // True if the chain has at least one row. The cost does not depend on the length of the chain.
  absl::StatusOr<bool> HasChain(const Term& record) const;
  // False if the index surely lacks the name. A name is a record's id or a source reference.
  bool MayHoldName(const Term& name) const;
  // The index as it was at the beginning, with what was flushed since.
  absl::StatusOr<index::PostingIndex*> OpenIndex() const;
  // Whether this transaction met a damaged chunk of the index. Then nobody may trust what a writer did since.
  bool MetDamagedIndex() const;
  // Takes everything out of the index.
  absl::Status ClearIndex();
  // Whether a table has as many entries as were written. Also true if the row that has these numbers does not open.
  absl::StatusOr<bool> HasAllEntries(Dbi table) const;
  // As LMDB counts them.
  uint64_t Entries(Dbi table) const {
    MDB_stat stat{};
    return mdb_stat(txn_, dbi(table), &stat) == MDB_SUCCESS ? stat.ms_entries : 0;
  }

  // Gathered until Flush.
  void AddRevision(const Term& leaf, const Term& record, uint64_t seq);
  void AddTerm(const Term& term, uint64_t seq);
  // Removes a term. It is no error if the term is not there: erasing must not fail for that, and `verify` reports it.
  absl::Status RemoveTerm(const Term& term, uint64_t seq);
  void Count(const CountKey& key, int64_t change) { counts_[key] += change; }
  // Writes what was gathered, in key order.
  absl::Status Flush();
  // After the commit: keeps the numbers given to new strings.
  void Committed();

  // Objects of other rooms (store.h, Deferred), in the order they were attached.
  std::vector<std::pair<const void*, std::unique_ptr<Deferred>>> deferred;

 private:
  Transaction(std::shared_ptr<Shared> shared, MDB_txn* txn, bool writing);
  absl::StatusOr<std::string> PartyOf(uint64_t seq, uint32_t id) const;
  absl::Status WriteTotals();
  absl::Status FlushPostings();
  absl::Status RenewNames();
  absl::Status FlushCounts();

  const std::shared_ptr<Shared> shared_;
  MDB_txn* txn_;
  const bool writing_;
  uint64_t last_seq_ = 0;

  absl::flat_hash_map<Term, uint64_t> leaves_;
  absl::flat_hash_map<Term, std::vector<uint64_t>> chains_;  // revisions gathered
  std::vector<Posting> postings_;                            // in the order in which they were added
  absl::flat_hash_set<Posting> removed_;                     // of those: taken away again, and not added since
  std::shared_ptr<index::NameFilter> names_;                 // of a writer: as at the beginning
  const std::unique_ptr<LostPostings> lost_;                 // outlives the index
  mutable std::optional<index::PostingIndex> index_;
  mutable std::string runs_;  // the list of runs as it lies on disk, in plaintext
  absl::flat_hash_map<CountKey, int64_t> counts_;
  std::array<std::map<std::string, uint32_t>, kInternedClasses> interned_;
  static constexpr uint64_t kBytesOfOneWork = 4096;
  mutable uint64_t work_ = 0;  // rows read, appended and rewritten
  uint64_t written_bytes_ = 0;
  std::string plain_, sealed_;  // scratch
};

// The record's log leaf, and the statement behind it, from a view that was verified when it was stored.
struct Identity {
  record::Statement statement;
  crypto::Hash leaf{};
};
absl::StatusOr<Identity> IdentityOf(const record::View& view);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_TRANSACTION_H_
