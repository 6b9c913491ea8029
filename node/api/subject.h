// subject: what the node holds about one person, for a request for subject access.
#ifndef TIDEGATE_NODE_API_SUBJECT_H_
#define TIDEGATE_NODE_API_SUBJECT_H_

#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/reading/reading.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::AuditSubjectReply> AuditSubject(const decision::Decisions& decisions, reading::Reading& reading,
                                                   const policy::Principal& who,
                                                   const v1::AuditSubjectRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_SUBJECT_H_
