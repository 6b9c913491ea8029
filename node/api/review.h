// What an earlier version left for an administrator to look at, as operator.proto has it.
#ifndef TIDEGATE_NODE_API_REVIEW_H_
#define TIDEGATE_NODE_API_REVIEW_H_

#include "node/api/rooms.h"
#include "node/flow/flow.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Partners whose facts nobody has said, and records (flow/leftovers.h), each with what to type.
void FillReview(const Rooms& rooms, const flow::Leftovers& leftovers, v1::StatusReply& reply);
absl::StatusOr<v1::SettleReviewReply> SettleReview(const Rooms& rooms, flow::Leftovers& leftovers,
                                                   const policy::Principal& who,
                                                   const v1::SettleReviewRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_REVIEW_H_
