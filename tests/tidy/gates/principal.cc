// No record is authored without a Principal.
#include "node/flow/author.h"

namespace tidegate::flow {

absl::StatusOr<AuthoredRecord> Add(Authoring& author, const policy::Principal& who) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(who);
  return author.Add("case 12", AddRecord{});
#else
  return author.Add(who, "case 12", AddRecord{});
#endif
}

}  // namespace tidegate::flow
