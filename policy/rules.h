// A policy set that is ready to decide. It is parsed and validated, and says what each policy reads. Private to policy
// and policy/review.
#ifndef TIDEGATE_POLICY_RULES_H_
#define TIDEGATE_POLICY_RULES_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "policy/cedar/cedar.h"
#include "policy/engine.h"
#include "policy/facts.h"
#include "policy/rights.h"
#include "policy/world.h"

namespace tidegate::policy {

struct CompiledRule {
  cedar::Policy policy;
  Reads reads;
  bool discloses = false;  // it takes part in decisions to disclose
  bool admits = false;
  bool reads_records = false;
  // The rights that it takes part in, by `Action`. A policy that does not say which actions it is about takes part in
  // disclosing, admitting and reading alone: such a policy was written about records.
  std::array<bool, kActions> rights = {};
  bool baseline = false;
};

// `rules[i]` describes `compiled[i]`. If there is an error among the diagnostics, use nothing else of it.
struct RuleSet {
  cedar::Schema schema;
  std::vector<CompiledRule> compiled;
  std::shared_ptr<const std::vector<Rule>> rules;
  std::vector<Diagnostic> diagnostics;

  bool ok() const;
};

inline constexpr size_t kMostPolicies = 10'000;

// Baseline first, then `sources` in their order.
RuleSet Compile(const std::vector<PolicySource>& sources);

Diagnostic FindingAt(Severity severity, const cedar::Place& place, std::string message);

// The conditions of a policy as its syntax tree prints them, on one line, cut after `most` bytes.
std::string ConditionText(const cedar::Policy& policy, size_t most = 300);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_RULES_H_
