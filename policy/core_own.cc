// Decisions about our own people: what they may do, which records they may read, and which fields of them.
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/core.h"
#include "policy/labels.h"

namespace tidegate::policy {
namespace {

// The policy of baseline/own.cedar by which nobody reads without a reason.
constexpr std::string_view kReadReason = "baseline.read-reason";

}  // namespace

Refusal Engine::Core::WithoutReason(const Principal& principal) const {
  std::vector<size_t> forbidding;
  for (size_t i = 0; i < set_.rules->size(); ++i) {
    if ((*set_.rules)[i].id == kReadReason) forbidding.push_back(i);
  }
  return RefusalBy(set_, forbidding, principal.user());
}

namespace {

std::function<bool(const CompiledRule&)> TakingPartIn(Action action) {
  return [at = static_cast<size_t>(action)](const CompiledRule& rule) { return rule.rights[at]; };
}

// Who asks, as far as policies see it.
void WriteWho(const Principal& principal, Writer& key) {
  key.Text(principal.user());
  key.Texts(SortedUnique(principal.roles()));
}

}  // namespace

std::shared_ptr<const Verdict> Engine::Core::Allow(const Principal& principal, Action action, Area area) {
  Writer key;
  key.U8('W');
  key.U8(static_cast<uint8_t>(action));
  key.U8(static_cast<uint8_t>(area));
  WriteWho(principal, key);
  const std::string name = std::move(key).Take();
  if (auto known = verdicts_.Find(name)) return *std::move(known);
  cedar::Entity resource;
  resource.uid = cedar::EntityUid("Area", NameOf(area));
  auto decided = Decide(world_.User(principal), resource, actions::Of(action), cedar::Value::Record({}),
                        TakingPartIn(action), principal.user());
  auto verdict = std::make_shared<Verdict>(*decided);
  if (verdict->refusal.has_value() && verdict->refusal->rules.empty()) {
    verdict->refusal->sentence = absl::StrCat(
        "no policy lets `", principal.user(), "` ", std::string(NameOf(action)), " in `", std::string(NameOf(area)),
        "`; the roles are: ", principal.roles().empty() ? "none" : absl::StrJoin(principal.roles(), ", "));
  }
  return verdicts_.Keep(name, std::move(verdict));
}

std::shared_ptr<const Verdict> Engine::Core::May(const Principal& principal, Action action,
                                                 const InternedLabel& label) {
  Writer key;
  key.U8('M');
  key.U8(static_cast<uint8_t>(action));
  key.U32(label.projections[0].back());
  key.U32(label.kind->shape.number);
  WriteWho(principal, key);
  const std::string name = std::move(key).Take();
  const bool numbered = label.projections[0].back() != kNotNumbered;
  if (numbered) {
    if (auto known = verdicts_.Find(name)) return *std::move(known);
  }
  const LabelView view{&label.label, label.own, false, nullptr};
  auto verdict = Decide(world_.User(principal), world_.Record(*label.kind, view), actions::Of(action),
                        cedar::Value::Record({}), TakingPartIn(action), principal.user());
  return numbered ? verdicts_.Keep(name, std::move(verdict)) : verdict;
}

std::shared_ptr<const Sight> Engine::Core::SightOf(const Principal& principal, const InternedLabel& label,
                                                   const InternedMarking* marking, bool reasoned) {
  const Projection facts = label.projections[0].back();
  const Projection marked = marking == nullptr ? kUnmarked : marking->projections.back();
  Writer key;
  key.U32(facts);
  key.U32(marked);
  key.U32(label.kind->shape.number);
  key.U8(reasoned ? 1 : 0);
  WriteWho(principal, key);
  const std::string name = std::move(key).Take();
  const bool numbered = facts != kNotNumbered && marked != kNotNumbered;
  if (numbered) {
    if (auto known = sights_.Find(name)) return *std::move(known);
  }
  auto made = MakeSight(principal, label, marking, reasoned);
  return numbered ? sights_.Keep(name, std::move(made)) : made;
}

std::shared_ptr<const Sight> Engine::Core::MakeSight(const Principal& principal, const InternedLabel& label,
                                                     const InternedMarking* marking, bool reasoned) {
  const KindPlaces& kind = *label.kind;
  const LabelView view{&label.label, label.own, false, marking == nullptr ? nullptr : &marking->marking};
  std::vector<cedar::Entity> entities = world_.Fields(kind, view);
  const cedar::Entity user = world_.User(principal);
  entities.push_back(user);
  const absl::StatusOr<cedar::Entities> all = cedar::Entities::Layer(world_.base(), std::move(entities));
  cedar::Request request{
      user.uid, actions::Read(), {}, cedar::Value::Record({{"reasoned", cedar::Value::Bool(reasoned)}})};
  std::vector<bool> permitted(kind.places.size(), false);
  std::vector<std::vector<size_t>> forbids(kind.places.size());
  for (size_t rule = 0; rule < set_.compiled.size(); ++rule) {
    if (!set_.compiled[rule].reads_records) continue;
    const bool permit = set_.compiled[rule].policy.effect() == cedar::Effect::kPermit;
    const bool by_place = set_.compiled[rule].reads.field;
    cedar::Outcome outcome = cedar::Outcome::kError;
    for (size_t place = 0; place < kind.places.size(); ++place) {
      request.resource = kind.places[place].uid;
      if (by_place || place == 0) outcome = all.ok() ? Evaluate(rule, request, *all) : cedar::Outcome::kError;
      if (permit && outcome == cedar::Outcome::kSatisfied) permitted[place] = true;
      if (!permit && outcome != cedar::Outcome::kNotSatisfied) forbids[place].push_back(rule);
    }
  }
  auto made = std::make_shared<Sight>();
  for (size_t slot = 0; slot < kind.shape.slots.size(); ++slot) {
    // Begin at the coarsest rung, as for a disclosure: whoever sees a rung sees the coarser ones.
    const size_t first = kind.first[slot];
    size_t finest = kind.first[slot + 1];
    while (finest > first && permitted[finest - 1] && forbids[finest - 1].empty()) --finest;
    made->rungs.push_back(finest == kind.first[slot + 1] ? kWithheld : static_cast<int8_t>(finest - first));
    made->why.push_back(finest == first
                            ? nullptr
                            : std::make_shared<const Refusal>(RefusalBy(set_, forbids[finest - 1], principal.user())));
  }
  return made;
}

std::shared_ptr<const Verdict> Engine::Core::Read(const Principal& principal, const InternedLabel& label,
                                                  bool reasoned) {
  Writer key;
  key.U8('R');
  key.U32(label.projections[0].back());
  key.U32(label.kind->shape.number);
  key.U8(reasoned ? 1 : 0);
  WriteWho(principal, key);
  const std::string name = std::move(key).Take();
  const bool numbered = label.projections[0].back() != kNotNumbered;
  if (numbered) {
    if (auto known = verdicts_.Find(name)) return *std::move(known);
  }
  const LabelView view{&label.label, label.own, false, nullptr};
  auto verdict = Decide(world_.User(principal), world_.Record(*label.kind, view), actions::Read(),
                        cedar::Value::Record({{"reasoned", cedar::Value::Bool(reasoned)}}),
                        std::mem_fn(&CompiledRule::reads_records), principal.user());
  return numbered ? verdicts_.Keep(name, std::move(verdict)) : verdict;
}

}  // namespace tidegate::policy
