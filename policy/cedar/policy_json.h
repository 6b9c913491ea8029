#ifndef TIDEGATE_POLICY_CEDAR_POLICY_JSON_H_
#define TIDEGATE_POLICY_CEDAR_POLICY_JSON_H_

// Policies in Cedar's JSON form. Private to the room.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "policy/cedar/ast.h"
#include "policy/cedar/json_text.h"

namespace tidegate::cedar {

// The depth of JSON that a chain of && may take up.
inline constexpr uint32_t kMaxPolicyJsonDepth = 100'000;

// `json` is a value of `document`; the function reports to `document` where a fault lies. Errors: InvalidArgument
// naming the place within the policy.
absl::StatusOr<std::shared_ptr<const PolicyBody>> PolicyBodyFromJson(JsonDocument& document, const Json& json);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_POLICY_JSON_H_
