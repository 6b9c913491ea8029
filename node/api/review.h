// Items that an earlier version left for an administrator, as messages of operator.proto.
#ifndef TIDEGATE_NODE_API_REVIEW_H_
#define TIDEGATE_NODE_API_REVIEW_H_

#include <cstdint>
#include <functional>

#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Whether the asker may know of that record.
using MayKnow = std::function<bool(const record::RecordId&)>;
// Partners whose facts nobody has said, and records (flow/leftovers.h), each with what to type. Of a record of which
// the asker may not know nothing is said.
void FillReview(const partner::Directory& directory, const flow::Leftovers& leftovers, const MayKnow& may_know,
                v1::StatusReply& reply);
absl::StatusOr<v1::SettleReviewReply> SettleReview(const partner::Directory& directory, flow::Leftovers& leftovers,
                                                   const policy::Principal& who, uint64_t now_ms,
                                                   const MayKnow& may_know, const v1::SettleReviewRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_REVIEW_H_
