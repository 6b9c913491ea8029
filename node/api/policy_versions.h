// history, diff, and what waits for approval: the versions of the policies, for administrators.
#ifndef TIDEGATE_NODE_API_POLICY_VERSIONS_H_
#define TIDEGATE_NODE_API_POLICY_VERSIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "policy/review/review.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::PolicyHistoryReply> PolicyHistory(const decision::Decisions& decisions,
                                                     const flow::PolicyGovernance& policies);
absl::StatusOr<v1::DiffPoliciesReply> DiffPolicies(const decision::Decisions& decisions,
                                                   const partner::Directory& directory,
                                                   const v1::DiffPoliciesRequest& request);

// `engine`: one of the two that the plan compares, for the names of kinds and fields.
void FillPartnerPlans(const policy::Engine& engine, const review::Plan& plan,
                      google::protobuf::RepeatedPtrField<v1::PartnerPlan>* out);
void FillRules(const std::vector<review::RuleDifference>& rules,
               google::protobuf::RepeatedPtrField<v1::RuleDifference>* out);
absl::Status FillPending(const flow::PolicyGovernance& policies,
                         google::protobuf::RepeatedPtrField<v1::PendingPolicies>* out);

// The number of the version with this digest that was in force at that time. (A rollback gives an old digest a new
// number.) Nothing if this node never had it.
std::optional<uint32_t> NumberOf(const std::vector<decision::PolicyVersion>& history, const policy::Digest& digest,
                                 uint64_t at_ms);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_POLICY_VERSIONS_H_
