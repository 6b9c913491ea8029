// Whether long counts run whole: `tests/run --full` says so.
#ifndef TIDEGATE_TESTS_SUPPORT_FULL_H_
#define TIDEGATE_TESTS_SUPPORT_FULL_H_

#include <cstdlib>
#include <string_view>

namespace tidegate::support {

inline bool Full() {
  const char* const said = std::getenv("TIDEGATE_FULL");
  return said != nullptr && std::string_view(said) == "1";
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_FULL_H_
