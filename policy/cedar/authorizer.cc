#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "policy/cedar/cedar.h"
#include "policy/cedar/evaluator.h"
#include "policy/cedar/policy_set_impl.h"

namespace tidegate::cedar {
namespace {

// The policies whose scope may take an action, in the set's order: two ascending lists merged.
class Candidates {
 public:
  Candidates(const PolicySetImpl& set, const EntityUid& action) : others_(set.by_action.others) {
    const auto found = set.by_action.exact.find(action);
    if (found != set.by_action.exact.end()) exact_ = found->second;
  }

  struct Candidate {
    uint32_t place;
    bool exact;  // it names this very action
  };
  std::optional<Candidate> Next() {
    if (exact_.empty() && others_.empty()) return std::nullopt;
    const bool take_exact = others_.empty() || (!exact_.empty() && exact_.front() < others_.front());
    absl::Span<const uint32_t>& from = take_exact ? exact_ : others_;
    const uint32_t place = from.front();
    from.remove_prefix(1);
    return Candidate{place, take_exact};
  }

 private:
  absl::Span<const uint32_t> exact_;
  absl::Span<const uint32_t> others_;
};

}  // namespace

Response Authorize(const PolicySet& policies, const Request& request, const Entities& entities) {
  const RequestValues values(request);
  const PolicySetImpl& set = policies.impl();
  Evaluator evaluator(values, entities, set.shared.answers());
  Response response;
  bool forbidden = false;
  absl::InlinedVector<const Policy*, 32> determining;
  Candidates candidates(set, request.action);
  while (const auto next = candidates.Next()) {
    const Policy& policy = set.policies[next->place];
    if (!next->exact && !evaluator.ActionHolds(policy)) continue;
    const bool forbids = policy.effect() == Effect::kForbid;
    switch (evaluator.Run(policy, set.shared.Of(next->place))) {
      case Outcome::kNotSatisfied:
        break;
      case Outcome::kError:
        response.errors.push_back({policy.id(), evaluator.ErrorText()});
        break;
      case Outcome::kSatisfied:
        if (forbids && !forbidden) {
          forbidden = true;
          determining.clear();  // the permits found so far do not determine a deny
        }
        if (forbids == forbidden) determining.push_back(&policy);
        break;
    }
  }
  response.reason.reserve(determining.size());
  for (const Policy* policy : determining) response.reason.push_back(policy->id());
  response.decision = forbidden || determining.empty() ? Decision::kDeny : Decision::kAllow;
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
