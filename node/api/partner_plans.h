// Changes about partners that wait for a second person, as operator.proto has them.
#ifndef TIDEGATE_NODE_API_PARTNER_PLANS_H_
#define TIDEGATE_NODE_API_PARTNER_PLANS_H_

#include <cstdint>

#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::ListPartnerPlansReply> ListPartnerPlans(const flow::Governance& governance);
absl::StatusOr<v1::PartnerReply> ApprovePartnerPlan(const partner::Directory& directory, const policy::Principal& who,
                                                    uint64_t now_ms, flow::Lines& lines, flow::Governance& governance,
                                                    const v1::ApprovePartnerPlanRequest& request);
absl::StatusOr<v1::WaitingPlan> WithdrawPartnerPlan(const policy::Principal& who, uint64_t now_ms,
                                                    flow::Governance& governance,
                                                    const v1::WithdrawPartnerPlanRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_PARTNER_PLANS_H_
