// The part of a STIX object that is ours: the extension with fields, attributes, handling and references.
#include <algorithm>
#include <string>
#include <utility>

#include "nlohmann/json.hpp"
#include "node/intake/dates.h"
#include "node/intake/stix/maker.h"
#include "node/intake/target.h"
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
    if (entry.key == stix::kExtension) continue;
    if (!KeptWhole()) LeaveOut(Cat({"extensions.", entry.key}));
  }
  dom::element own;
  if (extensions.at_key(stix::kExtension).get(own) != simdjson::SUCCESS) return true;
  dom::object members;
  if (own.get_object().get(members) != simdjson::SUCCESS) return Fail("extensions", "our extension must be an object");
  // A slip here could lose a marking, so what is not known is not passed over.
  const auto known = stix::ExtensionMembers();
  for (dom::key_value_pair member : members) {
    std::string_view name = member.key;
    std::string_view kind;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Fail("extensions",
                  Cat({"our extension has no `", name.substr(0, 64), "`", text::DidYouMean(name, known)}));
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
  absl::StatusOr<record::Value> read = record::FromJson(*slot, json, item_->draft.home);
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
      return Fail(path, "is about a field that the object does not have");
    }
    dom::object values;
    if (field.value.get_object().get(values) != simdjson::SUCCESS) return Fail(path, "must be an object");
    for (dom::key_value_pair value : values) {
      std::string_view text;
      if (value.value.get_string().get(text) != simdjson::SUCCESS)
        return Fail(path, "has a value that is not a string");
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
    if (slot == nullptr || slot->type != record::Type::kReference)
      return Fail(path, "is not a reference field of this kind");
    std::vector<std::string_view> ids;
    if (!StringsOf(entry.value, &ids) || ids.size() > record::kMaxItems || (!slot->repeated && ids.size() > 1)) {
      return Fail(path, "must be an id, or a list of them where the field takes a list");
    }
    for (std::string_view id : ids) {
      if (!stix::IsId(id, "")) return Fail(path, "is not of the form `type--UUID`");
      item_->references.push_back({slot->number, Key(id)});
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

}  // namespace tidegate::intake
