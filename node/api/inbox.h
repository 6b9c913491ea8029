// inbox: what is new since the owner of the socket last looked.
#ifndef TIDEGATE_NODE_API_INBOX_H_
#define TIDEGATE_NODE_API_INBOX_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "node/reading/reading.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

absl::StatusOr<v1::InboxReply> Inbox(const store::Store& store, reading::Reading& reading,
                                     const flow::Authoring& author, const partner::Directory& directory,
                                     const policy::Principal& who, uint64_t now_ms, const v1::InboxRequest& request);
// For the organisation, and for whoever asks: what came later is new to them (`find is:new`).
absl::StatusOr<v1::MarkInboxReply> MarkInbox(store::Store& store, reading::Reading& reading,
                                             const flow::Authoring& author, const policy::Principal& who,
                                             const v1::MarkInboxRequest& request);
// The counts alone; marks nothing and names no record.
absl::Status FillInbox(const store::Store& store, const reading::Reading& reading, const flow::Authoring& author,
                       const partner::Directory& directory, uint64_t now_ms, v1::StatusReply& reply);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_INBOX_H_
