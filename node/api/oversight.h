// status and audit: how the node is, and what the register says.
#ifndef TIDEGATE_NODE_API_OVERSIGHT_H_
#define TIDEGATE_NODE_API_OVERSIGHT_H_

#include "node/api/rooms.h"
#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::StatusReply> NodeStatus(const Rooms& rooms, const flow::Lines& lines);
absl::StatusOr<v1::ListAuditReply> ListAudit(const Rooms& rooms, const reading::Reading& reading,
                                             const policy::Principal& who, const v1::ListAuditRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_OVERSIGHT_H_
