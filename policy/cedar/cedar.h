// The Cedar policy language. This room does not know what Tidegate means by a policy.
//
//   Takes    policy, schema and entity text; requests.
//   Gives    policies that can be looked into, decisions with the ids of what decided and what erred, findings.
//   May call the standard library, absl; nlohmann-json inside.
//   Never    throw, block, read a clock or a file, or crash on hostile text (sizes and nesting are bounded).
//   Threads  everything here is immutable once made and may be read by any number of threads; PolicySet's Link and Add
//            need the set to themselves.
//   Spec     policy/cedar/CEDAR.md
#ifndef TIDEGATE_POLICY_CEDAR_CEDAR_H_
#define TIDEGATE_POLICY_CEDAR_CEDAR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policy/cedar/entities.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/schema.h"
#include "policy/cedar/source.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::Record({});  // a record
};

// A context from Cedar's JSON form, which is an object. With a schema, values are read as the types that `action`
// declares. Errors: InvalidArgument with file, line, column and a caret.
absl::StatusOr<Value> ContextFromJson(std::string_view text, const Schema* schema = nullptr,
                                      const EntityUid* action = nullptr, std::string_view filename = "");

enum class Decision : uint8_t { kAllow, kDeny };

struct PolicyError {
  std::string policy_id;
  std::string message;  // names the place in the policy; may quote values, so it is not for logs or partners
};

struct Response {
  Decision decision = Decision::kDeny;
  // The determining policies, in the set's order: the satisfied permits of an allow, the satisfied forbids of a deny.
  std::vector<std::string> reason;
  std::vector<PolicyError> errors;
};

// Cedar's decision: allow if some permit is satisfied and no forbid is. A policy that errs is left out and reported.
Response Authorize(const PolicySet& policies, const Request& request, const Entities& entities);

// The outcome of one policy alone. It is for a caller that combines outcomes by a rule of its own.
enum class Outcome : uint8_t { kNotSatisfied, kSatisfied, kError };
// `error` may be null; it is written only on kError. A template is never satisfied.
Outcome EvaluatePolicy(const Policy& policy, const Request& request, const Entities& entities,
                       std::string* error = nullptr);

// It stands in place of an attribute's value and means: nobody says what the value is, or whether the attribute is
// there. No policy can write this value.
Value Unknown();

// The possible outcomes of a policy if some attributes are Unknown. For any values of these attributes, the outcome is
// one of those that are set here. The reverse is not true: two conditions may each be possible, but never together.
struct PossibleOutcomes {
  bool not_satisfied = false;
  bool satisfied = false;
  bool error = false;
};
PossibleOutcomes EvaluatePossible(const Policy& policy, const Request& request, const Entities& entities);

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_CEDAR_H_
