// Findings that no language can make: they need to know what circles, codes and policies there are.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/rules.h"
#include "text/text.h"

namespace tidegate::policy {
namespace {

using Kind = cedar::ScopeConstraint::Kind;

constexpr std::string_view kRoles[] = {"analyst", "supervisor", "administrator", "auditor"};
constexpr std::string_view kSubjects[] = {"victim",   "suspect",      "convicted",   "witness",
                                          "reporter", "professional", "undetermined"};

// The circle that the baseline speaks of.
constexpr std::string_view kClients = "clients";

class Linter {
 public:
  Linter(RuleSet& set, const World& world, const Vocabulary& vocabulary)
      : set_(set), world_(world), vocabulary_(vocabulary) {
    for (const cedar::EntityUid& uid : world.base().Uids()) known_[uid.type()].insert(uid.id());
    for (const auto& [what, words] : vocabulary.words) {
      for (const KnownWord& word : words) known_[what].insert(word.word);
    }
    known_["Role"].insert(std::begin(kRoles), std::end(kRoles));
    known_["Role"].insert(vocabulary.roles.begin(), vocabulary.roles.end());
    known_["SubjectCategory"].insert(std::begin(kSubjects), std::end(kSubjects));
  }

  void Run() {
    for (size_t i = 0; i < set_.compiled.size(); ++i) Learn(i);
    bool permits = false;
    for (size_t i = 0; i < set_.compiled.size(); ++i) {
      const CompiledRule& rule = set_.compiled[i];
      if (rule.baseline) continue;
      Names(i);
      if (rule.discloses) {
        Broad(i);
        Shadowed(i);
        permits = permits || rule.policy.effect() == cedar::Effect::kPermit;
      }
    }
    // What is wrong may be just what would have permitted: it comes first.
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

  // Codes that this node defines must exist; names that people add may come later, so they are only warned of.
  void Names(size_t rule) {
    const cedar::Policy& policy = set_.compiled[rule].policy;
    for (const cedar::EntityUid& uid : policy.EntityLiterals()) Name(policy, uid);
    std::set<std::pair<std::string_view, std::string>> told;
    for (const cedar::ComparedConstant& compared : policy.ComparedConstants()) {
      if (compared.constant.is_entity()) {
        NotInCircles(compared.path, compared.constant.AsEntity(), compared.place);
        continue;
      }
      const std::string_view fact = FactOf(compared.path);
      const std::string& word = compared.constant.AsString();
      const auto known = vocabulary_.words.find(fact);
      if (known == vocabulary_.words.end() || word == kUnstated || known_[std::string(fact)].contains(word)) continue;
      if (!told.emplace(fact, word).second) continue;
      Find(compared.place, Severity::kWarning,
           absl::StrCat("no `", std::string(fact), "` is called `", word, "`", Meant(std::string(fact), word)));
    }
    for (const cedar::EntityUid& uid : policy.principal().entities) {
      NotInCircles(cedar::AttributePath(), uid, policy.PlaceOf(uid));
    }
  }

  void Name(const cedar::Policy& policy, const cedar::EntityUid& uid) {
    const std::string& type = uid.type();
    const bool ours = type == "Tlp" || type == "Pap" || type == "SubjectCategory";
    const bool catalogue = type == "FieldClass" || type == "Precision" || type == "Kind" || type == "Slot";
    const bool peoples = type == "Circle" || type == "Role" || vocabulary_.words.contains(type);
    if (!ours && !peoples && !(catalogue && !world_.shapes().empty())) return;
    if (known_[type].contains(uid.id())) return;
    if (type == "Circle" && uid.id() == kClients) return;  // the baseline reads it, whether or not somebody made it
    Find(policy.PlaceOf(uid), peoples ? Severity::kWarning : Severity::kError,
         absl::StrCat("there is no ", uid.ToString(), Meant(type, uid.id()),
                      type == "Circle" ? "; `circle create` makes one" : ""));
  }

  // The word that was meant, or what was expected.
  std::string Meant(const std::string& what, const std::string& word) {
    const auto words = vocabulary_.words.find(what);
    if (words != vocabulary_.words.end()) {
      text::Nearest nearest(word);
      for (const KnownWord& known : words->second) {
        nearest.Offer(known.word, known.word);
        for (const std::string& spelling : known.spellings) nearest.Offer(spelling, known.word);
      }
      if (!nearest.best().empty()) return absl::StrCat(" (did you mean `", std::string(nearest.best()), "`?)");
    }
    const std::set<std::string>& known = known_[what];
    return cedar::Expected(word, {known.begin(), known.end()});
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
    std::string instead;
    if (uid.type() == "Sector") instead = absl::StrCat("principal.sector in ", uid.ToString());
    if (uid.type() == "Country") instead = absl::StrCat("principal.country in ", uid.ToString());
    if (uid.type() == "Purpose") instead = absl::StrCat("principal.purposes.contains(", uid.ToString(), ")");
    if (instead.empty()) return;
    Find(place, Severity::kWarning,
         absl::StrCat("a partner is in circles and in nothing else; write `principal` and add `when { ", instead,
                      " }`"));
  }

  // A permit for everyone of everything.
  void Broad(size_t rule) {
    const CompiledRule& compiled = set_.compiled[rule];
    if (compiled.policy.effect() != cedar::Effect::kPermit) return;
    if (compiled.reads.party == 0 && compiled.reads.record == 0 && compiled.reads.marking == 0) {
      Warn(rule, "permits whatever the record is marked and whoever the partner is; name a circle and a TLP");
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
        // Of two that say the same, the later one is superfluous.
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

  // Whether everything that `inner` admits, `outer` admits; may be false where it cannot be told.
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
  std::map<std::string, std::set<std::string>> known_;
  std::vector<Outline> outlines_;  // by rule
  std::map<std::string, std::vector<size_t>> same_conditions_;
  std::vector<size_t> unconditional_;
};

}  // namespace

void Lint(RuleSet& set, const World& world, const Vocabulary& vocabulary) { Linter(set, world, vocabulary).Run(); }

}  // namespace tidegate::policy
