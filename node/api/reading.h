// find, show, history, alerts, holders: the verbs that read records, as messages. node/reading decides what may be
// seen.
#ifndef TIDEGATE_NODE_API_READING_H_
#define TIDEGATE_NODE_API_READING_H_

#include <functional>
#include <string>

#include "node/reading/reading.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::Record> ShowRecord(reading::Reading& reading, const policy::Principal& who,
                                      const v1::ShowRecordRequest& request);
absl::StatusOr<v1::HistoryReply> History(reading::Reading& reading, const policy::Principal& who,
                                         const v1::HistoryRequest& request);
absl::StatusOr<v1::FindRecordsReply> FindRecords(reading::Reading& reading, const policy::Principal& who,
                                                 const v1::FindRecordsRequest& request);
// Calls `write` for each alert held, newest first, then with `follow` for each that arrives, until it returns false.
absl::StatusOr<v1::CountRecordsReply> CountRecords(reading::Reading& reading, const policy::Principal& who,
                                                   const v1::CountRecordsRequest& request);
absl::StatusOr<v1::RelatedRecordsReply> RelatedRecords(reading::Reading& reading, const policy::Principal& who,
                                                       const v1::RelatedRecordsRequest& request);
absl::Status FollowRecords(reading::Reading& reading, const policy::Principal& who,
                           const v1::FindRecordsRequest& request, const std::function<bool(const v1::Record&)>& write,
                           const std::function<bool()>& cancelled);
absl::Status Alerts(reading::Reading& reading, const policy::Principal& who, const v1::AlertsRequest& request,
                    const std::function<bool(const v1::Record&)>& write, const std::function<bool()>& cancelled);
// Which partners may hold a record, and whether this node does. `read_only` says why this node writes nothing, where it
// was restored from a backup: then it does not know whom it gave what after that.
absl::StatusOr<v1::HoldersReply> Holders(reading::Reading& reading, const policy::Principal& who,
                                         const v1::HoldersRequest& request, const std::string& read_only);

// A partner that was sent a revision, and what it answered.
void FillHolder(const reading::HeldBy& held, v1::Holder* out);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_READING_H_
