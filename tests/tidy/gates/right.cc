// No operation of the API answers without a Right.
#include "node/api/rights.h"

namespace tidegate::api {

Answered<int> Count(policy::Right right) {
#ifdef WITHOUT_THE_GATE
  static_cast<void>(right);
  return Answered<int>(absl::StatusOr<int>(3));
#else
  return Answered<int>(std::move(right), absl::StatusOr<int>(3));
#endif
}

}  // namespace tidegate::api
