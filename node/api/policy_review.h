// test, matrix: what an administrator checks and signs.
#ifndef TIDEGATE_NODE_API_POLICY_REVIEW_H_
#define TIDEGATE_NODE_API_POLICY_REVIEW_H_

#include "node/decision/decision.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::TestPoliciesReply> TestPolicies(const decision::Decisions& decisions,
                                                   const std::vector<std::string>& names,
                                                   const v1::TestPoliciesRequest& request);
// NotFound for an unknown partner, InvalidArgument for an unknown kind or TLP, so that a typing error does not make an
// empty page.
absl::StatusOr<v1::PolicyMatrixReply> PolicyMatrix(const decision::Decisions& decisions,
                                                   const partner::Directory& directory,
                                                   const std::vector<std::string>& names,
                                                   const v1::PolicyMatrixRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_POLICY_REVIEW_H_
