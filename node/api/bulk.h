// recall and amend of many records: what would be done is shown first, and only that is done.
#ifndef TIDEGATE_NODE_API_BULK_H_
#define TIDEGATE_NODE_API_BULK_H_

#include <functional>

#include "absl/status/status.h"
#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::Status RecallRecords(flow::Authoring& author, reading::Reading& reading, const flow::Lines& lines,
                           const policy::Principal& who, const v1::RecallRecordsRequest& request,
                           const std::function<bool(const v1::RecallRecordsReply&)>& tell);
absl::Status AmendRecords(flow::Authoring& author, reading::Reading& reading, const flow::Keeping& keeping,
                          const policy::Principal& who, uint64_t now_ms, const v1::AmendRecordsRequest& request,
                          const std::function<bool(const v1::AmendRecordsReply&)>& tell);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_BULK_H_
