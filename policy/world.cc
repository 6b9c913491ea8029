#include "policy/world.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/facts.h"

namespace tidegate::policy {
namespace {

using cedar::Entity;
using cedar::EntityUid;
using cedar::Value;

// Entities by uid while the hierarchy is being collected: several sources may add parents to one.
class Hierarchy {
 public:
  Entity& At(std::string_view type, std::string_view id) {
    auto [found, fresh] = entities_.try_emplace({std::string(type), std::string(id)});
    if (fresh) found->second.uid = EntityUid(type, id);
    return found->second;
  }

  void Below(std::string_view type, std::string_view child, std::string_view parent) {
    At(type, parent);
    Entity& entity = At(type, child);
    const EntityUid uid(type, parent);
    if (std::find(entity.parents.begin(), entity.parents.end(), uid) == entity.parents.end()) {
      entity.parents.push_back(uid);
    }
  }

  std::vector<Entity> Take() && {
    std::vector<Entity> all;
    for (auto& entry : entities_) all.push_back(std::move(entry.second));
    return all;
  }

 private:
  std::map<std::pair<std::string, std::string>, Entity> entities_;  // by type and id
};

Value StringSet(const std::vector<std::string>& texts) {
  std::vector<Value> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(Value::String(text));
  return Value::Set(std::move(values));
}

Value EntitySet(std::string_view type, const std::vector<std::string>& ids) {
  std::vector<Value> values;
  values.reserve(ids.size());
  for (const std::string& id : ids) values.push_back(Value::Entity(EntityUid(type, id)));
  return Value::Set(std::move(values));
}

constexpr std::string_view kMarkingFacts[] = {"tlp", "basis", "source_grade", "intelligence_grade", "asserted_by"};

void AddMarking(std::vector<Value::Field>& fields, const FieldMarking& marking) {
  if (marking.tlp.has_value()) fields.emplace_back("tlp", Value::Entity(EntityUid("Tlp", *marking.tlp)));
  const std::pair<std::string_view, const Fact*> strings[] = {{"basis", &marking.basis},
                                                              {"source_grade", &marking.source_grade},
                                                              {"intelligence_grade", &marking.intelligence_grade},
                                                              {"asserted_by", &marking.asserted_by}};
  for (const auto& entry : strings) {
    if (entry.second->has_value()) fields.emplace_back(std::string(entry.first), Value::String(**entry.second));
  }
}

absl::Status CheckShape(const KindShape& shape) {
  const auto refuse = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("policy: kind `", shape.name, "` ", what));
  };
  if (shape.slots.size() > kMostSlots) return refuse(absl::StrCat("has more than ", kMostSlots, " slots"));
  for (size_t i = 0; i < shape.slots.size(); ++i) {
    const SlotShape& slot = shape.slots[i];
    if (slot.precisions.empty() || slot.precisions.size() > kMostRungs) {
      return refuse(absl::StrCat("has a slot `", slot.name, "` with ", slot.precisions.size(), " rungs; 1 to ",
                                 kMostRungs, " are possible"));
    }
    if (i > 0 && shape.slots[i - 1].number >= slot.number) return refuse("has slots out of order");
  }
  return absl::OkStatus();
}

KindPlaces PlacesOf(const KindShape& shape) {
  KindPlaces kind;
  kind.shape = shape;
  for (size_t slot = 0; slot < shape.slots.size(); ++slot) {
    const SlotShape& of = shape.slots[slot];
    const std::string name = absl::StrCat(shape.name, ".", of.name);
    kind.first.push_back(static_cast<uint32_t>(kind.places.size()));
    for (size_t rung = 0; rung < of.precisions.size(); ++rung) {
      kind.places.push_back(Place{static_cast<uint16_t>(slot),
                                  static_cast<int8_t>(rung),
                                  EntityUid("Field", absl::StrCat(name, "@", of.precisions[rung])),
                                  {EntityUid("FieldClass", of.field_class), EntityUid("Precision", of.precisions[rung]),
                                   EntityUid("Kind", shape.name), EntityUid("Slot", name)}});
    }
  }
  kind.first.push_back(static_cast<uint32_t>(kind.places.size()));
  return kind;
}

void AddShapes(const std::vector<KindShape>& kinds, Hierarchy& hierarchy) {
  for (const KindShape& kind : kinds) {
    hierarchy.At("Kind", kind.name);
    for (const SlotShape& slot : kind.slots) {
      hierarchy.At("FieldClass", slot.field_class);
      hierarchy.At("Slot", absl::StrCat(kind.name, ".", slot.name));
      hierarchy.At("Precision", slot.precisions.back());
      for (size_t i = 0; i + 1 < slot.precisions.size(); ++i) {
        hierarchy.Below("Precision", slot.precisions[i + 1], slot.precisions[i]);
      }
    }
  }
}

}  // namespace

namespace actions {
const EntityUid& Disclose() {
  static const EntityUid& uid = *new EntityUid("Action", "disclose");
  return uid;
}
const EntityUid& Admit() {
  static const EntityUid& uid = *new EntityUid("Action", "admit");
  return uid;
}
const EntityUid& Read() {
  static const EntityUid& uid = *new EntityUid("Action", "read");
  return uid;
}
const EntityUid& Of(Action action) {
  static const std::vector<EntityUid>& uids = *new std::vector<EntityUid>([] {
    std::vector<EntityUid> all;
    for (const std::string_view name : kActionNames) all.emplace_back("Action", name);
    return all;
  }());
  return uids[static_cast<size_t>(action)];
}
}  // namespace actions

absl::StatusOr<World> World::Make(const std::vector<KindShape>& kinds, const Vocabulary& vocabulary,
                                  const cedar::Schema& schema) {
  World world;
  Hierarchy hierarchy;
  for (size_t i = 0; i + 1 < std::size(kTlps); ++i) hierarchy.Below("Tlp", kTlps[i], kTlps[i + 1]);
  hierarchy.Below("Pap", kUnstated, kPaps[0]);
  for (size_t i = 0; i + 1 < std::size(kPaps); ++i) hierarchy.Below("Pap", kPaps[i], kPaps[i + 1]);
  for (const CodeParent& code : vocabulary.exploitation) hierarchy.Below("Exploitation", code.child, code.parent);
  for (const CodeParent& code : vocabulary.sectors) hierarchy.Below("Sector", code.child, code.parent);
  for (const CodeParent& code : vocabulary.countries) hierarchy.Below("Country", code.child, code.parent);
  for (const std::string& circle : vocabulary.circles) hierarchy.At("Circle", circle);
  for (const std::string_view area : kAreaNames) hierarchy.At("Area", area);
  for (const KindShape& shape : kinds) {
    if (absl::Status status = CheckShape(shape); !status.ok()) return status;
    const auto named = world.numbers_.try_emplace(shape.name, shape.number);
    if (named.first->second != shape.number) {
      return absl::InvalidArgumentError(absl::StrCat("policy: kind `", shape.name, "` has two numbers"));
    }
    const auto known = world.kinds_.find(shape.number);
    if (known != world.kinds_.end() && known->second.shape.name != shape.name) {
      return absl::InvalidArgumentError(absl::StrCat("policy: kind number ", shape.number, " has two names"));
    }
    if (known == world.kinds_.end() || known->second.shape.version < shape.version) {
      world.kinds_[shape.number] = PlacesOf(shape);
    }
  }
  for (const auto& entry : world.kinds_) world.shapes_.push_back(entry.second.shape);
  AddShapes(world.shapes_, hierarchy);
  std::vector<Entity> entities = std::move(hierarchy).Take();
  for (const Party& party : vocabulary.organisations) entities.push_back(world.Principal(party));
  for (Entity& action : schema.ActionEntities()) entities.push_back(std::move(action));
  absl::StatusOr<cedar::Entities> base = cedar::Entities::Make(std::move(entities));
  if (!base.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("policy: the codes or partners contradict each other: ", base.status().message()));
  }
  world.base_ = *std::move(base);
  return world;
}

const KindPlaces* World::FindKind(uint32_t number) const {
  const auto found = kinds_.find(number);
  return found == kinds_.end() ? nullptr : &found->second;
}

const KindPlaces* World::FindKind(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? nullptr : FindKind(found->second);
}

Entity World::Principal(const Party& party) const {
  Entity entity;
  entity.uid = EntityUid("Organisation", party.organisation);
  for (const std::string& circle : party.circles) entity.parents.emplace_back("Circle", circle);
  entity.attrs.emplace_back("name", Value::String(party.organisation));
  if (!party.sector.empty()) entity.attrs.emplace_back("sector", Value::Entity(EntityUid("Sector", party.sector)));
  if (!party.country.empty()) entity.attrs.emplace_back("country", Value::Entity(EntityUid("Country", party.country)));
  entity.attrs.emplace_back("purposes", EntitySet("Purpose", party.purposes));
  entity.attrs.emplace_back("legal_bases", StringSet(party.legal_bases));
  entity.attrs.emplace_back("satisfies", StringSet(ConditionsSatisfied(party)));
  entity.attrs.emplace_back("confirmed", Value::Bool(party.confirmed));
  return entity;
}

Entity World::User(const policy::Principal& principal) const {
  Entity entity;
  entity.uid = EntityUid("User", principal.user());
  for (const std::string& role : principal.roles()) entity.parents.emplace_back("Role", role);
  entity.attrs.emplace_back("name", Value::String(principal.user()));
  return entity;
}

Value World::FactsValue(std::string_view entity, const std::vector<std::string>& texts) const {
  if (entity.empty()) return StringSet(texts);
  std::vector<Value> values;
  for (const std::string& text : texts) {
    const EntityUid uid(entity, text);
    values.push_back(Value::Entity(uid));
    // Hierarchical codes come with what contains them, so that `contains` of the broader finds the narrower.
    if (entity == "Exploitation" || entity == "Country") {
      for (const EntityUid& ancestor : base_.Ancestors(uid)) values.push_back(Value::Entity(ancestor));
    }
  }
  return Value::Set(std::move(values));
}

Value World::RecordValue(const KindPlaces& kind, const LabelView& view) const {
  Label label = *view.label;
  if (view.marking != nullptr) {
    const FieldMarking& marking = *view.marking;
    if (marking.tlp.has_value() && label.tlp.has_value())
      label.tlp = std::string(StricterTlp(*label.tlp, *marking.tlp));
    if (marking.source_grade.has_value()) label.source_grade = marking.source_grade;
    if (marking.intelligence_grade.has_value()) label.intelligence_grade = marking.intelligence_grade;
  }
  std::vector<Value::Field> fields;
  fields.reserve(3 + std::size(kLabelFacts));
  fields.emplace_back("kind", Value::Entity(EntityUid("Kind", kind.shape.name)));
  fields.emplace_back("own", Value::Bool(view.own));
  fields.emplace_back("named", Value::Bool(view.named));
  for (const LabelFact& fact : kLabelFacts) {
    if (!fact.read_by_policies) continue;
    if (fact.one != nullptr && (label.*fact.one).has_value()) {
      const std::string& text = *(label.*fact.one);
      fields.emplace_back(std::string(fact.name),
                          fact.entity.empty() ? Value::String(text) : Value::Entity(EntityUid(fact.entity, text)));
    } else if (fact.many != nullptr && (label.*fact.many).has_value()) {
      fields.emplace_back(std::string(fact.name), FactsValue(fact.entity, *(label.*fact.many)));
    } else if (view.open) {
      fields.emplace_back(std::string(fact.name), cedar::Unknown());
    }
  }
  return Value::Record(std::move(fields));
}

Entity World::Field(const KindPlaces& kind, const Place& place, const LabelView& view) const {
  std::vector<Value::Field> marking;
  if (view.marking != nullptr) AddMarking(marking, *view.marking);
  if (view.open) {
    for (const std::string_view fact : kMarkingFacts) marking.emplace_back(std::string(fact), cedar::Unknown());
  }
  Entity entity;
  entity.uid = place.uid;
  entity.parents = place.parents;
  entity.attrs.emplace_back("record", RecordValue(kind, view));
  entity.attrs.emplace_back("marking", Value::Record(std::move(marking)));
  return entity;
}

std::vector<Entity> World::Fields(const KindPlaces& kind, const LabelView& view) const {
  std::vector<Entity> entities;
  entities.reserve(kind.places.size());
  for (const Place& place : kind.places) {
    if (entities.empty()) {
      entities.push_back(Field(kind, place, view));
    } else {
      entities.push_back(Entity{place.uid, place.parents, entities.front().attrs, {}});
    }
  }
  return entities;
}

Entity World::Record(const KindPlaces& kind, const LabelView& view) const {
  Entity entity;
  entity.uid = EntityUid("Record", kind.shape.name);
  entity.parents.emplace_back("Kind", kind.shape.name);
  entity.attrs.emplace_back("record", RecordValue(kind, view));
  return entity;
}

}  // namespace tidegate::policy
