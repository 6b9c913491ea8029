// What every change by our own people needs: a reason, an entry in the register, the record that is meant. Private to
// the room.
#ifndef TIDEGATE_NODE_FLOW_DEED_H_
#define TIDEGATE_NODE_FLOW_DEED_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::flow {

absl::Status CheckReason(const std::string& reason);
ledger::Change ChangeBy(ledger::Deed deed, const policy::Principal& who, const std::string& reason,
                        std::string_view source, std::vector<record::RecordId> records);
// The newest revision of the record with that id. NotFound.
absl::StatusOr<store::StoredRecord> Current(const store::Store& store, const std::string& id);
// The statement of the newest of our own revisions (ascending) that can be read; none if none of their rows can. An
// error if the store itself fails: then nobody knows which one is the newest.
absl::StatusOr<std::optional<record::Statement>> NewestReadable(const store::Reader& reader,
                                                                const std::vector<uint64_t>& revisions);
// True for a fault of the store itself, which every further record would meet; false for a fault of one row.
bool StoreFails(const absl::Status& status);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_DEED_H_
