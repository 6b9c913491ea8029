// own_records: the only code that puts a revision of a record of ours into the log and the store.
#ifndef TIDEGATE_NODE_FLOW_OWN_RECORDS_H_
#define TIDEGATE_NODE_FLOW_OWN_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/continuity.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

// One revision about to be authored: a view committed already, and what only this node knows about it.
struct Authored {
  record::VerifiedView view;
  record::LocalFacts local;
  uint64_t follows = 0;  // the arrival of the revision that it amends; 0 for a new record and for a recall
};

// The random parts of one revision. Whoever authors many revisions draws them together, because each draw is a system
// call.
struct Chance {
  record::RecordId id{};  // of a new record
  record::Seed seed{};    // the caller wipes it
};
void Draw(std::span<Chance> chances);

// A revision for which everything is done that needs no transaction. It no longer needs what it was made of.
struct Prepared {
  store::PreparedPut put;
  std::optional<uint64_t> not_before_ms;  // of its handling
  record::RecordKey key;
  uint64_t follows = 0;  // as in Authored
  bool recall = false;
  uint64_t log_index = 0;  // once it is stored
};

// First commit, then prepare, then store. Committing and preparing change nothing. Each transaction asks whether this
// node may author, and gives the error of Continuity if it may not. Thread-safe.
class OwnRecords {
 public:
  // All outlive this.
  OwnRecords(store::Store& store, ledger::Log& log, ledger::Register& disclosures, const partner::Identity& identity,
             const Continuity& continuity, std::function<uint64_t()> now_ms)
      : store_(store),
        log_(log),
        disclosures_(disclosures),
        identity_(identity),
        continuity_(continuity),
        now_ms_(std::move(now_ms)) {}

  const partner::Identity& identity() const { return identity_; }
  const std::string& organisation() const { return identity_.names().organisation; }
  record::RecordKey KeyOf(const record::RecordId& id) const { return {identity_.log_fingerprint(), id}; }

  // A new record with a fresh random id.
  absl::StatusOr<Authored> CommitNew(record::Draft draft, const Chance& chance) const;
  // The next revision of a record of ours. PermissionDenied for another's, FailedPrecondition for one that was
  // recalled.
  absl::StatusOr<Authored> CommitAmendment(record::Draft draft, const store::StoredRecord& predecessor,
                                           const Chance& chance) const;
  // The recall of a record of ours. `newest`: of its newest revision.
  absl::StatusOr<Authored> CommitRecall(const record::Statement& newest) const;

  absl::StatusOr<Prepared> Prepare(Authored authored) const;

  // Appends it to the log and stores it, durable on return, with one entry in the register; gives its index in the log.
  // FailedPrecondition if the record was amended or recalled since it was looked at. It notes a recall for later
  // imports (recalled.h), and asks whoever may hold the record for it.
  // `also` is entered in the same transaction, where it is given.
  absl::StatusOr<uint64_t> Store(const Authored& authored, ledger::Change entry,
                                 std::optional<ledger::Change> also = std::nullopt);
  // The same for many in one transaction, with one entry. It leaves out a revision for which `wanted(transaction, i)`
  // is false, with 0 for its index; there is no entry if nothing is left. It may call `wanted` again from the first one
  // on.
  using Wanted = absl::FunctionRef<absl::StatusOr<bool>(store::WriteTransaction&, size_t)>;
  absl::Status StoreWanted(std::vector<Prepared>& prepared, ledger::Change entry, Wanted wanted,
                           std::optional<ledger::Change> also = std::nullopt);
  // Notes facts of records of ours in one transaction: they change nothing that is signed. `note` does it and fills in
  // the entry; an entry that counts no record is left out. `note` may be called again.
  using Note = absl::FunctionRef<absl::Status(store::WriteTransaction&, ledger::Change& entry)>;
  absl::Status NoteFacts(ledger::Change entry, Note note);
  // Stores one as Store would, calls `look` with the store as it is then, and undoes everything. Gives the error of
  // either.
  absl::Status Rehearse(const Authored& authored, absl::FunctionRef<absl::Status(const store::Reader&)> look);

  // From now on, asks everybody who may hold a revision of this record of ours to give it up, even those that cannot be
  // reached yet. Storing a recall does so. It also asks `others`.
  absl::Status AskBack(store::WriteTransaction& transaction, const record::RecordId& record, uint64_t now_ms,
                       const std::vector<std::string>& others = {});

 private:
  // One transaction in which this node authors, with its entry.
  absl::Status Write(store::Purpose purpose, ledger::Change entry, bool kept, Note work,
                     std::optional<ledger::Change> also = std::nullopt);
  // Gives its arrival.
  absl::StatusOr<uint64_t> StoreOne(store::WriteTransaction& transaction, Prepared& one, uint64_t now_ms);

  store::Store& store_;
  ledger::Log& log_;
  ledger::Register& disclosures_;
  const partner::Identity& identity_;
  const Continuity& continuity_;
  const std::function<uint64_t()> now_ms_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_OWN_RECORDS_H_
