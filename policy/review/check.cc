#include "policy/review/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/core.h"
#include "policy/names.h"
#include "policy/rules.h"
#include "policy/world.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

using Kind = cedar::ScopeConstraint::Kind;

// The circle that the baseline speaks of.
constexpr std::string_view kClients = "clients";

// Findings that the Cedar language alone cannot make: they need to know which circles, codes and policies exist.
class Linter {
 public:
  Linter(RuleSet& set, const World& world, const Vocabulary& vocabulary)
      : set_(set), world_(world), vocabulary_(vocabulary), names_(world, vocabulary) {}

  void Run() {
    for (size_t i = 0; i < set_.compiled.size(); ++i) Learn(i);
    bool permits = false;
    for (size_t i = 0; i < set_.compiled.size(); ++i) {
      const CompiledRule& rule = set_.compiled[i];
      if (rule.baseline) continue;
      LookAtNames(i);
      if (rule.discloses) {
        Broad(i);
        Shadowed(i);
        permits = permits || rule.policy.effect() == cedar::Effect::kPermit;
      }
    }
    // A policy with an error may be the one that would have permitted: errors come first.
    const bool wrong = std::any_of(set_.diagnostics.begin(), set_.diagnostics.end(),
                                   [](const Diagnostic& found) { return found.severity == Severity::kError; });
    if (!permits && !wrong) {
      set_.diagnostics.push_back(Diagnostic{Severity::kWarning, "policies", 0, 0,
                                            "no policy permits to disclose anything: nothing will leave this node",
                                            ""});
    }
  }

 private:
  void Find(const cedar::Place& place, Severity severity, std::string message) {
    set_.diagnostics.push_back(FindingAt(severity, place, std::move(message)));
  }
  void Warn(size_t rule, std::string message) {
    Find(set_.compiled[rule].policy.place(), Severity::kWarning, std::move(message));
  }

  void LookAtNames(size_t rule) {
    const cedar::Policy& policy = set_.compiled[rule].policy;
    for (const cedar::EntityUid& uid : policy.EntityLiterals()) LookAtName(policy, uid);
    std::set<std::pair<std::string_view, std::string>> told;
    for (const cedar::ComparedConstant& compared : policy.ComparedConstants()) {
      if (compared.constant.is_entity()) {
        NotInCircles(compared.path, compared.constant.AsEntity(), compared.place);
        continue;
      }
      const std::string_view fact = FactOf(compared.path);
      const std::string& word = compared.constant.AsString();
      const auto known = vocabulary_.words.find(fact);
      if (known == vocabulary_.words.end() || word == kUnstated || names_.Exists(std::string(fact), word)) continue;
      if (!told.emplace(fact, word).second) continue;
      Find(compared.place, Severity::kWarning,
           absl::StrCat("no `", std::string(fact), "` is called `", word, "`", names_.Meant(std::string(fact), word)));
    }
    for (const cedar::EntityUid& uid : policy.principal().entities) {
      NotInCircles(cedar::AttributePath(), uid, policy.PlaceOf(uid));
      SayInstead(policy.place(), uid);
    }
  }

  // A name that people give may come to be, so it is only warned of. RefuseUnknownNames finds the others.
  void LookAtName(const cedar::Policy& policy, const cedar::EntityUid& uid) {
    const std::string& type = uid.type();
    if (!names_.ComeFromPeople(type) || names_.Exists(type, uid.id())) return;
    const bool circle = type == "Circle";
    if (circle && uid.id() == kClients) return;  // the baseline reads it, whether or not somebody made it
    Find(policy.PlaceOf(uid), Severity::kWarning,
         absl::StrCat("there is no ", uid.ToString(), names_.Meant(type, uid.id()),
                      circle ? "; `circle create` makes one" : ""));
  }

  // The name in Vocabulary::words of the fact that a path leads to; empty for other paths.
  static std::string_view FactOf(const cedar::AttributePath& path) {
    if (path.root == cedar::Variable::kPrincipal && path.steps == std::vector<std::string>{"legal_bases"}) {
      return "legal_basis";
    }
    if (path.root != cedar::Variable::kResource || path.steps.size() != 2) return "";
    return path.steps[1];
  }

  // `principal in Sector::"bank"`: what a partner is in are circles; all else is asked of its attributes.
  void NotInCircles(const cedar::AttributePath& path, const cedar::EntityUid& uid, const cedar::Place& place) {
    if (path.root != cedar::Variable::kPrincipal || !path.steps.empty() || path.entity.has_value()) return;
    const std::string instead = Instead(uid);
    if (!instead.empty()) Find(place, Severity::kWarning, "a partner is in circles and in nothing else; " + instead);
  }

  // The expression that asks whether a partner has this sector, country or purpose; empty for other names.
  static std::string Instead(const cedar::EntityUid& uid) {
    std::string asks;
    if (uid.type() == "Sector") asks = absl::StrCat("principal.sector in ", uid.ToString());
    if (uid.type() == "Country") asks = absl::StrCat("principal.country in ", uid.ToString());
    if (uid.type() == "Purpose") asks = absl::StrCat("principal.purposes.contains(", uid.ToString(), ")");
    return asks.empty() ? asks : absl::StrCat("write `principal` and add `when { ", asks, " }`");
  }

  // The language can say no more than that such a scope fits no action.
  void SayInstead(const cedar::Place& policy, const cedar::EntityUid& uid) {
    const std::string instead = Instead(uid);
    if (instead.empty()) return;
    const Diagnostic at = FindingAt(Severity::kError, policy, "");
    for (Diagnostic& found : set_.diagnostics) {
      const bool here = found.file == at.file && found.line == at.line && found.column == at.column;
      if (here && found.severity == Severity::kError) absl::StrAppend(&found.message, "; ", instead);
    }
  }

  // A permit for everyone of everything.
  void Broad(size_t rule) {
    const CompiledRule& compiled = set_.compiled[rule];
    if (compiled.policy.effect() != cedar::Effect::kPermit) return;
    if (compiled.reads.party == 0 && compiled.reads.record == 0 && compiled.reads.marking == 0) {
      Warn(rule, "permits records of any marking to any partner; name a circle and a TLP");
    }
  }

  // A policy as comparisons need it, taken apart once.
  struct Outline {
    cedar::Effect effect;
    cedar::ScopeConstraint principal, action, resource;
    std::string conditions;
  };

  void Learn(size_t rule) {
    const cedar::Policy& policy = set_.compiled[rule].policy;
    outlines_.push_back(
        {policy.effect(), policy.principal(), policy.action(), policy.resource(), policy.ConditionsText()});
    if (!set_.compiled[rule].discloses) return;
    same_conditions_[outlines_.back().conditions].push_back(rule);
    if (!policy.has_conditions()) unconditional_.push_back(rule);
  }

  void Shadowed(size_t rule) {
    const Outline& mine = outlines_[rule];
    for (const size_t other : unconditional_) {
      if (outlines_[other].effect == cedar::Effect::kForbid && mine.effect == cedar::Effect::kPermit &&
          ScopeWithin(mine, outlines_[other])) {
        Warn(rule, absl::StrCat("never applies because of ", (*set_.rules)[other].Where()));
        return;
      }
    }
    for (const std::vector<size_t>* others : {&unconditional_, &same_conditions_[mine.conditions]}) {
      for (const size_t other : *others) {
        if (other == rule || outlines_[other].effect != mine.effect || !ScopeWithin(mine, outlines_[other])) continue;
        // If two policies say the same, the later one is superfluous.
        if (other > rule && outlines_[other].conditions == mine.conditions && ScopeWithin(outlines_[other], mine))
          continue;
        Warn(rule, absl::StrCat("changes nothing beside ", (*set_.rules)[other].Where()));
        return;
      }
    }
  }

  bool ScopeWithin(const Outline& inner, const Outline& outer) const {
    return Within(inner.principal, outer.principal) && Within(inner.action, outer.action) &&
           Within(inner.resource, outer.resource);
  }

  // Whether everything that `inner` admits, `outer` admits; may be false if it cannot be told.
  bool Within(const cedar::ScopeConstraint& inner, const cedar::ScopeConstraint& outer) const {
    if (outer.kind == Kind::kAny) return true;
    if (outer.kind == Kind::kIs) {
      return (inner.kind == Kind::kIs || inner.kind == Kind::kIsIn) && inner.type == outer.type;
    }
    if (outer.kind == Kind::kIsIn && inner.kind != Kind::kIsIn) return false;
    if (outer.kind == Kind::kIsIn && inner.type != outer.type) return false;
    if (inner.entities.empty()) return false;
    if (outer.kind == Kind::kEq && inner.kind != Kind::kEq) return false;
    return std::all_of(inner.entities.begin(), inner.entities.end(), [&](const cedar::EntityUid& uid) {
      return std::any_of(outer.entities.begin(), outer.entities.end(), [&](const cedar::EntityUid& above) {
        return outer.kind == Kind::kEq ? uid == above : world_.base().In(uid, above);
      });
    });
  }

  RuleSet& set_;
  const World& world_;
  const Vocabulary& vocabulary_;
  const Names names_;
  std::vector<Outline> outlines_;  // by rule
  std::map<std::string, std::vector<size_t>> same_conditions_;
  std::vector<size_t> unconditional_;
};

}  // namespace

std::vector<Rule> PoliciesThatName(const Engine& engine, const std::string& type, const std::string& id) {
  const RuleSet& set = engine.core().set();
  const cedar::EntityUid wanted(type, id);
  std::vector<Rule> naming;
  for (size_t i = 0; i < set.compiled.size(); ++i) {
    const std::vector<cedar::EntityUid> named = set.compiled[i].policy.EntityLiterals();
    if (std::find(named.begin(), named.end(), wanted) != named.end()) naming.push_back((*set.rules)[i]);
  }
  return naming;
}

std::vector<Diagnostic> Check(const std::vector<PolicySource>& sources, const std::vector<KindShape>& kinds,
                              const Vocabulary& vocabulary) {
  RuleSet set = Compile(sources);
  const absl::StatusOr<World> world = World::Make(kinds, vocabulary, set.schema);
  if (!world.ok()) {
    set.diagnostics.push_back(
        Diagnostic{Severity::kError, "catalogue", 0, 0, std::string(world.status().message()), ""});
  } else if (set.rules != nullptr) {
    RefuseUnknownNames(set, *world, vocabulary);
    Linter(set, *world, vocabulary).Run();
  }
  std::stable_sort(set.diagnostics.begin(), set.diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
  return std::move(set.diagnostics);
}

}  // namespace tidegate::review
