// test, matrix: what an administrator checks and signs.
#ifndef TIDEGATE_NODE_OPERATORS_POLICY_REVIEW_H_
#define TIDEGATE_NODE_OPERATORS_POLICY_REVIEW_H_

#include "node/operators/operators.h"

namespace tidegate::operators {

absl::StatusOr<v1::TestPoliciesReply> TestPolicies(const Rooms& rooms, const v1::TestPoliciesRequest& request);
// NotFound for a partner, InvalidArgument for a kind or a TLP that there is not: a page must not be empty by a typing
// error.
absl::StatusOr<v1::PolicyMatrixReply> PolicyMatrix(const Rooms& rooms, const v1::PolicyMatrixRequest& request);

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_POLICY_REVIEW_H_
