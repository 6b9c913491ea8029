// The part of a STIX object that is ours: the extension with fields, attributes, handling and references, and the
// markings.
#include <algorithm>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "node/intake/dates.h"
#include "node/intake/mapping.h"
#include "node/intake/stix_maker.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

std::string PathTo(std::string_view section, std::string_view name) {
  return Cat({"extensions.", section, ".", name.substr(0, 64)});
}

}  // namespace

bool StixMaker::ApplyExtension() {
  const dom::element* all = object_->Take("extensions");
  if (all == nullptr) return true;
  dom::object extensions;
  if (all->get_object().get(extensions) != simdjson::SUCCESS) return Fail("extensions", "must be an object");
  for (dom::key_value_pair entry : extensions) {
    if (entry.key == kExtensionId) continue;
    if (item_->draft.kind->name != "foreign") Warn("extensions", "another's extension was left out");
  }
  dom::element own;
  if (extensions.at_key(kExtensionId).get(own) != simdjson::SUCCESS) return true;
  dom::object members;
  if (own.get_object().get(members) != simdjson::SUCCESS) return Fail("extensions", "ours must be an object");
  // A slip here could lose a marking, so what is not known is not passed over.
  static const std::vector<std::string>* const kMembers = new std::vector<std::string>{
      "extension_type", "kind", "fields", "attributes", "handling", "recipients", "tags", "references"};
  for (dom::key_value_pair member : members) {
    std::string_view name = member.key;
    std::string_view kind;
    if (std::find(kMembers->begin(), kMembers->end(), name) == kMembers->end()) {
      return Fail("extensions", Cat({"ours has no `", name.substr(0, 64), "`", text::DidYouMean(name, *kMembers)}));
    }
    if (name == "kind" &&
        (member.value.get_string().get(kind) != simdjson::SUCCESS || kind != item_->draft.kind->name)) {
      return Fail("extensions.kind", Cat({"this type becomes a `", item_->draft.kind->name, "`"}));
    }
    if (name == "fields" && !ApplyExtensionFields(member.value)) return false;
    if (name == "handling" && !ApplyExtensionHandling(member.value)) return false;
    if (name == "references" && !ApplyExtensionReferences(member.value)) return false;
  }
  dom::element attributes;
  if (own["attributes"].get(attributes) == simdjson::SUCCESS && !ApplyExtensionAttributes(attributes)) return false;
  return ApplyExtensionLocal(own);
}

bool StixMaker::ApplyExtensionFields(const dom::element& fields) {
  dom::object named;
  if (fields.get_object().get(named) != simdjson::SUCCESS) return Fail("extensions.fields", "must be an object");
  for (dom::key_value_pair field : named) {
    if (!ApplyExtensionField(field.key, field.value)) return false;
  }
  return true;
}

// A string is read as a person writes it; anything else as record::FromJson reads it.
bool StixMaker::ApplyExtensionField(std::string_view name, const dom::element& value) {
  std::string path = PathTo("fields", name);
  const record::Slot* slot = item_->draft.kind->FindSlot(name.substr(0, name.find('.')));
  if (slot != nullptr && slot->type == record::Type::kReference) {
    return Fail(path, "is a reference; it belongs in `references`");
  }
  if (slot == nullptr)
    return Check(path, ParseTarget(*item_->draft.kind, Cat({item_->draft.kind->name, ".", name})).status());
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    bool time = slot->type == record::Type::kTime;
    return Check(path, item_->draft.SetField(name, time ? std::string_view(DropSeconds(text)) : text));
  }
  if (name.find('.') != std::string_view::npos) return Fail(path, "must be a string");
  nlohmann::json json = nlohmann::json::parse(simdjson::minify(value), nullptr, false);
  absl::StatusOr<record::Value> read = record::FromJson(*slot, json);
  if (!read.ok()) return Check(path, read.status());
  return Check(path, item_->draft.SetValue(name, *std::move(read)));
}

bool StixMaker::ApplyExtensionAttributes(const dom::element& attributes) {
  dom::object by_field;
  if (attributes.get_object().get(by_field) != simdjson::SUCCESS) {
    return Fail("extensions.attributes", "must be an object");
  }
  for (dom::key_value_pair field : by_field) {
    std::string path = PathTo("attributes", field.key);
    const record::Slot* slot = item_->draft.kind->FindSlot(field.key);
    if (slot == nullptr || item_->draft.fields.count(slot->number) == 0) {
      return Fail(path, "speaks of a field that the object does not have");
    }
    dom::object values;
    if (field.value.get_object().get(values) != simdjson::SUCCESS) return Fail(path, "must be an object");
    for (dom::key_value_pair value : values) {
      std::string_view text;
      if (value.value.get_string().get(text) != simdjson::SUCCESS) return Fail(path, "holds something but strings");
      if (!Check(path, item_->draft.SetField(Cat({field.key, ".", value.key}), text))) return false;
    }
  }
  return true;
}

bool StixMaker::ApplyExtensionHandling(const dom::element& handling) {
  dom::object named;
  if (handling.get_object().get(named) != simdjson::SUCCESS) return Fail("extensions.handling", "must be an object");
  for (dom::key_value_pair entry : named) {
    std::string path = PathTo("handling", entry.key);
    std::vector<std::string_view> words;
    if (!StringsOf(entry.value, &words)) return Fail(path, "must be a string or a list of strings");
    std::string joined;
    for (std::string_view word : words) {
      if (!joined.empty()) joined.push_back(';');
      joined.append(words.size() > 1 ? EscapeListItem(word) : std::string(word));
    }
    if (!Check(path, item_->draft.handling.Set(entry.key, joined))) return false;
  }
  if (item_->draft.handling.tlp.has_value()) NoteTlp(item_->draft.handling.tlp);
  return true;
}

bool StixMaker::ApplyExtensionReferences(const dom::element& references) {
  dom::object named;
  if (references.get_object().get(named) != simdjson::SUCCESS) {
    return Fail("extensions.references", "must be an object");
  }
  for (dom::key_value_pair entry : named) {
    std::string path = PathTo("references", entry.key);
    const record::Slot* slot = item_->draft.kind->FindSlot(entry.key);
    if (slot == nullptr || slot->type != record::Type::kReference) return Fail(path, "is no reference of this kind");
    std::vector<std::string_view> ids;
    if (!StringsOf(entry.value, &ids) || ids.size() > record::kMaxItems || (!slot->repeated && ids.size() > 1)) {
      return Fail(path, "must be an id, or a list of them where the field takes a list");
    }
    for (std::string_view id : ids) {
      if (!IsStixId(id, "")) return Fail(path, "is not of the form `type--UUID`");
      item_->references.push_back({slot->number, Cat({"stix:", id})});
    }
  }
  return true;
}

bool StixMaker::ApplyExtensionLocal(const dom::element& extension) {
  std::vector<std::string_view> words;
  dom::element value;
  if (extension["recipients"].get(value) == simdjson::SUCCESS) {
    if (!StringsOf(value, &words)) return Fail("extensions.recipients", "must be a list of strings");
    item_->draft.local.named_recipients.assign(words.begin(), words.end());
  }
  if (extension["tags"].get(value) == simdjson::SUCCESS) {
    if (!StringsOf(value, &words)) return Fail("extensions.tags", "must be a list of strings");
    AddTags(words, &item_->draft);
  }
  return true;
}

// --- Markings
// ---------------------------------------------------------------------------------------------------------

void StixMaker::NoteTlp(std::optional<record::Tlp> tlp) {
  if (tlp.has_value()) tlps_.push_back(*tlp);
}

// What a marking asks for. One that nobody defined, or of a kind that we do not know, asks for the strictest; a
// statement asks for nothing but to be kept.
std::optional<record::Tlp> StixMaker::MeaningOf(std::string_view id) {
  const Marking* marking = markings_.Find(id);
  if (marking == nullptr || (!marking->tlp.has_value() && marking->statement.empty())) {
    unknown_marking_ = true;
    return record::Tlp::kRed;
  }
  if (!marking->statement.empty()) {
    record::Handling trial = item_->draft.handling;
    trial.conditions.push_back(marking->statement);
    bool held = std::count(trial.conditions.begin(), trial.conditions.end(), marking->statement) > 1;
    if (record::ValidateHandling(trial).ok() && !held) item_->draft.handling = std::move(trial);
  }
  return marking->tlp;
}

bool StixMaker::ApplyMarkings() {
  std::vector<std::string_view> ids;
  if (const dom::element* refs = object_->Take("object_marking_refs")) {
    if (!StringsOf(*refs, &ids)) return Fail("object_marking_refs", "must be a list of ids");
  }
  for (std::string_view id : ids) NoteTlp(MeaningOf(id));
  if (!ApplyGranularMarkings()) return false;
  if (tlps_.empty()) return true;
  record::Tlp strictest = *std::max_element(tlps_.begin(), tlps_.end());
  bool contradictory = std::any_of(tlps_.begin(), tlps_.end(), [&](record::Tlp tlp) { return tlp != strictest; });
  if (contradictory) {
    Warn("object_marking_refs", "contradictory TLP markings on one object; the strictest holds");
  }
  item_->draft.handling.tlp = strictest;
  for (auto& [slot, field] : item_->draft.fields) {
    if (field.attributes.tlp.has_value() && *field.attributes.tlp < strictest) {
      Warn("granular_markings", "a field is marked looser than its object; the strictest holds");
    }
  }
  return true;
}

// STIX 2.1 section 7.2.3: `granular_markings: [{marking_ref, selectors}]`.
bool StixMaker::ApplyGranularMarkings() {
  const dom::element* value = object_->Take("granular_markings");
  if (value == nullptr) return true;
  dom::array list;
  if (value->get_array().get(list) != simdjson::SUCCESS) return Fail("granular_markings", "must be a list");
  for (dom::element entry : list) {
    std::vector<std::string_view> selectors;
    dom::element named;
    if (entry["selectors"].get(named) != simdjson::SUCCESS || !StringsOf(named, &selectors)) {
      return Fail("granular_markings", "an entry has no list of selectors");
    }
    std::string_view id;
    bool marks = entry["marking_ref"].get_string().get(id) == simdjson::SUCCESS;
    if (!marks && entry["lang"].error() == simdjson::SUCCESS) continue;  // says the language, not who may see it
    if (!marks) return Fail("granular_markings", "an entry has no `marking_ref`");
    std::optional<record::Tlp> tlp = MeaningOf(id);
    for (std::string_view selector : selectors) {
      if (!MarkSelected(selector, tlp)) return false;
    }
  }
  return true;
}

bool StixMaker::MarkSelected(std::string_view selector, std::optional<record::Tlp> tlp) {
  if (!tlp.has_value()) return true;
  std::vector<std::uint16_t> slots = SlotsOf(selector);
  for (std::uint16_t slot : slots) {
    auto field = item_->draft.fields.find(slot);
    if (field != item_->draft.fields.end()) {
      field->second.attributes.tlp = Stricter(field->second.attributes.tlp, tlp);
    }
  }
  std::string_view property = selector.substr(0, selector.find('.'));
  bool there = std::any_of(object_->properties.begin(), object_->properties.end(),
                           [&](const StixProperty& p) { return p.name == property; });
  if (!slots.empty() || (there && property != "extensions" && item_->draft.kind->name != "foreign")) return true;
  // It marks something, and we cannot tell what: then it marks everything.
  Warn("granular_markings", "a selector cannot be told apart here; its marking counts for the whole object");
  NoteTlp(tlp);
  return true;
}

// The fields that were made of what `selector` names: a property of STIX, or a field of our extension.
std::vector<std::uint16_t> StixMaker::SlotsOf(std::string_view selector) const {
  std::vector<std::uint16_t> slots;
  std::string prefix = Cat({"extensions.", kExtensionId, ".fields."});
  if (StartsWith(selector, prefix)) {
    std::string_view name = selector.substr(prefix.size());
    const record::Slot* slot = item_->draft.kind->FindSlot(name.substr(0, name.find('.')));
    if (slot != nullptr) slots.push_back(slot->number);
    return slots;
  }
  std::string_view property = selector.substr(0, selector.find('.'));
  for (const auto& [from, slot] : slot_of_) {
    if (from == property) slots.push_back(slot);
  }
  return slots;
}

}  // namespace tidegate::intake
