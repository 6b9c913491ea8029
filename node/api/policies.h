// check, explain, plan, apply, approve, withdraw, show: policies for administrators.
#ifndef TIDEGATE_NODE_API_POLICIES_H_
#define TIDEGATE_NODE_API_POLICIES_H_

#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

std::vector<policy::PolicySource> SourcesOf(const google::protobuf::RepeatedPtrField<v1::PolicyFile>& files);
// True if an error was among them.
bool FillProblems(const std::vector<policy::Diagnostic>& diagnostics,
                  google::protobuf::RepeatedPtrField<v1::PolicyProblem>* out);

v1::CheckPoliciesReply CheckPolicies(const decision::Decisions& decisions, const std::vector<std::string>& names,
                                     const v1::PolicyFilesRequest& request);
absl::StatusOr<v1::ExplainPolicyReply> ExplainPolicy(const partner::Directory& directory, reading::Reading& reading,
                                                     const policy::Principal& who,
                                                     const v1::ExplainPolicyRequest& request);
// For a set that does not validate the reply has its problems and no digest.
absl::StatusOr<v1::PlanPoliciesReply> PlanPolicies(const decision::Decisions& decisions,
                                                   const flow::PolicyGovernance& policies,
                                                   const std::vector<std::string>& names, reading::Reading& reading,
                                                   const policy::Principal& who, const v1::PolicyFilesRequest& request);
absl::StatusOr<v1::ApplyPoliciesReply> ApplyPolicies(const decision::Decisions& decisions,
                                                     flow::PolicyGovernance& policies, const policy::Principal& who,
                                                     const v1::ApplyPoliciesRequest& request);
// A second user approves what waits.
absl::StatusOr<v1::ApplyPoliciesReply> ApprovePolicies(flow::PolicyGovernance& policies, const policy::Principal& who,
                                                       const v1::ApprovePoliciesRequest& request);
// Takes back what waits for a second user.
absl::StatusOr<v1::WithdrawPoliciesReply> WithdrawPolicies(flow::PolicyGovernance& policies,
                                                           const policy::Principal& who,
                                                           const v1::WithdrawPoliciesRequest& request);
absl::StatusOr<v1::ShowPoliciesReply> ShowPolicies(const decision::Decisions& decisions,
                                                   const flow::PolicyGovernance& policies,
                                                   const v1::ShowPoliciesRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_POLICIES_H_
