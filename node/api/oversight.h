// status and audit: how the node is, and what the register says.
#ifndef TIDEGATE_NODE_API_OVERSIGHT_H_
#define TIDEGATE_NODE_API_OVERSIGHT_H_

#include "node/api/api.h"

namespace tidegate::api {

absl::StatusOr<v1::StatusReply> NodeStatus(const Rooms& rooms, const Actions& actions);
absl::StatusOr<v1::ListAuditReply> ListAudit(const Rooms& rooms, const v1::ListAuditRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_OVERSIGHT_H_
