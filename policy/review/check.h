// Finds mistakes in policy files, and what looks like a mistake.
#ifndef TIDEGATE_POLICY_REVIEW_CHECK_H_
#define TIDEGATE_POLICY_REVIEW_CHECK_H_

#include <vector>

#include "policy/policy.h"

namespace tidegate::review {

// Parses the files and validates them against the schema and the baseline. It also looks for what the language cannot
// find: names that nothing has, and policies that do nothing or too much. There is an error among the findings exactly
// if Engine::Create refuses the set. The findings are sorted by place.
std::vector<policy::Diagnostic> Check(const std::vector<policy::PolicySource>& sources,
                                      const std::vector<policy::KindShape>& kinds,
                                      const policy::Vocabulary& vocabulary);

// The policies in force that name this entity, those of the baseline included: ("Circle", "banks").
std::vector<policy::Rule> PoliciesThatName(const policy::Engine& engine, const std::string& type,
                                           const std::string& id);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_CHECK_H_
