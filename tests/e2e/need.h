// For the programs that end-to-end tests run beside `tidegate`: they end with a message where anything fails.
#ifndef TIDEGATE_TESTS_E2E_NEED_H_
#define TIDEGATE_TESTS_E2E_NEED_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace tidegate {

inline uint64_t NowMs() { return static_cast<uint64_t>(absl::ToUnixMillis(absl::Now())); }

// `what` names what failed. Exit code 2.
inline void Need(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::cerr << what << ": " << status.message() << "\n";
  std::exit(2);
}

template <typename T>
T Need(absl::StatusOr<T> result, const char* what) {
  Need(result.status(), what);
  return *std::move(result);
}

}  // namespace tidegate

#endif  // TIDEGATE_TESTS_E2E_NEED_H_
