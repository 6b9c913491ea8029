#ifndef TIDEGATE_POLICY_CEDAR_PARSER_H_
#define TIDEGATE_POLICY_CEDAR_PARSER_H_

// Policy text to policies. Private to the room.

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/ast.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

// All policies and templates of a text, in its order. Errors: InvalidArgument with place, line and caret.
absl::StatusOr<std::vector<std::shared_ptr<const PolicyBody>>> ParsePolicies(
    const std::shared_ptr<const Source>& source);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_PARSER_H_
