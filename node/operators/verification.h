// What can be proved of a stored record, worked out again from what is stored.
#ifndef TIDEGATE_NODE_OPERATORS_VERIFICATION_H_
#define TIDEGATE_NODE_OPERATORS_VERIFICATION_H_

#include "node/operators/operators.h"

namespace tidegate::operators {

// Verifies the view against its statement, the statement against its author's log, and the log's checkpoint against the
// author's key. Fills `verification`, log size and whether the author's key is only vouched for.
void VerifyStored(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record, v1::Record* out);

// What anybody needs to verify `view` of this record without this node.
absl::Status FillEvidence(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record,
                          const record::View& view, v1::Evidence* out);

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_VERIFICATION_H_
