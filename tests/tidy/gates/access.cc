// No record is opened for anybody without an Access.
#include "node/reading/open.h"

namespace tidegate::reading {

absl::StatusOr<Seen> Look(policy::Access access, const store::StoredRecord& record, StoredVerifier& verifier) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(access);
  return Open(record, verifier, 0);
#else
  return Open(std::move(access), record, verifier, 0);
#endif
}

}  // namespace tidegate::reading
