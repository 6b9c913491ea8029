// The names that policies may use. Private to policy and policy/review.
#ifndef TIDEGATE_POLICY_NAMES_H_
#define TIDEGATE_POLICY_NAMES_H_

#include <map>
#include <set>
#include <string>

#include "policy/engine.h"
#include "policy/rules.h"
#include "policy/world.h"

namespace tidegate::policy {

// Every name that exists, by Cedar type or by fact (as Vocabulary::words).
class Names {
 public:
  // `vocabulary` must outlive it.
  Names(const World& world, const Vocabulary& vocabulary);

  bool Exists(const std::string& what, const std::string& word) const;
  // ` (did you mean ...?)`, or which words were expected.
  std::string Meant(const std::string& what, const std::string& word) const;
  // Names of this type come with the node (a TLP, a kind, a rung). A name that does not exist will never exist.
  bool ComeWithTheNode(const std::string& type) const;
  // People give names of this type (a circle, a partner, a tag). A name that does not exist may exist later.
  bool ComeFromPeople(const std::string& type) const;

 private:
  const Vocabulary& vocabulary_;
  bool catalogued_ = false;
  std::map<std::string, std::set<std::string>> known_;
};

// A policy that uses a name of the node's own which does not exist can never do what it says. Adds an error for each to
// `set.diagnostics`.
void RefuseUnknownNames(RuleSet& set, const World& world, const Vocabulary& vocabulary);

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_NAMES_H_
