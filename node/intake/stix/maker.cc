#include "node/intake/stix/maker.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "node/intake/dates.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxProducer = 200;
constexpr std::size_t kMaxMentions = 10'000;

bool DegreesE6(const std::string& text, double most, std::int32_t* out) {
  double degrees = std::strtod(text.c_str(), nullptr);
  if (!(degrees >= -most && degrees <= most)) return false;
  *out = static_cast<std::int32_t>(std::lround(degrees * 1e6));
  return true;
}

}  // namespace

bool StixMaker::Fail(std::string_view property, std::string_view reason) {
  fault_->property = property;
  fault_->reason = reason;
  return false;
}

bool StixMaker::Check(std::string_view property, const absl::Status& status) {
  return status.ok() || Fail(property, MessageOf(status));
}

void StixMaker::Warn(std::string_view property, std::string_view what) {
  batch_.Warn(Cat({"STIX ", object_->type.substr(0, 64), ".", property.substr(0, 64), ": ", what}));
}

std::string StixMaker::Key(std::string_view id) const {
  return Cat({system_.empty() ? "stix" : "stix@", system_, ":", id});
}

void StixMaker::Name(StixObject* object, Item* item) const {
  item->object = object->id;
  item->source_key = Key(object->id);
  if (!system_.empty()) item->former_key = Cat({"stix:", object->id});
  item->identity = "id";
  record::SourceWord& source = item->draft.local.source;
  source.version_us = VersionOf(*object);
  std::string_view producer;
  const dom::element* value = object->Take("created_by_ref");
  if (value != nullptr && value->get_string().get(producer) == simdjson::SUCCESS && stix::IsId(producer, "identity")) {
    source.producer = producer.substr(0, kMaxProducer);
  }
}

bool StixMaker::Make(StixObject* object, std::string_view json, Item* item, PropertyFault* fault) {
  object_ = object;
  item_ = item;
  fault_ = fault;
  slot_of_.clear();
  periods_.clear();
  place_ = {};
  latitude_.clear();
  longitude_.clear();
  mentions_.clear();
  tlps_.clear();
  raised_.reset();
  Name(object, item);

  std::string_view identity_class;
  if (const dom::element* value = object->Take("identity_class")) {
    if (value->get_string().get(identity_class) != simdjson::SUCCESS) return Fail("identity_class", "must be a string");
  }
  const TypeRule* rule = stix::FindType(object->type, identity_class);
  std::string_view kind = rule != nullptr ? rule->kind : stix::KindOfOwnType(object->type);
  bool foreign = kind.empty();
  absl::StatusOr<record::Draft> draft = record::Draft::Create(foreign ? "foreign" : kind);
  if (draft.ok()) draft->home = batch_.home();
  if (!draft.ok()) return Check("type", draft.status());
  draft->local.source = std::move(item->draft.local.source);
  item->draft = *std::move(draft);
  if (foreign && !MakeForeign(json)) return false;
  if (rule != nullptr && !ApplyRules(*rule)) return false;
  if (!ApplyExtension()) return false;
  if (item->draft.fields.empty() && item->references.empty()) {
    return Fail(foreign ? "" : "extensions", "has nothing that a record of this kind can hold");
  }
  SetExternalIds();
  if (!ApplyMarkings()) return false;
  if (!foreign) WarnOfUnused();
  return true;
}

// Kept whole, byte for byte, so that nothing is lost until a kind for it exists.
bool StixMaker::MakeForeign(std::string_view json) {
  record::Draft& draft = item_->draft;
  if (!Check("", draft.SetValue("object", {{record::Text{std::string(json)}}}))) return false;
  if (!Check("type", draft.SetValue("object_type", {{record::Text{std::string(object_->type)}}}))) return false;
  if (!Check("id", draft.SetValue("object_id", {{record::Text{std::string(object_->id)}}}))) return false;
  slot_of_.emplace_back("", draft.kind->FindSlot("object")->number);
  std::string_view text;
  const dom::element* name = object_->Take("name");
  if (name != nullptr && name->get_string().get(text) == simdjson::SUCCESS) {
    draft.SetValue("heading", {{record::Text{std::string(text)}}}).IgnoreError();  // it stands in the object anyway
  }
  for (std::string_view time : {std::string_view("created"), std::string_view("modified")}) {
    const dom::element* value = object_->Take(time);
    if (value == nullptr || value->get_string().get(text) != simdjson::SUCCESS) continue;
    draft.SetField(time, DropSeconds(text)).IgnoreError();
  }
  return true;
}

bool StixMaker::ApplyRules(const TypeRule& rule) {
  for (const PropertyRule& property : rule.properties) {
    if (!ApplyRule(property)) return false;
  }
  if (!FinishPeriods() || !FinishPlace()) return false;
  const record::Slot* title = item_->draft.kind->FindSlot("title");
  if (rule.title.empty() || title == nullptr || item_->draft.fields.count(title->number) != 0) return true;
  return Check("", item_->draft.SetField("title", rule.title));
}

bool StixMaker::ApplyRule(const PropertyRule& rule) {
  const dom::element* value = object_->Take(rule.property);
  if (value == nullptr) return !rule.required || Fail(rule.property, "is missing");
  if (!rule.field.empty()) slot_of_.emplace_back(rule.property, item_->draft.kind->FindSlot(rule.field)->number);
  switch (rule.as) {
    case As::kText:
    case As::kIdentifier:
      return ApplyText(rule, *value);
    case As::kTime:
    case As::kFrom:
    case As::kTo:
      return ApplyTime(rule, *value);
    case As::kNumber: {
      std::int64_t number = 0;
      if (value->get_int64().get(number) != simdjson::SUCCESS) return Fail(rule.property, "must be a whole number");
      return Check(rule.property, item_->draft.SetField(rule.field, std::to_string(number)));
    }
    case As::kConfidence:
      return ApplyConfidence(rule, *value);
    case As::kCodes:
      return ApplyCodes(rule, *value);
    case As::kVerb:
      return ApplyVerb(rule, *value);
    case As::kReference:
      return ApplyReferences(rule, *value);
    case As::kMentions:
      return ApplyMentions(rule, *value);
    case As::kPlace:
      return ApplyPlace(rule, *value);
    case As::kIgnored:
      return true;
  }
  return true;
}

bool StixMaker::ApplyText(const PropertyRule& rule, const dom::element& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return Fail(rule.property, "must be a string");
  if (Trim(text).empty()) return !rule.required || Fail(rule.property, "is empty");
  if (rule.as == As::kIdentifier) {
    return Check(rule.property, item_->draft.SetField(rule.field, Cat({rule.detail, ":", text})));
  }
  return Check(rule.property, item_->draft.SetField(rule.field, text));
}

bool StixMaker::ApplyTime(const PropertyRule& rule, const dom::element& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return Fail(rule.property, "must be a timestamp");
  std::string time = DropSeconds(text);
  if (rule.as == As::kFrom) periods_[rule.field].from = time;
  if (rule.as == As::kTo) periods_[rule.field].to = time;
  if (rule.as != As::kTime) return true;
  return Check(rule.property, item_->draft.SetField(rule.field, time));
}

bool StixMaker::FinishPeriods() {
  for (const auto& [field, period] : periods_) {
    std::string text = period.from == period.to ? period.from : Cat({period.from, "..", period.to});
    if (!Check(field, item_->draft.SetField(field, text))) return false;
  }
  return true;
}

bool StixMaker::ApplyConfidence(const PropertyRule& rule, const dom::element& value) {
  std::int64_t number = -1;
  if (value.get_int64().get(number) != simdjson::SUCCESS || number < 0 || number > 100) {
    return Fail(rule.property, "must be a whole number from 0 to 100");
  }
  return Check(rule.property, item_->draft.SetField(rule.field, stix::ConfidenceCode(number)));
}

bool StixMaker::ApplyCodes(const PropertyRule& rule, const dom::element& value) {
  std::vector<std::string_view> words;
  if (!StringsOf(value, &words)) return Fail(rule.property, "must be a list of strings");
  const record::Slot& slot = *item_->draft.kind->FindSlot(rule.field);
  std::string codes;
  for (std::string_view word : words) {
    std::string item = slot.repeated ? EscapeListItem(word) : std::string(word);
    if (!record::ParseValue(slot, item).ok() || (!slot.repeated && !codes.empty())) {
      Warn(rule.property, "a value has no code here and was left out");
      continue;
    }
    if (!codes.empty()) codes.push_back(';');
    codes.append(item);
  }
  return codes.empty() || Check(rule.property, item_->draft.SetField(rule.field, codes));
}

bool StixMaker::ApplyVerb(const PropertyRule& rule, const dom::element& value) {
  std::string_view word;
  if (value.get_string().get(word) != simdjson::SUCCESS) return Fail(rule.property, "must be a string");
  if (item_->draft.SetField(rule.field, word).ok()) return true;
  Warn(rule.property, "a verb has no code here; kept as `related-to` with the word in the note's heading");
  if (!Check(rule.property, item_->draft.SetField(rule.field, "related-to"))) return false;
  slot_of_.emplace_back(rule.property, item_->draft.kind->FindSlot("note")->number);
  return Check(rule.property, item_->draft.SetField("note.heading", word));
}

bool StixMaker::ApplyReferences(const PropertyRule& rule, const dom::element& value) {
  std::vector<std::string_view> ids;
  if (!StringsOf(value, &ids) || ids.size() > record::kMaxItems) return Fail(rule.property, "must be an id");
  for (std::string_view id : ids) {
    if (!stix::IsId(id, "")) return Fail(rule.property, "is not of the form `type--UUID`");
    item_->references.push_back({item_->draft.kind->FindSlot(rule.field)->number, Key(id)});
  }
  return true;
}

bool StixMaker::ApplyMentions(const PropertyRule& rule, const dom::element& value) {
  std::vector<std::string_view> ids;
  if (!StringsOf(value, &ids)) return Fail(rule.property, "must be a list of ids");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!stix::IsId(ids[i], "")) return Fail(rule.property, "has an id that is not of the form `type--UUID`");
    bool definition = StartsWith(ids[i], "marking-definition--") || StartsWith(ids[i], "extension-definition--");
    if (!definition) mentions_.push_back({std::string(ids[i]), i, std::nullopt});
  }
  if (mentions_.size() <= kMaxMentions) return true;
  return Fail(rule.property, Cat({"names more than ", std::to_string(kMaxMentions), " objects"}));
}

bool StixMaker::ApplyPlace(const PropertyRule& rule, const dom::element& value) {
  if (value.is_number()) {
    (rule.detail == "latitude" ? latitude_ : longitude_) = simdjson::minify(value);
    return rule.detail == "latitude" || rule.detail == "longitude" || Fail(rule.property, "must be a string");
  }
  std::string_view text;
  if (rule.detail == "latitude" || rule.detail == "longitude" || value.get_string().get(text) != simdjson::SUCCESS) {
    return Fail(rule.property, "has the wrong JSON type");
  }
  if (rule.detail == "name") place_.name = text;
  if (rule.detail == "locality") place_.locality = text;
  if (rule.detail == "region") place_.region = text;
  if (rule.detail == "country") place_.country = text;
  return true;
}

bool StixMaker::FinishPlace() {
  if (latitude_.empty() != longitude_.empty()) return Fail("latitude", "`latitude` and `longitude` go together");
  if (!latitude_.empty()) {
    record::Coordinates at;
    if (!DegreesE6(latitude_, 90, &at.latitude_e6)) return Fail("latitude", "must be from -90 to 90");
    if (!DegreesE6(longitude_, 180, &at.longitude_e6)) return Fail("longitude", "must be from -180 to 180");
    place_.coordinates = at;
  }
  if (!place_.country.empty()) {
    absl::StatusOr<std::string> code = record::ParseCountry(place_.country);
    if (!code.ok()) return Check("country", code.status());
    place_.country = *std::move(code);
  }
  if (place_ == record::Place()) return true;
  return Check("country", item_->draft.SetValue("place", {{place_}}));
}

// The object's id first, then what its external_references name, as far as it can be an identifier.
void StixMaker::SetExternalIds() {
  record::Draft& draft = item_->draft;
  const record::Slot* slot = draft.kind->FindSlot("external_id");
  std::vector<record::Scalar> ids;
  auto held = draft.fields.find(slot->number);
  if (held != draft.fields.end()) ids = held->second.value.items;
  auto add = [&](std::string_view scheme, std::string_view text) {
    absl::StatusOr<record::Value> value =
        record::ParseValue(*slot, EscapeListItem(Cat({scheme, ":", text})), draft.home);
    if (!value.ok()) return Warn("external_references", "one cannot be an identifier and was left out");
    if (std::find(ids.begin(), ids.end(), value->items.front()) == ids.end()) {
      ids.push_back(std::move(value->items.front()));
    }
  };
  add("stix", object_->id);
  slot_of_.emplace_back("id", slot->number);
  slot_of_.emplace_back("external_references", slot->number);
  dom::array list;
  const dom::element* references = object_->Take("external_references");
  if (references != nullptr && references->get_array().get(list) == simdjson::SUCCESS) {
    for (dom::element reference : list) {
      std::string_view source;
      std::string_view text;
      if (ids.size() >= record::kMaxItems) break;
      if (reference["url"].get_string().get(text) == simdjson::SUCCESS) add("url", text);
      if (reference["external_id"].get_string().get(text) != simdjson::SUCCESS) continue;
      bool named = reference["source_name"].get_string().get(source) == simdjson::SUCCESS;
      add("local", named ? Cat({source, ":", text}) : std::string(text));
    }
  }
  absl::Status set = draft.SetValue("external_id", record::Value{std::move(ids)});
  if (!set.ok()) Warn("external_references", "too many; left out");
}

void StixMaker::WarnOfUnused() {
  for (const StixProperty& property : object_->properties) {
    if (!property.used && !stix::IsCommonProperty(property.name))
      Warn(property.name, "has no field here and was left out");
  }
}

// One link for each object that is mentioned, however often; the stricter of its markings holds.
std::vector<Item> StixMaker::Links(const Item& item) const {
  std::vector<Item> links;
  absl::StatusOr<record::Draft> empty = record::Draft::Create("link");
  if (!empty.ok() || !empty->SetField("verb", "mentions").ok()) return links;
  std::map<std::string_view, std::size_t> made;
  for (const Mention& mention : mentions_) {
    const auto [at, fresh] = made.emplace(mention.target, links.size());
    if (fresh) {
      Item& link = links.emplace_back();
      link.draft = *empty;
      link.draft.handling = item.draft.handling;
      link.draft.local = item.draft.local;
      link.references = {{link.draft.kind->FindSlot("from")->number, item.source_key},
                         {link.draft.kind->FindSlot("to")->number, Key(mention.target)}};
      link.source_key = Cat({item.source_key, "#", mention.target});
      if (!item.former_key.empty()) link.former_key = Cat({item.former_key, "#", mention.target});
      link.identity = item.identity;
      link.position = item.position;
      link.object = item.object;
      link.original = item.original;
      link.well_formed = item.well_formed;
    }
    std::optional<record::Tlp>& tlp = links[at->second].draft.handling.tlp;
    if (tlp.has_value()) tlp = Stricter(tlp, mention.tlp);  // unmarked is RED already
  }
  return links;
}

}  // namespace tidegate::intake
