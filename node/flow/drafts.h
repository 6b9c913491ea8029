// drafts: makes a draft from what our own people type about a record, or from a record that the node holds.
#ifndef TIDEGATE_NODE_FLOW_DRAFTS_H_
#define TIDEGATE_NODE_FLOW_DRAFTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::flow {

// FIELD=VALUE as operators write it: a field of the kind, a word of handling (`tlp`, `source-grade`, `purpose`, ...),
// `recipient` or `tag`. An empty value takes the field out.
struct Assignment {
  std::string field;
  std::string value;
};

// A list may be set in several parts, which are joined. InvalidArgument if anything else is set to two values.
absl::Status AssignAll(record::Draft& draft, const std::vector<Assignment>& assignments);
// Adds items to a list. One that the list has already is left as it is, without a word: who amends need not be who may
// see the list.
absl::Status AddToList(record::Draft& draft, const Assignment& one);

// Adds tags of this node's own, and takes tags out, also of the field that says them. All other tags stay. Gives
// whether anything changes. InvalidArgument for a tag that is empty, or both added and taken out. FailedPrecondition
// for the tag `sar` of a record whose handling says so: to take out the tag would protect it no less, and look as if it
// did.
absl::StatusOr<bool> ChangeTags(record::Draft& draft, const std::vector<std::string>& add,
                                const std::vector<std::string>& remove);

// The draft that a held record would have been made from: to amend it. It no longer says what its source said.
absl::StatusOr<record::Draft> DraftOf(const store::StoredRecord& record);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_DRAFTS_H_
