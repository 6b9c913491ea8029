// Drafts to records in the log and the store, many to a transaction.
#ifndef TIDEGATE_NODE_FLOW_COMMIT_H_
#define TIDEGATE_NODE_FLOW_COMMIT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"

namespace tidegate::flow {

// The longest reason that somebody may give for doing something. Each call says whether the reason may be empty.
inline constexpr size_t kMostReasonBytes = 2000;

// The rooms that authoring reads and writes. All of them outlive their users.
struct Desk {
  store::Store& store;
  ledger::Log& log;
  ledger::Register& disclosures;
  const partner::Identity& identity;
  const partner::Directory& directory;
  std::function<uint64_t()> now_ms;
  // OK, or why this node must not author now. Asked in each transaction that authors; Authoring sets it.
  std::function<absl::Status()> may_author = nullptr;
};

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

// A new record with a fresh random id.
absl::StatusOr<Authored> CommitNew(const Desk& desk, record::Draft draft, const Chance& chance);
// The next revision of a record of ours.
absl::StatusOr<Authored> CommitAmendment(const Desk& desk, record::Draft draft, const store::StoredRecord& predecessor,
                                         const Chance& chance);

// A revision with all done that needs no transaction; what it was made of is no longer needed.
struct Prepared {
  store::PreparedPut put;
  std::optional<uint64_t> not_before_ms;  // of its handling
  record::RecordKey key;
  uint64_t follows = 0;  // as in Authored
  bool recall = false;
};
absl::Status MayAuthor(const Desk& desk);
absl::StatusOr<Prepared> PrepareAuthored(const Desk& desk, Authored authored);
// Asks everybody who may hold any revision of this record of ours to give it up, from now on, whether it can be reached
// or not. Storing a recall does so. `others` are asked, too.
absl::Status AskBack(const Desk& desk, store::WriteTransaction& transaction, const record::RecordId& record,
                     uint64_t now_ms, const std::vector<std::string>& others = {});
// Appends each to the log and stores it, durable on return, with one entry in the register. Gives log indices in order.
// FailedPrecondition if a record was amended or recalled since it was looked at. It notes each recall for later imports
// (recalled.h).
absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Desk& desk, std::vector<Prepared>& prepared,
                                                    ledger::Change entry);
// The same, but what `wanted(transaction, i)` no longer wants is left out, with 0 in its place and no entry if nothing
// is left. `wanted` may be asked again from the first one on.
using Wanted = absl::FunctionRef<absl::StatusOr<bool>(store::WriteTransaction&, size_t)>;
absl::StatusOr<std::vector<uint64_t>> StoreWanted(const Desk& desk, std::vector<Prepared>& prepared,
                                                  ledger::Change entry, Wanted wanted);
absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Desk& desk, const std::vector<Authored>& authored,
                                                    ledger::Change entry);

// Stores one as StoreAuthored would, calls `look` with the store as it is then, and takes everything back. Gives the
// error of either.
absl::Status Rehearse(const Desk& desk, const Authored& authored,
                      absl::FunctionRef<absl::Status(const store::Reader&)> look);

// The draft that a held record would have been made from: to amend it. It no longer says what its source said.
absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record);

// FIELD=VALUE as operators write it: a field of the kind, a word of handling (`tlp`, `source-grade`, `purpose`, ...),
// `recipient` or `tag`. An empty value takes the field out.
absl::Status Assign(record::Draft& draft, std::string_view field, std::string_view value);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_COMMIT_H_
