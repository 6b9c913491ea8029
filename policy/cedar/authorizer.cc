#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "policy/cedar/cedar.h"
#include "policy/cedar/evaluator.h"
#include "policy/cedar/policy_set_impl.h"

namespace tidegate::cedar {
namespace {

// The policies whose scope may take an action, in the set's order: two ascending lists merged.
class Candidates {
 public:
  Candidates(const PolicySetImpl& set, const EntityUid& action) : set_(set), others_(set.by_action.others) {
    const auto found = set.by_action.exact.find(action);
    if (found != set.by_action.exact.end()) exact_ = found->second;
  }

  const Policy* Next() {
    if (exact_.empty() && others_.empty()) return nullptr;
    const bool take_exact = others_.empty() || (!exact_.empty() && exact_.front() < others_.front());
    absl::Span<const uint32_t>& from = take_exact ? exact_ : others_;
    const uint32_t place = from.front();
    from.remove_prefix(1);
    return &set_.policies[place];
  }

 private:
  const PolicySetImpl& set_;
  absl::Span<const uint32_t> exact_;
  absl::Span<const uint32_t> others_;
};

}  // namespace

Response Authorize(const PolicySet& policies, const Request& request, const Entities& entities) {
  const RequestValues values(request);
  Evaluator evaluator(values, entities);
  Response response;
  bool forbidden = false;
  Candidates candidates(policies.impl(), request.action);
  while (const Policy* next = candidates.Next()) {
    const Policy& policy = *next;
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
