// Searches that people keep. Private to the room.
#ifndef TIDEGATE_NODE_API_SEARCHES_H_
#define TIDEGATE_NODE_API_SEARCHES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Saving and removing go into the register, in the transaction that does it.
absl::StatusOr<v1::SavedSearch> SaveSearch(store::Store& store, ledger::Register& disclosures,
                                           const policy::Principal& who, uint64_t now_ms,
                                           const v1::SaveSearchRequest& request);
absl::StatusOr<v1::ListSearchesReply> ListSearches(const store::Store& store);
absl::StatusOr<v1::SavedSearch> RemoveSearch(store::Store& store, ledger::Register& disclosures,
                                             const policy::Principal& who, uint64_t now_ms,
                                             const v1::RemoveSearchRequest& request);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_SEARCHES_H_
