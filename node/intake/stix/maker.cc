#include "node/intake/stix/maker.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "node/intake/dates.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxProducer = 200;
constexpr double kMostWholeDouble = 9007199254740992;  // 2^53: larger ones are not exact

// JSON knows one kind of number: 85.0 is a whole one.
std::optional<std::int64_t> WholeNumber(const dom::element& value) {
  std::int64_t whole = 0;
  if (value.get_int64().get(whole) == simdjson::SUCCESS) return whole;
  double number = 0;
  const bool is_whole = value.get_double().get(number) == simdjson::SUCCESS && std::trunc(number) == number &&
                        std::abs(number) <= kMostWholeDouble;
  return is_whole ? std::optional<std::int64_t>(static_cast<std::int64_t>(number)) : std::nullopt;
}

// False if the list has no code for the word, or the field has its one value already.
bool AddCode(const record::Slot& slot, std::string_view word, std::vector<record::Scalar>* codes) {
  const std::string_view code = stix::CodeOfWord(slot.code_list, word);
  if (code.empty()) return false;
  const record::Scalar value = record::CodeValue{std::string(code)};
  if (std::find(codes->begin(), codes->end(), value) != codes->end()) return true;
  if (codes->size() >= (slot.repeated ? record::kMaxItems : 1)) return false;
  codes->push_back(value);
  return true;
}

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

bool StixMaker::Fits(std::string_view property, const absl::Status& status) {
  unfit_ |= !status.ok();
  return Check(property, status);
}

void StixMaker::Warn(std::string_view property, std::string_view what) {
  warnings_.insert(
      Cat({"STIX ", object_->type.substr(0, 64), property.empty() ? "" : ".", property.substr(0, 64), ": ", what}));
}

std::string StixMaker::Key(std::string_view id) const {
  return Cat({system_.empty() ? "stix" : "stix@", system_, ":", id});
}

namespace {

// Whether facts or links are made of an object of this type beside its own record.
bool MayHaveParts(std::string_view type) {
  const TypeRule* rule = stix::FindType(type, "");
  return type == "observed-data" ||
         (rule != nullptr && std::any_of(rule->properties.begin(), rule->properties.end(),
                                         [](const PropertyRule& one) { return one.as == stix::As::kMentions; }));
}

}  // namespace

void StixMaker::Name(StixObject* object, Item* item) const {
  item->object = object->id;
  item->source_key = Key(object->id);
  if (!system_.empty()) item->former_key = Cat({"stix:", object->id});
  item->identity = "id";
  item->has_parts = MayHaveParts(object->type);
  record::SourceWord& source = item->draft.local.source;
  source.version_us = VersionOf(*object);
  std::string_view producer;
  const dom::element* value = object->Take("created_by_ref");
  if (value != nullptr && value->get_string().get(producer) == simdjson::SUCCESS && stix::IsId(producer, "identity")) {
    source.producer = producer.substr(0, kMaxProducer);
  }
}

void StixMaker::Begin(StixObject* object, Item* item, PropertyFault* fault) {
  object_ = object;
  item_ = item;
  fault_ = fault;
  slot_of_.clear();
  periods_.clear();
  place_ = {};
  latitude_.clear();
  longitude_.clear();
  mentions_.clear();
  facts_.clear();
  mention_of_.clear();
  mentions_tlp_.reset();
  words_.clear();
  warnings_.clear();
  unfit_ = false;
  tlps_.clear();
  raised_.reset();
  item->references.clear();
  Name(object, item);
}

bool StixMaker::Make(StixObject* object, std::string_view json, Item* item, PropertyFault* fault) {
  Begin(object, item, fault);
  std::string_view identity_class;
  if (const dom::element* value = object->Take("identity_class")) {
    if (value->get_string().get(identity_class) != simdjson::SUCCESS) return Fail("identity_class", "must be a string");
  }
  const TypeRule* rule = stix::FindType(object->type, identity_class);
  if (rule != nullptr && !rule->unless.empty() && object->Take(rule->unless) != nullptr) {
    const std::string_view property = rule->unless;
    rule = nullptr;
    Warn(property, "has no field of its own here; the object is kept whole, as `foreign`");
  }
  // A kind's own fields would not show what is missing.
  const bool cut = !object->cut.empty();
  if (cut) rule = nullptr;
  // The members that were cut may have named its parts. So parts that are not seen are not withdrawn.
  if (cut) item->has_parts = false;
  if (!object->cut_only_texts) {
    Raise(record::Tlp::kRed);
    Warn("", "what was left out may have had markings of its own; the object counts as RED");
  }
  std::string_view kind = rule != nullptr ? rule->kind : cut ? kForeign : stix::KindOfOwnType(object->type);
  if (kind.empty()) kind = kForeign;
  bool made = MakeAs(rule, kind, json);
  if (!made && unfit_ && rule != nullptr && !HasOwnExtension()) {
    const std::string property = fault->property;
    Begin(object, item, fault);
    Warn(property, Cat({"does not fit a field of `", kind, "`; the object is kept whole, as `foreign`"}));
    item->has_parts = false;  // its rule did not tell of any
    made = MakeAs(nullptr, kForeign, json);
  }
  if (made) {
    for (const std::string& warning : warnings_) batch_.Warn(warning);
    TakeFacts();
  }
  return made;
}

bool StixMaker::MakeAs(const TypeRule* rule, std::string_view kind, std::string_view json) {
  absl::StatusOr<record::Draft> draft = record::Draft::Create(kind);
  if (!draft.ok()) return Check("type", draft.status());
  draft->home = batch_.home();
  draft->local.source = std::move(item_->draft.local.source);
  item_->draft = *std::move(draft);
  item_->may_dangle = kind == "link" || kind == "sighting";
  if (kind == kForeign && !MakeForeign(json)) return false;
  if (rule != nullptr && !ApplyRules(*rule)) return false;
  if (!ApplyExtension()) return false;
  if (item_->draft.fields.empty() && item_->references.empty() && words_.empty()) {
    unfit_ = true;
    return Fail(rule == nullptr ? "extensions" : "", "has nothing that a record of this kind can hold");
  }
  SetExternalIds();
  if (!FinishWords() || !ApplyMarkings()) return false;
  if (!KeptWhole()) LeaveOutUnused();
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
  // Where the value decides to which field it goes, the function for it says so.
  const bool decided = rule.further.empty() && rule.as != As::kCodes;
  if (!rule.field.empty() && decided)
    slot_of_.emplace_back(rule.property, item_->draft.kind->FindSlot(rule.field)->number);
  switch (rule.as) {
    case As::kText:
    case As::kIdentifier:
      return ApplyText(rule, *value);
    case As::kTime:
    case As::kFrom:
    case As::kTo:
      return ApplyTime(rule, *value);
    case As::kNumber:
      return ApplyNumber(rule, *value);
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
    case As::kWords:
      ApplyWords(rule, *value);
      return true;
    case As::kIgnored:
      return true;
  }
  return true;
}

bool StixMaker::ApplyText(const PropertyRule& rule, const dom::element& value) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return Fail(rule.property, "must be a string");
  if (Trim(text).empty()) {
    unfit_ = rule.required;
    return !rule.required || Fail(rule.property, "is empty");
  }
  const absl::Status set =
      rule.as == As::kIdentifier ? SetIdentifier(rule, text) : item_->draft.SetField(rule.field, text);
  const record::Slot& slot = *item_->draft.kind->FindSlot(rule.field);
  if (set.ok() || rule.required || slot.type == record::Type::kNarrative) return Fits(rule.property, set);
  Warn(rule.property, "is more than its field can hold; it is kept as text");
  KeepWords(rule.property, text);
  return true;
}

absl::Status StixMaker::SetIdentifier(const PropertyRule& rule, std::string_view text) {
  record::Draft& draft = item_->draft;
  const record::Slot* slot = draft.kind->FindSlot(rule.field);
  absl::StatusOr<record::Value> value = record::ParseValue(*slot, Cat({rule.detail, ":", text}), draft.home);
  if (!value.ok()) return value.status();
  const auto held = draft.fields.find(slot->number);
  if (!rule.further.empty() && held != draft.fields.end() && held->second.value != *value) {
    slot = draft.kind->FindSlot(rule.further);
  }
  if (!rule.further.empty()) slot_of_.emplace_back(rule.property, slot->number);
  return draft.SetValue(slot->name, *std::move(value));
}

bool StixMaker::ApplyNumber(const PropertyRule& rule, const dom::element& value) {
  const std::optional<std::int64_t> number = WholeNumber(value);
  if (!number.has_value()) return Fail(rule.property, "must be a whole number");
  return Fits(rule.property, item_->draft.SetField(rule.field, std::to_string(*number)));
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
  const std::optional<std::int64_t> number = WholeNumber(value);
  if (!number.has_value() || *number < 0 || *number > 100) {
    return Fail(rule.property, "must be a whole number from 0 to 100");
  }
  return Check(rule.property, item_->draft.SetField(rule.field, stix::ConfidenceCode(*number)));
}

// A word goes to each of the rule's fields that has a code for it and room. One that goes to none is kept as text.
bool StixMaker::ApplyCodes(const PropertyRule& rule, const dom::element& value) {
  std::vector<std::string_view> words;
  if (!StringsOf(value, &words)) return Fail(rule.property, "must be a list of strings");
  std::map<std::string_view, record::Value> codes;  // by field
  for (std::string_view word : words) {
    bool kept = Trim(word).empty();
    for (std::string_view field : {rule.field, rule.detail}) {
      const record::Slot* slot = field.empty() ? nullptr : item_->draft.kind->FindSlot(field);
      if (slot != nullptr) kept |= AddCode(*slot, word, &codes[field].items);
    }
    if (kept) continue;
    Warn(rule.property, "a word without a code here is kept as text");
    KeepWords(rule.property, word);
  }
  for (auto& [field, code] : codes) {
    if (code.items.empty()) continue;
    slot_of_.emplace_back(rule.property, item_->draft.kind->FindSlot(field)->number);
    if (!Fits(rule.property, item_->draft.SetValue(field, std::move(code)))) return false;
  }
  return true;
}

bool StixMaker::ApplyVerb(const PropertyRule& rule, const dom::element& value) {
  std::string_view word;
  if (value.get_string().get(word) != simdjson::SUCCESS) return Fail(rule.property, "must be a string");
  if (Trim(word).empty()) return Fail(rule.property, "is empty");
  if (item_->draft.SetField(rule.field, word).ok()) return true;
  Warn(rule.property, "a verb has no code here; kept as `related-to` with the word in the note's heading");
  if (!Check(rule.property, item_->draft.SetField(rule.field, "related-to"))) return false;
  slot_of_.emplace_back(rule.property, item_->draft.kind->FindSlot("note")->number);
  return Fits(rule.property, item_->draft.SetField("note.heading", word));
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
  absl::flat_hash_map<std::string_view, std::size_t> known;
  for (std::string_view id : ids) {
    if (!stix::IsId(id, "")) return Fail(rule.property, "has an id that is not of the form `type--UUID`");
    if (StartsWith(id, "marking-definition--") || StartsWith(id, "extension-definition--")) {
      mention_of_.push_back(kNoMention);
      continue;
    }
    const auto [at, fresh] = known.try_emplace(id, mentions_.size());
    if (fresh) mentions_.push_back({std::string(id), std::nullopt});
    mention_of_.push_back(at->second);
  }
  return true;
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
  if (rule.detail == "country") ApplyCountry(text);
  return true;
}

// STIX 2.1 section 4.10: the country SHOULD be a code of ISO 3166-1.
void StixMaker::ApplyCountry(std::string_view text) {
  absl::StatusOr<std::string> country = record::ParseCountry(text);
  if (country.ok()) {
    place_.country = *std::move(country);
    return;
  }
  if (Trim(text).empty()) return;
  Warn("country", "names no country that this node knows; the word is kept as text");
  KeepWords("country", text);
}

bool StixMaker::FinishPlace() {
  if (latitude_.empty() != longitude_.empty()) return Fail("latitude", "`latitude` and `longitude` go together");
  if (!latitude_.empty()) {
    record::Coordinates at;
    if (!DegreesE6(latitude_, 90, &at.latitude_e6)) return Fail("latitude", "must be from -90 to 90");
    if (!DegreesE6(longitude_, 180, &at.longitude_e6)) return Fail("longitude", "must be from -180 to 180");
    place_.coordinates = at;
  }
  if (place_ == record::Place()) return true;
  return Fits("location", item_->draft.SetValue("place", {{place_}}));
}

// The stricter of an object's markings and those of its mention holds for the link.
absl::Status StixMaker::TakeLink(const Item& item, std::string_view target, std::optional<record::Tlp> mark,
                                 const std::function<absl::Status(Item)>& take) const {
  absl::StatusOr<record::Draft> link = record::Draft::Create("link");
  if (!link.ok()) return link.status();
  if (absl::Status verb = link->SetField("verb", "mentions"); !verb.ok()) return verb;
  link->handling = item.draft.handling;
  link->local = item.draft.local;
  Item made;
  made.draft = *std::move(link);
  made.references = {{made.draft.kind->FindSlot("from")->number, item.source_key},
                     {made.draft.kind->FindSlot("to")->number, Key(target)}};
  made.source_key = Cat({item.source_key, "#", target});
  if (!item.former_key.empty()) made.former_key = Cat({item.former_key, "#", target});
  made.identity = item.identity;
  made.position = item.position;
  made.object = item.object;
  made.may_dangle = true;  // and `original` is empty: the object's bytes, once for each link, would be too many
  std::optional<record::Tlp>& tlp = made.draft.handling.tlp;
  if (tlp.has_value()) tlp = Stricter(tlp, mark);  // unmarked is RED already
  return take(std::move(made));
}

absl::Status StixMaker::EachLink(const Item& item, const std::function<absl::Status(Item)>& take) const {
  for (const InnerFact& fact : facts_) {
    Item made;
    made.draft = fact.draft;
    made.draft.handling = item.draft.handling;
    made.draft.local = item.draft.local;
    made.source_key = Cat({item.source_key, "#", fact.name});
    made.identity = item.identity;
    made.position = item.position;
    made.object = item.object;
    if (absl::Status taken = take(std::move(made)); !taken.ok()) return taken;
  }
  for (const InnerFact& fact : facts_) {
    const std::string target = Cat({item.object, "#", fact.name});
    if (absl::Status taken = TakeLink(item, target, std::nullopt, take); !taken.ok()) return taken;
  }
  for (const Mention& mention : mentions_) {
    absl::Status taken = TakeLink(item, mention.target, Stricter(mention.tlp, mentions_tlp_), take);
    if (!taken.ok()) return taken;
  }
  return absl::OkStatus();
}

}  // namespace tidegate::intake
