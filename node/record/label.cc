#include "node/record/label.h"

#include <algorithm>
#include <utility>

namespace tidegate::record {
namespace {

using Facts = std::vector<std::string>;

label::Fact Stated(std::string_view text) { return std::string(text.empty() ? label::kUnstated : text); }

// Where things are or go. A person's nationality is no such country: it would sort people by origin.
bool SuppliesCountry(const Slot& slot) {
  return slot.field_class == FieldClass::kLocation &&
         (slot.type == Type::kPlace || (slot.type == Type::kCode && slot.code_list == kCountryList));
}

// Collects a fact from one opened value: its codes, the countries of its places. The value `unknown` adds nothing.
void Collect(const Value& value, Facts& facts) {
  for (const Scalar& item : value.items) {
    if (const auto* code = std::get_if<CodeValue>(&item)) facts.push_back(code->code);
    if (const auto* place = std::get_if<Place>(&item); place != nullptr && !place->country.empty()) {
      facts.push_back(place->country);
    }
  }
}

// The union over the slots that `supplies` picks; absent if this node cannot know that it holds all of them.
template <typename Supplies>
label::FactSet FactsOf(const VerifiedView& view, bool author, Supplies supplies) {
  Facts facts;
  for (const Slot& slot : view.kind().slots) {
    if (!supplies(slot)) continue;
    const int at = view.Find(slot.number);
    if (at >= 0) {
      Collect(view.value(static_cast<size_t>(at)), facts);
    } else if (!author) {
      return std::nullopt;
    }
  }
  return facts;
}

// Tags are what this node knows: its own, those of opened tag fields, and the one that travels as a condition.
Facts TagsOf(const VerifiedView& view, const LocalFacts& local) {
  Facts tags = local.tags;
  for (size_t i = 0; i < view.size(); ++i) {
    if (view.slot(i).label_fact == LabelFact::kTag) Collect(view.value(i), tags);
  }
  const Facts& conditions = view.handling().conditions;
  if (std::find(conditions.begin(), conditions.end(), kSarCondition) != conditions.end()) tags.emplace_back(kSarTag);
  return tags;
}

Facts ConditionsOf(const Handling& handling, const LocalFacts& local) {
  Facts conditions;
  for (const std::string& condition : ConditionsSaid(handling, local)) {
    if (condition != kSarCondition) conditions.push_back(condition);
  }
  return conditions;
}

label::Fact Said(std::string_view text) { return text.empty() ? label::Fact() : label::Fact(std::string(text)); }

}  // namespace

label::Label LabelOf(const VerifiedView& view, const LocalFacts& local, std::string_view origin, bool author) {
  const Handling& handling = view.handling();
  label::Label label;
  label.kind = view.kind().name;
  label.tlp = std::string(TlpName(handling.effective_tlp()));
  label.handling_code = Stated(handling.handling_code);
  label.source_grade = Stated(handling.source_grade);
  label.intelligence_grade = Stated(handling.intelligence_grade);
  label.pap = Stated(handling.pap);
  label.legal_basis = handling.legal_basis;
  label.onward = std::string(handling.effective_onward());
  label.retention = Stated(handling.retention);
  if (!origin.empty()) label.origin = std::string(origin);
  label.purposes = handling.purposes;
  label.conditions = ConditionsOf(handling, local);
  label.named_recipients = local.named_recipients;
  label.subjects =
      FactsOf(view, author, [](const Slot& slot) { return slot.label_fact == LabelFact::kSubjectCategory; });
  label.exploitation =
      FactsOf(view, author, [](const Slot& slot) { return slot.label_fact == LabelFact::kExploitation; });
  label.countries = FactsOf(view, author, SuppliesCountry);
  label.tags = TagsOf(view, local);
  label::Normalise(label);
  return label;
}

label::KindShape ShapeOf(const Kind& kind) {
  label::KindShape shape;
  shape.number = kind.number;
  shape.version = kind.schema_version;
  shape.name = kind.name;
  for (const Slot& slot : kind.slots) {
    label::SlotShape s;
    s.number = slot.number;
    s.name = slot.name;
    s.field_class = FieldClassName(slot.field_class);
    s.precisions.assign(slot.rungs.begin(), slot.rungs.end());
    shape.slots.push_back(std::move(s));
  }
  return shape;
}

std::vector<label::KindShape> Shapes() {
  std::vector<label::KindShape> shapes;
  for (const Kind& kind : Catalogue::Kinds()) {
    if (Catalogue::FindKind(kind.number) == &kind) shapes.push_back(ShapeOf(kind));
  }
  return shapes;
}

label::FieldMarking MarkingOf(const FieldAttributes& attributes) {
  label::FieldMarking marking;
  if (attributes.tlp) marking.tlp = std::string(TlpName(*attributes.tlp));
  marking.basis = Said(attributes.basis);
  marking.source_grade = Said(attributes.source_grade);
  marking.intelligence_grade = Said(attributes.intelligence_grade);
  marking.asserted_by = Said(attributes.asserted_by);
  return marking;
}

std::vector<HeldSlot> HeldSlotsOf(const VerifiedView& view) {
  std::vector<HeldSlot> held;
  held.reserve(view.size());
  for (size_t i = 0; i < view.size(); ++i) {
    HeldSlot slot;
    slot.slot = view.view().opened[i].slot;
    slot.rungs = label::HeldFrom(static_cast<int8_t>(view.view().opened[i].rung), view.slot(i).rung_count());
    slot.marking = MarkingOf(view.attributes(i));
    held.push_back(std::move(slot));
  }
  return held;
}

}  // namespace tidegate::record
