// Drafts to records in the log and the store, many to a transaction.
#ifndef TIDEGATE_NODE_FLOW_COMMIT_H_
#define TIDEGATE_NODE_FLOW_COMMIT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/api/api.h"

namespace tidegate::flow {

using api::Rooms;

// One revision about to be authored: a view committed already, and what only this node knows about it.
struct Authored {
  record::VerifiedView view;
  record::LocalFacts local;
};

// What is random in one revision. Many are drawn at once where many are authored: each draw is a system call.
struct Chance {
  record::RecordId id{};  // of a new record
  record::Seed seed{};    // the caller wipes it
};
void Draw(std::span<Chance> chances);

// A new record with a fresh random id.
absl::StatusOr<Authored> CommitNew(const Rooms& rooms, record::Draft draft, const Chance& chance);
// The next revision of a record of ours.
absl::StatusOr<Authored> CommitAmendment(const Rooms& rooms, record::Draft draft,
                                         const store::StoredRecord& predecessor, const Chance& chance);

// A revision with all done that needs no transaction; what it was made of is no longer needed.
struct Prepared {
  store::PreparedPut put;
  std::optional<uint64_t> not_before_ms;  // of its handling
};
absl::StatusOr<Prepared> PrepareAuthored(const Rooms& rooms, Authored authored);
// Appends each to the log and stores it, durable on return, with one entry in the register. Gives log indices in order.
absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Rooms& rooms, std::vector<Prepared>& prepared,
                                                    ledger::Change entry);
absl::StatusOr<std::vector<uint64_t>> StoreAuthored(const Rooms& rooms, const std::vector<Authored>& authored,
                                                    ledger::Change entry);

// The draft that a held record would have been made from: to amend it.
absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record);

// FIELD=VALUE as operators write it: a field of the kind, a word of handling (`tlp`, `source-grade`, `purpose`, ...),
// `recipient` or `tag`. An empty value takes the field out.
absl::Status Assign(record::Draft& draft, std::string_view field, std::string_view value);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_COMMIT_H_
