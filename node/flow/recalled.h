// A record that was recalled here stays recalled. A note keeps the key by which the source knows the record, so that an
// import leaves it out. The note holds no contents and outlives the record. INTAKE.md, "What was recalled".
#ifndef TIDEGATE_NODE_FLOW_RECALLED_H_
#define TIDEGATE_NODE_FLOW_RECALLED_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Before the recall of a record of ours is put, in its transaction: notes the source keys of all revisions that can be
// read.
absl::Status NoteRecalled(store::WriteTransaction& transaction, const record::RecordId& id, uint64_t at_ms);
// The same for one key, of a record that is not known.
absl::Status NoteRecalled(store::WriteTransaction& transaction, std::string_view source_key, uint64_t at_ms);
// The records whose recall left notes.
absl::StatusOr<std::set<record::RecordId>> NotedRecalls(const store::Reader& reader);
// Drops the note of this key, because its record is authored again. It is no error if there is none.
absl::Status ForgetRecalled(store::WriteTransaction& transaction, std::string_view source_key);
// False if there is surely no note at all: whoever has many keys to look up needs to look up none.
bool MayBeRecalled(const store::Reader& reader);
absl::StatusOr<bool> WasRecalled(const store::Reader& reader, std::string_view source_key);
// The record that had this key when it was recalled; nothing if there was none. The id is zeros if the note does not
// say it or cannot be read.
absl::StatusOr<std::optional<record::RecordId>> RecalledAs(const store::Reader& reader, std::string_view source_key);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_RECALLED_H_
