#include "node/intake/stix/object.h"

#include <algorithm>

#include "node/intake/dates.h"
#include "node/intake/text.h"
#include "node/stix/stix.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxNameBytes = 256;

bool Fail(PropertyFault* fault, std::string_view property, std::string_view reason) {
  fault->property = property;
  fault->reason = reason;
  return false;
}

// RFC 8259 section 4 leaves open which of two members of one name holds: a second marking could undo the first. The
// nesting is bounded by Limits::depth.
bool NamesAreUnique(const dom::element& value, PropertyFault* fault) {
  dom::array array;
  if (value.get_array().get(array) == simdjson::SUCCESS) {
    return std::all_of(array.begin(), array.end(), [&](dom::element one) { return NamesAreUnique(one, fault); });
  }
  dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return true;
  std::vector<std::string_view> names;
  for (dom::key_value_pair member : object) {
    if (!NamesAreUnique(member.value, fault)) return false;
    names.push_back(member.key);
  }
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() || Fail(fault, twice->substr(0, kMaxNameBytes), "is there twice");
}

bool TakeString(StixObject* object, std::string_view name, std::string_view* text) {
  const dom::element* value = object->Take(name);
  return value != nullptr && value->get_string().get(*text) == simdjson::SUCCESS;
}

}  // namespace

const dom::element* StixObject::Take(std::string_view name) {
  for (StixProperty& property : properties) {
    if (property.name != name) continue;
    property.used = true;
    return property.value.is_null() ? nullptr : &property.value;
  }
  return nullptr;
}

bool StixObject::IsOf20() const {
  const auto has = [this](std::string_view name) {
    return std::any_of(properties.begin(), properties.end(), [&](const StixProperty& one) { return one.name == name; });
  };
  return has("created") && has("modified") && !has("spec_version");
}

std::uint64_t VersionOf(const StixObject& object) {
  std::string_view text;
  for (const StixProperty& property : object.properties) {
    if (property.name == "modified" && property.value.get_string().get(text) != simdjson::SUCCESS) return 0;
  }
  return MicrosecondsOf(text);
}

bool StringsOf(const dom::element& value, std::vector<std::string_view>* strings) {
  strings->clear();
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) {
    strings->push_back(text);
    return true;
  }
  dom::array list;
  if (value.get_array().get(list) != simdjson::SUCCESS) return false;
  for (dom::element item : list) {
    if (item.get_string().get(text) != simdjson::SUCCESS) return false;
    strings->push_back(text);
  }
  return true;
}

bool ParseStixObject(std::string_view json, dom::parser* parser, StixObject* object, PropertyFault* fault) {
  dom::element root;
  simdjson::error_code error = parser->parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) return Fail(fault, "", Cat({"broken JSON: ", simdjson::error_message(error)}));
  dom::object properties;
  if (root.get_object().get(properties) != simdjson::SUCCESS) return Fail(fault, "", "not a JSON object");
  object->well_formed = true;
  if (!NamesAreUnique(root, fault)) return false;
  object->properties.clear();
  for (dom::key_value_pair pair : properties) object->properties.push_back({pair.key, pair.value, false});
  object->Take("x_tidegate_reason");
  object->Take("x_tidegate_field");
  if (!TakeString(object, "type", &object->type) || !stix::IsTypeName(object->type)) {
    return Fail(fault, "type", "no type: STIX types are lower-case letters, digits and hyphens");
  }
  if (!TakeString(object, "id", &object->id) || !stix::IsId(object->id, object->type)) {
    object->id = {};
    return Fail(fault, "id", Cat({"no id of the form `", object->type, "--UUID`"}));
  }
  return true;
}

}  // namespace tidegate::intake
