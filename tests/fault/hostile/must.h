// A value, or the end of the program: for what cannot fail unless the test itself is wrong.
#ifndef TIDEGATE_TESTS_FAULT_HOSTILE_MUST_H_
#define TIDEGATE_TESTS_FAULT_HOSTILE_MUST_H_

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/status/statusor.h"

namespace tidegate::hostile {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "hostile_partner: " << value.status() << std::endl;
    std::abort();
  }
  return *std::move(value);
}

}  // namespace tidegate::hostile

#endif  // TIDEGATE_TESTS_FAULT_HOSTILE_MUST_H_
