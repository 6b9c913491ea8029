// From the beginning of an id, as people type it, to the whole id. Private to the room.
#ifndef TIDEGATE_NODE_READING_IDS_H_
#define TIDEGATE_NODE_READING_IDS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::reading {

// The store keeps ids under keyed terms, so it cannot say which ids begin with some digits. This keeps all of them in
// memory: 16 bytes a record. It reads the store once, when the first beginning is asked for, and then only what came
// since. Thread-safe.
class Ids {
 public:
  static constexpr size_t kLeastDigits = 4;
  static constexpr size_t kMost = size_t{1} << 20;  // 16 MiB

  // Whether the asker may know that a record with this id is held.
  using MayKnow = std::function<bool(const record::RecordId& id)>;

  // `typed` is 32 hex digits, or at least kLeastDigits with which exactly one id begins; dashes as in a UUID are
  // accepted. It gives a whole id back without looking at what is held. A beginning never means a record of which the
  // asker may not know. NotFound; InvalidArgument if `typed` is not an id, or, with a list, if several ids begin so;
  // FailedPrecondition if more than kMost ids are held.
  absl::StatusOr<record::RecordId> Meant(const store::Reader& reader, std::string_view typed, const MayKnow& may_know);

 private:
  // Ascending; at most 256. InvalidArgument where there are more.
  absl::StatusOr<std::vector<record::RecordId>> BeginningWith(const store::Reader& reader, const std::string& digits);
  absl::Status CatchUp(const store::Reader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  threads::Mutex mutex_;
  uint64_t seen_ ABSL_GUARDED_BY(mutex_) = 0;                  // the last arrival that was read
  std::vector<record::RecordId> ids_ ABSL_GUARDED_BY(mutex_);  // ascending, distinct
};

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_IDS_H_
