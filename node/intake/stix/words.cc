// A property that no field takes is kept as text if the standard has it in words. Otherwise a warning names it.
#include <algorithm>
#include <string>
#include <utility>

#include "node/intake/stix/maker.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kReferencesProperty = "external_references";
// One bundle cannot make us keep more names than this: types, and properties of one type.
constexpr std::size_t kMostTypeNames = 100;
constexpr std::size_t kLongestTypeName = 100;

// A string, number or boolean, or a list of them, as text. None if it is anything else.
std::optional<std::string> TextOf(const dom::element& value) {
  dom::array list;
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(Trim(text));
  if (value.is_number() || value.is_bool()) return simdjson::minify(value);
  if (value.get_array().get(list) != simdjson::SUCCESS) return std::nullopt;
  std::string all;
  for (dom::element one : list) {
    if (one.is_array()) return std::nullopt;
    const std::optional<std::string> item = TextOf(one);
    if (!item.has_value()) return std::nullopt;
    all += Cat({all.empty() || item->empty() ? "" : ", ", *item});
  }
  return all;
}

std::string_view MemberOf(const dom::element& object, const char* name) {
  std::string_view text;
  return object[name].get_string().get(text) == simdjson::SUCCESS ? Trim(text) : std::string_view();
}

}  // namespace

void StixMaker::KeepWords(std::string_view property, std::string_view text) {
  const auto said = std::find_if(words_.begin(), words_.end(), [&](const auto& one) { return one.first == property; });
  if (said == words_.end()) {
    words_.emplace_back(property, Trim(text));
  } else {
    said->second += Cat({property == kReferencesProperty ? "; " : ", ", Trim(text)});
  }
}

void StixMaker::ApplyWords(const PropertyRule& rule, const dom::element& value) {
  const std::optional<std::string> text = TextOf(value);
  if (!text.has_value()) return LeaveOut(rule.property);
  if (!text->empty() && *text != rule.detail) KeepWords(rule.property, *text);
}

// Behind what the object says itself, so that its own text stays the beginning.
bool StixMaker::FinishWords() {
  if (words_.empty()) return true;
  record::Draft& draft = item_->draft;
  const record::Slot* slot = draft.kind->FindSlot("narrative");
  if (slot == nullptr) slot = draft.kind->FindSlot("note");
  if (slot == nullptr) {
    for (const auto& [property, text] : words_) LeaveOut(property);
    return true;
  }
  record::Narrative narrative;
  if (const auto held = draft.fields.find(slot->number); held != draft.fields.end()) {
    if (const auto* said = std::get_if<record::Narrative>(&held->second.value.items.front())) narrative = *said;
  }
  std::string lines;
  for (const auto& [property, text] : words_) {
    lines += Cat({lines.empty() ? "" : "\n", property, ": ", text});
    slot_of_.emplace_back(property, slot->number);
  }
  narrative.text += Cat({narrative.text.empty() ? "" : "\n\n", lines});
  return Fits(words_.front().first, draft.SetValue(slot->name, {{std::move(narrative)}}));
}

bool StixMaker::AddExternalId(std::string_view scheme, std::string_view text, std::vector<record::Scalar>* ids) const {
  const record::Slot& slot = *item_->draft.kind->FindSlot("external_id");
  absl::StatusOr<record::Value> value =
      record::ParseValue(slot, EscapeListItem(Cat({scheme, ":", text})), item_->draft.home);
  if (!value.ok()) return false;
  if (std::find(ids->begin(), ids->end(), value->items.front()) != ids->end()) return true;
  ids->push_back(std::move(value->items.front()));
  if (record::ValidateValue(slot, {*ids}).ok()) return true;
  ids->pop_back();
  return false;
}

// Sets the object's id first, then the ids in its external_references. One that cannot be an identifier is kept as
// text.
void StixMaker::SetExternalIds() {
  record::Draft& draft = item_->draft;
  const record::Slot* slot = draft.kind->FindSlot("external_id");
  std::vector<record::Scalar> ids;
  auto held = draft.fields.find(slot->number);
  if (held != draft.fields.end()) ids = held->second.value.items;
  if (!AddExternalId("stix", object_->id, &ids)) Warn("id", "there is no room for it among the external ids");
  slot_of_.emplace_back("id", slot->number);
  slot_of_.emplace_back(kReferencesProperty, slot->number);
  if (const dom::element* references = object_->Take(kReferencesProperty)) {
    dom::array list;
    if (references->get_array().get(list) == simdjson::SUCCESS) {
      for (dom::element reference : list) KeepReference(reference, &ids);
    } else if (!KeptWhole()) {
      LeaveOut(kReferencesProperty);
    }
  }
  draft.SetValue("external_id", record::Value{std::move(ids)}).IgnoreError();  // each was tried
}

// STIX 2.1 section 2.5: a source, and one of a description, a url and an id.
void StixMaker::KeepReference(const dom::element& reference, std::vector<record::Scalar>* ids) {
  const std::string_view source = MemberOf(reference, "source_name");
  const std::string_view id = MemberOf(reference, "external_id");
  const std::string_view url = MemberOf(reference, "url");
  const std::string_view description = MemberOf(reference, "description");
  const bool url_kept = url.empty() || AddExternalId("url", url, ids);
  const bool id_kept =
      id.empty() || AddExternalId("local", source.empty() ? std::string(id) : Cat({source, ":", id}), ids);
  if (KeptWhole()) return;
  if (reference["hashes"].error() == simdjson::SUCCESS) LeaveOut("external_references.hashes");
  const bool anything = !id.empty() || !url.empty();
  if (url_kept && id_kept && description.empty() && (anything || source.empty())) return;
  std::string text(source);
  for (const std::string_view part :
       {description, id_kept ? std::string_view() : id, url_kept ? std::string_view() : url}) {
    if (!part.empty()) text += Cat({text.empty() ? "" : ": ", part});
  }
  KeepWords(kReferencesProperty, text);
}

void StixMaker::LeaveOut(std::string_view property) {
  const auto type = left_out_.try_emplace(std::string(object_->type.substr(0, kLongestTypeName))).first;
  if (type->second.size() < kMostTypeNames) type->second.emplace(property.substr(0, kLongestTypeName));
  if (left_out_.size() > kMostTypeNames) left_out_.erase(type);
}

void StixMaker::LeaveOutUnused() {
  for (const StixProperty& property : object_->properties) {
    if (!property.used && !stix::IsCommonProperty(property.name)) LeaveOut(property.name);
    if (property.name == "created_by_ref") {
      warnings_.insert(
          "STIX: `created_by_ref` stays on this node, as who made an object, and does not travel with its record");
    }
  }
}

void StixMaker::TellLeftOut() {
  for (const auto& [type, properties] : left_out_) {
    std::string names;
    for (const std::string& property : properties) names += Cat({names.empty() ? "`" : ", `", property, "`"});
    if (properties.size() >= kMostTypeNames) names += " and others";
    batch_.Warn(Cat({"STIX ", type, ": no field here takes ", names, "; left out"}));
  }
}

}  // namespace tidegate::intake
