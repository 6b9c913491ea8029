// status and audit: how the node is, and what the register says.
#ifndef TIDEGATE_NODE_API_OVERSIGHT_H_
#define TIDEGATE_NODE_API_OVERSIGHT_H_

#include "node/decision/decision.h"
#include "node/flow/flow.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/reading/reading.h"
#include "node/store/store.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::StatusReply> NodeStatus(const store::Store& store, const ledger::Log& log,
                                           const ledger::Register& disclosures, const partner::Identity& identity,
                                           const decision::Decisions& decisions, const flow::PolicyGovernance& policies,
                                           const flow::Lines& lines);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_OVERSIGHT_H_
