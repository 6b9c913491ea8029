#include "policy/review/possible.h"

#include <algorithm>

#include "policy/core.h"

namespace tidegate::review {
namespace {

using namespace policy;  // what is reviewed

bool MayBeOpen(const std::vector<std::vector<cedar::PossibleOutcomes>>& outcomes, const std::vector<bool>& permits,
               size_t place) {
  bool permitted = false;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const cedar::PossibleOutcomes& at = outcomes[i][outcomes[i].size() == 1 ? 0 : place];
    if (permits[i]) {
      permitted = permitted || at.satisfied;
    } else if (!at.not_satisfied) {
      return false;  // whatever the other facts are, it forbids or errs
    }
  }
  return permitted;
}

}  // namespace

Mask MostFor(const Engine& engine, const PartyHandle& party, const Label& stated, bool named, uint32_t kind) {
  const Engine::Core& core = engine.core();
  Mask mask;
  const KindPlaces* places = core.world().FindKind(kind);
  const size_t slots = places == nullptr ? 0 : places->shape.slots.size();
  mask.rungs.assign(slots, kWithheld);
  mask.permits_begin.assign(slots + 1, 0);
  if (party == nullptr || party->engine != core.serial() || places == nullptr) return mask;

  const bool own = stated.origin.has_value() && *stated.origin == core.self();
  std::vector<cedar::Entity> fields = core.world().Fields(*places, LabelView{&stated, own, named, nullptr, true});
  fields.push_back(party->entity);
  const absl::StatusOr<cedar::Entities> entities = cedar::Entities::Layer(core.world().base(), std::move(fields));
  if (!entities.ok()) return mask;

  std::vector<std::vector<cedar::PossibleOutcomes>> outcomes;  // of each policy at each place, or at all of them
  std::vector<bool> permits;
  std::vector<uint16_t> rules;
  for (size_t rule = 0; rule < core.set().compiled.size(); ++rule) {
    const CompiledRule& compiled = core.set().compiled[rule];
    if (!compiled.discloses) continue;
    permits.push_back(compiled.policy.effect() == cedar::Effect::kPermit);
    rules.push_back(static_cast<uint16_t>(rule));
    auto& at = outcomes.emplace_back();
    const size_t count = compiled.reads.field ? places->places.size() : std::min<size_t>(1, places->places.size());
    for (size_t place = 0; place < count; ++place) {
      const cedar::Request request{party->entity.uid, actions::Disclose(), places->places[place].uid,
                                   cedar::Value::Record({})};
      at.push_back(cedar::EvaluatePossible(compiled.policy, request, *entities));
    }
  }

  for (size_t slot = 0; slot < slots; ++slot) {
    mask.permits_begin[slot] = static_cast<uint32_t>(mask.permits.size());
    const size_t first = places->first[slot];
    size_t finest = places->first[slot + 1];
    while (finest > first && MayBeOpen(outcomes, permits, finest - 1)) --finest;
    if (finest == places->first[slot + 1]) continue;
    mask.rungs[slot] = static_cast<int8_t>(finest - first);
    mask.travels = true;
    for (size_t i = 0; i < rules.size(); ++i) {
      if (permits[i] && outcomes[i][outcomes[i].size() == 1 ? 0 : finest].satisfied) mask.permits.push_back(rules[i]);
    }
  }
  mask.permits_begin[slots] = static_cast<uint32_t>(mask.permits.size());
  mask.deciding = mask.permits;
  std::sort(mask.deciding.begin(), mask.deciding.end());
  mask.deciding.erase(std::unique(mask.deciding.begin(), mask.deciding.end()), mask.deciding.end());
  return mask;
}

}  // namespace tidegate::review
