// status and audit: how the node is, and what the register says.
#ifndef TIDEGATE_NODE_OPERATORS_OVERSIGHT_H_
#define TIDEGATE_NODE_OPERATORS_OVERSIGHT_H_

#include "node/operators/operators.h"

namespace tidegate::operators {

absl::StatusOr<v1::StatusReply> NodeStatus(const Rooms& rooms, const Actions& actions);
absl::StatusOr<v1::ListAuditReply> ListAudit(const Rooms& rooms, const v1::ListAuditRequest& request);

}  // namespace tidegate::operators

#endif  // TIDEGATE_NODE_OPERATORS_OVERSIGHT_H_
