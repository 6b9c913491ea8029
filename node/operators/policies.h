// check, explain, plan, apply, show: policies for administrators.
#ifndef TIDEGATE_NODE_OPERATORS_POLICIES_H_
#define TIDEGATE_NODE_OPERATORS_POLICIES_H_

#include "node/operators/operators.h"

namespace tidegate::operators {

v1::CheckPoliciesReply CheckPolicies(const Rooms& rooms, const v1::PolicyFilesRequest& request);
absl::StatusOr<v1::ExplainPolicyReply> ExplainPolicy(const Rooms& rooms, const v1::ExplainPolicyRequest& request);
// A set that does not validate gives its problems and no digest.
absl::StatusOr<v1::PlanPoliciesReply> PlanPolicies(const Rooms& rooms, const v1::PolicyFilesRequest& request);
absl::StatusOr<v1::ApplyPoliciesReply> ApplyPolicies(const Rooms& rooms, const v1::ApplyPoliciesRequest& request);
v1::ShowPoliciesReply ShowPolicies(const Rooms& rooms, const v1::ShowPoliciesRequest& request);

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_POLICIES_H_
