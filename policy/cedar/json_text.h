#ifndef TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_
#define TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_

// JSON read strictly: bounded depth and length, UTF-8, no name twice in an object. Private to the room.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

using Json = nlohmann::json;

// Errors: InvalidArgument with line and column.
absl::StatusOr<Json> ParseJsonText(std::string_view text, uint32_t max_depth = kMaxDepth);

// `text` as a JSON string, quotes included. `text` must be UTF-8.
std::string JsonQuoted(std::string_view text);

// The member of an object, or null.
const Json* Member(const Json& object, const char* name);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_JSON_TEXT_H_
