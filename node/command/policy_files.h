// Shared by the verbs of `policy`: files to send, plans and problems to print.
#ifndef TIDEGATE_NODE_COMMAND_POLICY_FILES_H_
#define TIDEGATE_NODE_COMMAND_POLICY_FILES_H_

#include <string>
#include <vector>

#include "node/command/session.h"

namespace tidegate::command {

struct PolicyOptions {
  std::string origin;
  std::vector<std::string> files;
  std::string record;
  std::string partner;
  std::string plan;
  int64_t version = -1;  // negative: none was named
  bool drop = false;
  bool baseline = false;
};

// False if a file cannot be read; the user has been told.
bool ReadPolicyFiles(Session& session, const std::vector<std::string>& names,
                     google::protobuf::RepeatedPtrField<v1::PolicyFile>* out);

void PrintProblems(const google::protobuf::RepeatedPtrField<v1::PolicyProblem>& problems);
void PrintPartnerPlans(const google::protobuf::RepeatedPtrField<v1::PartnerPlan>& partners);
void PrintPending(const google::protobuf::RepeatedPtrField<v1::PendingPolicies>& pending);
void PrintApplied(Session& session, const v1::ApplyPoliciesReply& reply, const std::string& plan);

// Plans `options.files`, or `options.version`.
void PlanPolicies(Session& session, const PolicyOptions& options);
void ApplyPolicies(Session& session, const PolicyOptions& options);

// test, matrix, history, diff, rollback.
void AddPolicyReview(CLI::App& policy, Session& session);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_POLICY_FILES_H_
