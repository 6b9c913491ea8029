// add, amend, link, sighting, recall: messages to what flow authors, and back.
#ifndef TIDEGATE_NODE_API_AUTHORING_H_
#define TIDEGATE_NODE_API_AUTHORING_H_

#include <cstdint>

#include "node/flow/flow.h"
#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::AuthoredReply> AddRecord(flow::Authoring& author, const policy::Principal& who,
                                            const v1::AddRecordRequest& request);
// With a reason it also tells what the amendment changes. That shows what the record said, so it is a look, as `show`
// is. A rehearsal needs a reason.
absl::StatusOr<v1::AuthoredReply> AmendRecord(flow::Authoring& author, reading::Reading& reading,
                                              const flow::Keeping& keeping, const policy::Principal& who,
                                              uint64_t now_ms, const v1::AmendRecordRequest& request);
absl::StatusOr<v1::AuthoredReply> LinkRecords(flow::Authoring& author, const reading::Reading& reading,
                                              const policy::Principal& who, const v1::LinkRecordsRequest& request);
absl::StatusOr<v1::AuthoredReply> SightRecord(flow::Authoring& author, const reading::Reading& reading,
                                              const policy::Principal& who, const v1::SightRecordRequest& request);
absl::StatusOr<v1::RecallRecordReply> RecallRecord(flow::Authoring& author, const reading::Reading& reading,
                                                   const flow::Lines& lines, const policy::Principal& who,
                                                   const v1::RecallRecordRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_AUTHORING_H_
