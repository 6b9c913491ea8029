// retention: reviews of how long records are kept, disposal, and legal holds.
#ifndef TIDEGATE_NODE_API_RETENTION_H_
#define TIDEGATE_NODE_API_RETENTION_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// These two name no record of which the asker may not know.
absl::StatusOr<v1::ListDueReply> ListDue(const flow::Retention& retention, const reading::Reading& reading,
                                         const policy::Principal& who, uint64_t now_ms,
                                         const v1::ListDueRequest& request);
absl::StatusOr<v1::ListHoldsReply> ListHolds(const flow::Retention& retention, const reading::Reading& reading,
                                             const policy::Principal& who);
absl::StatusOr<v1::DecideReviewReply> DecideReview(const flow::Retention& retention, flow::Authoring& author,
                                                   const reading::Reading& reading, const policy::Principal& who,
                                                   const v1::DecideReviewRequest& request);
absl::StatusOr<v1::LegalHold> HoldRecord(const flow::Retention& retention, const reading::Reading& reading,
                                         const policy::Principal& who, const v1::HoldRecordRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_RETENTION_H_
