// A time as people type it.
#ifndef TIDEGATE_NODE_API_INSTANT_H_
#define TIDEGATE_NODE_API_INSTANT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace tidegate::api {

// A time as RFC 3339, or a date of UTC: its beginning, or with `end` the beginning of the next. Unix milliseconds.
absl::StatusOr<uint64_t> InstantOf(const std::string& text, bool end);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_INSTANT_H_
