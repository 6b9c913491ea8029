// No record is opened for anybody without an Access.
#include "node/reading/open.h"

namespace tidegate::reading {

absl::StatusOr<Seen> Look(policy::Access access, const store::StoredRecord& record) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(access);
  return Open(record, 0);
#else
  return Open(std::move(access), record, 0);
#endif
}

}  // namespace tidegate::reading
