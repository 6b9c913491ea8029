#ifndef TIDEGATE_POLICY_CEDAR_VALUE_JSON_H_
#define TIDEGATE_POLICY_CEDAR_VALUE_JSON_H_

// Values in Cedar's JSON form. Private to the room.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "policy/cedar/json_text.h"
#include "policy/cedar/types.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

// `json` is a value of `document`; the functions report to `document` where a fault lies.

// {"type": .., "id": ..} or {"__entity": {"type": .., "id": ..}}.
absl::StatusOr<EntityUid> UidFromJson(JsonDocument& document, const Json& json);

// With a type, entities and extension values may be written without their escapes. The function does not check whether
// the value is of that type. `type` may be null.
absl::StatusOr<Value> ValueFromJson(JsonDocument& document, const Json& json, const Type* type);

void AppendUidJson(std::string& out, const EntityUid& uid);
void AppendValueJson(std::string& out, const Value& value);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_VALUE_JSON_H_
