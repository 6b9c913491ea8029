// The index is derived from the rows, so the store can make lost parts of it from them again. Private to the room;
// FORMAT.md, "Damaged chunks".
#ifndef TIDEGATE_NODE_STORE_REMAKE_H_
#define TIDEGATE_NODE_STORE_REMAKE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/transaction.h"

namespace tidegate::store {

// Answers for damaged chunks in one transaction. A reader gets what the rows say. They are read once, and that takes as
// long as reading all rows. A writer gets DataLoss: the store's writer then mends the index and runs the body again.
class LostPostings final : public index::Rows {
 public:
  explicit LostPostings(const Transaction& transaction) : transaction_(transaction) {}
  absl::StatusOr<std::span<const Posting>> InPlaceOf(std::string_view key) override;
  bool met() const { return met_; }

 private:
  const Transaction& transaction_;
  std::optional<std::vector<Posting>> postings_;
  bool met_ = false;
};

enum class IndexState : uint8_t {
  kWhole,
  kHoles,         // some chunks are damaged
  kLost,          // nobody knows what is lost
  kOfOtherTerms,  // a program with other terms made it, or began to
  kBeingMade,     // BeginIndexAnew was called, and ContinueIndexAnew has not come to its end
};
// Reads every chunk.
absl::StatusOr<IndexState> StateOfIndex(const Transaction& transaction);

// Takes damaged chunks out and adds what the rows say was in them. Gives how many there were. If a row cannot be read,
// it keeps what the damaged chunk still says of the row.
absl::StatusOr<size_t> MendIndex(Transaction& transaction);

// Takes the whole index out, except the terms of rows that cannot be read. Nobody may read the index before
// ContinueIndexAnew has come to its end. Gives how many chunks there were.
absl::StatusOr<size_t> BeginIndexAnew(Transaction& transaction);
// Adds the next portion of rows. Gives the row after them, or 0 when all are there.
absl::StatusOr<uint64_t> ContinueIndexAnew(Transaction& transaction);
// Notes that the index has this program's terms (record::IndexEdition).
absl::Status SetIndexEdition(Transaction& transaction);

// ReadChecks reads from which run on the chunks end with a check. That is run 1 in a new store. In an old store it is
// the next run, once the store is opened for writing: BeginChecks notes it.
absl::Status ReadChecks(const Transaction& transaction);
absl::Status BeginChecks(Transaction& transaction);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_REMAKE_H_
