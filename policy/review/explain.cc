#include "policy/review/explain.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/core.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

constexpr size_t kMostNearPermits = 3;

struct AtPlace {
  std::vector<size_t> permits;
  std::vector<size_t> forbids;  // held or erred
  bool open() const { return !permits.empty() && forbids.empty(); }
};

std::string InWords(const FieldMarking& marking) {
  std::string words;
  const std::pair<const char*, const Fact*> facts[] = {{"TLP:", &marking.tlp},
                                                       {"", &marking.basis},
                                                       {"source ", &marking.source_grade},
                                                       {"intelligence ", &marking.intelligence_grade},
                                                       {"asserted by ", &marking.asserted_by}};
  for (const auto& entry : facts) {
    if (!entry.second->has_value()) continue;
    absl::StrAppend(&words, words.empty() ? "" : ", ", entry.first, **entry.second);
  }
  return words;
}

// Explains the fields of one candidate: every rule is evaluated in the open, at each rung, without a cache.
class Explainer {
 public:
  explicit Explainer(Engine::Core& core) : core_(core) {}

  FieldExplanation Field(const HeldField& field, const Scene& scene) {
    const KindPlaces& kind = scene.kind;
    const SlotShape& slot = kind.shape.slots[field.slot];
    FieldExplanation said;
    said.slot = field.slot;
    said.name = slot.name;
    said.field_class = slot.field_class;
    if (field.marking != nullptr) said.marking = InWords(field.marking->marking);

    const absl::StatusOr<cedar::Entities> entities = EntitiesOf(scene);
    const size_t first = kind.first[field.slot];
    const size_t end = kind.first[field.slot + 1];
    size_t finest = end;
    AtPlace reached, blocking;
    while (finest > first) {
      AtPlace at = Look(scene, kind.places[finest - 1], entities);
      if (!at.open()) {
        blocking = std::move(at);
        break;
      }
      reached = std::move(at);
      --finest;
    }
    const auto permitted = finest == end ? kWithheld : static_cast<int8_t>(finest - first);
    said.rung = GoingRung(permitted, field.rungs);
    said.precision = said.rung == kWithheld ? "withheld" : slot.precisions[static_cast<size_t>(said.rung)];
    if (said.rung != kWithheld) said.permitted_by = RulesOf(reached.permits);
    if (finest > first) {
      said.forbidden_by = RulesOf(blocking.forbids);
      if (blocking.permits.empty()) said.would_permit = NearPermits(kind.places[finest - 1], scene);
    }
    said.sentence = Sentence(said, blocking, permitted, finest > first);
    // A finer rung that nobody holds is no use to anyone.
    const bool held_finer = said.rung == kWithheld ? field.rungs != 0 : GoingRung(0, field.rungs) < said.rung;
    if (finest > first && held_finer) said.needs = Needs(said, blocking, kind.places[finest - 1], scene);
    return said;
  }

 private:
  absl::StatusOr<cedar::Entities> EntitiesOf(const Scene& scene) const {
    std::vector<cedar::Entity> entities = core_.world().Fields(scene.kind, scene.view());
    entities.push_back(scene.party.entity);
    return cedar::Entities::Layer(core_.world().base(), std::move(entities));
  }

  AtPlace Look(const Scene& scene, const Place& place, const absl::StatusOr<cedar::Entities>& entities) {
    AtPlace at;
    const cedar::Request request{scene.party.entity.uid, actions::Disclose(), place.uid, cedar::Value::Record({})};
    for (size_t i = 0; i < core_.set().compiled.size(); ++i) {
      const CompiledRule& rule = core_.set().compiled[i];
      if (!rule.discloses) continue;
      const cedar::Outcome outcome = entities.ok() ? core_.Evaluate(i, request, *entities) : cedar::Outcome::kError;
      const bool permit = rule.policy.effect() == cedar::Effect::kPermit;
      if (permit && outcome == cedar::Outcome::kSatisfied) at.permits.push_back(i);
      if (!permit && outcome != cedar::Outcome::kNotSatisfied) at.forbids.push_back(i);
    }
    return at;
  }

  std::vector<Rule> RulesOf(const std::vector<size_t>& indices) const {
    std::vector<Rule> rules;
    rules.reserve(indices.size());
    for (const size_t i : indices) rules.push_back((*core_.set().rules)[i]);
    return rules;
  }

  bool Covers(const cedar::ScopeConstraint& scope, const cedar::EntityUid& uid,
              const std::vector<cedar::EntityUid>& parents) const {
    if (scope.kind == cedar::ScopeConstraint::Kind::kAny || scope.kind == cedar::ScopeConstraint::Kind::kIs)
      return true;
    return std::any_of(scope.entities.begin(), scope.entities.end(), [&](const cedar::EntityUid& above) {
      return uid == above || std::any_of(parents.begin(), parents.end(), [&](const cedar::EntityUid& parent) {
               return core_.world().base().In(parent, above);
             });
    });
  }

  // Permits whose scope fits this partner and place: only their conditions keep them from applying.
  std::vector<Rule> NearPermits(const Place& place, const Scene& scene) const {
    std::vector<Rule> near;
    for (size_t i = 0; i < core_.set().compiled.size() && near.size() < kMostNearPermits; ++i) {
      const CompiledRule& rule = core_.set().compiled[i];
      if (!rule.discloses || rule.policy.effect() != cedar::Effect::kPermit) continue;
      if (!Covers(rule.policy.principal(), scene.party.entity.uid, scene.party.entity.parents)) continue;
      if (!Covers(rule.policy.resource(), place.uid, place.parents)) continue;
      near.push_back((*core_.set().rules)[i]);
      nearest_[near.back().id] = i;
    }
    return near;
  }

  // Each forbid out of the way, and one permit that applies.
  std::vector<std::string> Needs(const FieldExplanation& said, const AtPlace& blocking, const Place& place,
                                 const Scene& scene) const {
    std::vector<std::string> needs;
    for (const size_t i : blocking.forbids) {
      const std::string condition = ConditionText(core_.set().compiled[i].policy);
      needs.push_back(condition.empty() ? absl::StrCat((*core_.set().rules)[i].Where(), " forbids it always")
                                        : absl::StrCat((*core_.set().rules)[i].Where(),
                                                       " must not forbid it, and it forbids `", condition, "`"));
    }
    if (!blocking.permits.empty()) return needs;
    if (!said.would_permit.empty()) {
      std::string permits;
      for (const Rule& near : said.would_permit) {
        absl::StrAppend(&permits, permits.empty() ? "" : "; or ", near.Where(), ", which permits `",
                        ConditionText(core_.set().compiled[nearest_.at(near.id)].policy), "`");
      }
      needs.push_back(absl::StrCat("a permit must apply: ", permits));
      return needs;
    }
    // No permit's scope fits: say which would fit another partner, then which another field.
    for (const bool partner : {true, false}) {
      for (size_t i = 0; i < core_.set().compiled.size(); ++i) {
        const CompiledRule& rule = core_.set().compiled[i];
        if (!rule.discloses || rule.policy.effect() != cedar::Effect::kPermit) continue;
        const bool fits = partner ? Covers(rule.policy.resource(), place.uid, place.parents)
                                  : Covers(rule.policy.principal(), scene.party.entity.uid, scene.party.entity.parents);
        if (!fits) continue;
        needs.push_back(absl::StrCat(
            partner ? "the partner would have to be one that " : "", (*core_.set().rules)[i].Where(),
            partner ? " is for: `" : " is for other fields: `",
            partner ? rule.policy.principal().ToString("principal") : rule.policy.resource().ToString("resource"),
            "`"));
        return needs;
      }
    }
    needs.push_back("some policy must permit it; none permits anything like it");
    return needs;
  }

  std::string Sentence(const FieldExplanation& said, const AtPlace& blocking, int8_t permitted, bool blocked) const {
    std::string text;
    if (said.rung != kWithheld) {
      text = absl::StrCat("goes as `", said.precision, "` by ", said.permitted_by.front().Where());
      if (!blocked) return text;
      text += "; finer is withheld: ";
    } else if (permitted != kWithheld) {
      return "is permitted, but only at a rung that is not held";
    } else {
      text = "is withheld: ";
    }
    if (!blocking.forbids.empty()) {
      const size_t rule = blocking.forbids.front();
      absl::StrAppend(&text, "forbidden by ", (*core_.set().rules)[rule].Where());
      const std::string condition = ConditionText(core_.set().compiled[rule].policy);
      if (!condition.empty()) absl::StrAppend(&text, ", which reads `", condition, "`");
      if (blocking.permits.empty()) text += "; nor does a policy permit it";
      return text;
    }
    text += "no policy permits it";
    if (!said.would_permit.empty()) {
      const Rule& near = said.would_permit.front();
      absl::StrAppend(&text, "; ", near.Where(), " would, if `",
                      ConditionText(core_.set().compiled[nearest_.at(near.id)].policy), "` held");
    }
    return text;
  }

  Engine::Core& core_;
  mutable std::map<std::string, size_t> nearest_;
};

}  // namespace

Explanation Explain(const Engine& engine, const PartyHandle& party, const Candidate& candidate, int64_t now_ms) {
  Explanation explanation;
  if (party != nullptr) explanation.partner = party->party.organisation;
  const Ruling<Disclosure> ruling = engine.Disclose(party, candidate, now_ms);
  explanation.travels = ruling.allowed();
  explanation.sentence = ruling.allowed() ? "the record goes" : ruling.refusal().sentence;
  if (!ruling.allowed()) explanation.refused_by = ruling.refusal().rules;
  Explainer explainer(engine.core());
  for (const HeldField& field : candidate.fields) {
    const std::optional<Scene> scene = engine.core().SceneOf(party, candidate.label, candidate.kind, field.marking);
    if (!scene.has_value() || field.slot >= scene->kind.shape.slots.size()) continue;
    explanation.fields.push_back(explainer.Field(field, *scene));
    if (explanation.travels) continue;
    FieldExplanation& said = explanation.fields.back();
    if (said.rung == kWithheld) continue;
    said.rung = kWithheld;
    said.precision = "withheld";
    said.sentence = absl::StrCat("is withheld with the whole record; by itself it ", said.sentence);
  }
  std::stable_sort(explanation.fields.begin(), explanation.fields.end(),
                   [](const FieldExplanation& a, const FieldExplanation& b) { return a.slot < b.slot; });
  return explanation;
}

std::string Explanation::ToString() const {
  std::string text = absl::StrCat(partner, ": ", travels ? "" : "nothing goes: ", sentence, "\n");
  for (const FieldExplanation& field : fields) {
    absl::StrAppend(&text, "  ", field.name, " (", field.field_class, field.marking.empty() ? "" : ", ", field.marking,
                    "): ", field.sentence, "\n");
  }
  return text;
}

}  // namespace tidegate::review
