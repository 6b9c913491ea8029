// Describes a view for the indices: its label, its terms, the fields that it holds. Private to the room.
#ifndef TIDEGATE_NODE_STORE_DESCRIBE_H_
#define TIDEGATE_NODE_STORE_DESCRIBE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/transaction.h"

namespace tidegate::store {

struct HeldField {
  uint16_t slot = 0;
  label::HeldRungs rungs = 0;
  std::string marking;  // label::EncodeMarking, or empty
};

struct Description {
  uint32_t kind = 0;
  std::string label;        // label::EncodeLabel
  std::string retention;    // the class its row is sealed under
  std::vector<Term> terms;  // in no order, and one may be there twice
  std::vector<HeldField> held;
};

// What is described: a view, and what this node knows of it.
struct Held {
  const record::VerifiedView& view;
  const record::LocalFacts& local;
  std::string_view origin;
  bool own;
  uint64_t arrived_ms;
  std::vector<std::string> givers;
  bool forked;
};
Description Describe(const Held& held, Shared& shared);
// The same for a row as it is stored. It verifies the row's view again.
absl::StatusOr<Description> DescribeRow(const Transaction& transaction, const Row& row);

// Everything that the index says of an arrival, derived from its row alone: that it is our own or an event, a record's
// leaf and id, and the search terms of a record that is shown (FORMAT.md, "What must agree"). The terms are in no
// order, and one may be there twice. The code that repairs a part of the index uses this function.
absl::StatusOr<std::vector<Term>> IndexedUnder(const Transaction& transaction, const Row& row);

// Counts the record once more.
absl::Status Count(Transaction& transaction, uint32_t label, const Description& description);
// The first two: a received record has one more giver, or one less. The third: a record became a fork.
void IndexGiver(Transaction& transaction, uint64_t seq, std::string_view giver);
absl::Status UnindexGiver(Transaction& transaction, uint64_t seq, std::string_view giver);
void IndexFork(Transaction& transaction, uint64_t seq);
// A record enters the search terms and the counts, or leaves them. `label` is the number of the row's interned label.
absl::Status Index(Transaction& transaction, uint64_t seq, uint32_t label, const Description& description);
absl::Status Unindex(Transaction& transaction, uint64_t seq, uint32_t label, const Description& description);
// Changes one description into the other, and touches nothing but what differs.
absl::Status Reindex(Transaction& transaction, uint64_t seq, uint32_t old_label, Description before, uint32_t new_label,
                     Description after);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_DESCRIBE_H_
