// The only way to pass over a row that cannot be read: the answer counts and names it, and goes on. Private to the
// room.
#ifndef TIDEGATE_NODE_READING_UNREAD_H_
#define TIDEGATE_NODE_READING_UNREAD_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/reading/reading.h"

namespace tidegate::reading {

// Whether the store itself fails. An answer that left out a row for that reason would look whole.
inline bool StoreFails(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsInternal(status);
}

// The result of reading the row `seq`. None if the asker may not read it, and for a damaged row, which goes into
// `unread`. An error if the store fails.
template <typename T>
absl::StatusOr<std::optional<T>> Readable(absl::StatusOr<T> read, uint64_t seq, Unread& unread) {
  if (read.ok()) return std::optional<T>(*std::move(read));
  if (StoreFails(read.status())) return read.status();
  if (!absl::IsPermissionDenied(read.status())) unread.Add(seq);
  return std::optional<T>();
}

// The arrival of the record that a reference means. None if no record of that id is held here, or several authors use
// the id. A row of it that cannot be read goes into `unread`.
absl::StatusOr<std::optional<uint64_t>> Referred(const store::Reader& reader, const record::RecordId& id,
                                                 Unread& unread);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_UNREAD_H_
