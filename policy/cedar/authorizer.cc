#include <utility>
#include <vector>

#include "policy/cedar/cedar.h"
#include "policy/cedar/evaluator.h"

namespace tidegate::cedar {

Response Authorize(const PolicySet& policies, const Request& request, const Entities& entities) {
  const RequestValues values(request);
  Evaluator evaluator(values, entities);
  Response response;
  bool forbidden = false;
  const std::vector<Policy>& all = policies.policies();
  for (const Policy& policy : all) {
    const bool forbids = policy.effect() == Effect::kForbid;
    switch (evaluator.Run(policy)) {
      case Outcome::kNotSatisfied:
        break;
      case Outcome::kError:
        response.errors.push_back({policy.id(), evaluator.ErrorText()});
        break;
      case Outcome::kSatisfied:
        if (forbids && !forbidden) {
          forbidden = true;
          response.reason.clear();  // the permits found so far do not determine a deny
        }
        if (forbids == forbidden) response.reason.push_back(policy.id());
        break;
    }
  }
  response.decision = forbidden || response.reason.empty() ? Decision::kDeny : Decision::kAllow;
  return response;
}

Outcome EvaluatePolicy(const Policy& policy, const Request& request, const Entities& entities, std::string* error) {
  const RequestValues values(request);
  Evaluator evaluator(values, entities);
  const Outcome outcome = evaluator.Run(policy);
  if (outcome == Outcome::kError && error != nullptr) *error = evaluator.ErrorText();
  return outcome;
}

}  // namespace tidegate::cedar
