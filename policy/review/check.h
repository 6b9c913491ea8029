// Finds mistakes in policy files, and what is suspicious in them.
#ifndef TIDEGATE_POLICY_REVIEW_CHECK_H_
#define TIDEGATE_POLICY_REVIEW_CHECK_H_

#include <vector>

#include "policy/policy.h"

namespace tidegate::review {

// Parses the files, validates them against the schema and the baseline, and looks for what a language cannot find:
// names that nothing bears, policies that do nothing or too much. There is an error among the findings exactly if
// Engine::Create refuses the set. Sorted by place.
std::vector<policy::Diagnostic> Check(const std::vector<policy::PolicySource>& sources,
                                      const std::vector<policy::KindShape>& kinds,
                                      const policy::Vocabulary& vocabulary);

// The policies in force, those of the baseline too, that name this entity: ("Circle", "banks").
std::vector<policy::Rule> PoliciesThatName(const policy::Engine& engine, const std::string& type,
                                           const std::string& id);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_CHECK_H_
