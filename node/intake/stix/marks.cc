// The markings of a STIX object. A mark on properties that became exactly one field marks that field. Any other mark
// marks the whole object. A mark that cannot be kept exactly as its source has it counts as TLP:RED, with a warning.
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "node/intake/stix/maker.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kMentionsProperty = "object_refs";

// The property that a selector begins with (STIX 2.1 section 7.2.3.1).
std::string_view PropertyOf(std::string_view selector) { return selector.substr(0, selector.find('.')); }

bool NamesTlp(std::string_view property) { return Lower(property).find("tlp") != std::string::npos; }

bool NamesMarkings(std::string_view property) {
  return property == "object_marking_refs" || property == "marking_ref" || property == "marking_refs";
}

}  // namespace

void StixMaker::NoteTlp(std::optional<record::Tlp> tlp) {
  if (tlp.has_value()) tlps_.push_back(*tlp);
}

bool StixMaker::KeepStatement(const std::string& statement) {
  record::Handling trial = item_->draft.handling;
  if (std::count(trial.conditions.begin(), trial.conditions.end(), statement) != 0) return true;
  trial.conditions.push_back(statement);
  if (!record::EncodeHandling(trial).ok()) return false;
  item_->draft.handling = std::move(trial);
  return true;
}

// The TLP that a marking asks for. A marking that nobody defined, or of a kind that we do not know, asks for the
// strictest. A statement only asks to be kept.
std::optional<record::Tlp> StixMaker::MeaningOf(std::string_view id) {
  const Marking* marking = markings_.Find(id);
  if (marking == nullptr) {
    warnings_.insert("STIX: a marking that nobody defines counts as TLP:RED");
    return record::Tlp::kRed;
  }
  std::optional<record::Tlp> tlp = marking->tlp;
  for (const std::string& statement : marking->statements) {
    if (KeepStatement(statement)) continue;
    Warn("object_marking_refs", "a statement cannot be kept as a condition (at most 32 lines of 255 bytes): TLP:RED");
    tlp = record::Tlp::kRed;
  }
  if (!marking->strange) return tlp;
  warnings_.insert("STIX: a marking that says something unknown here counts as TLP:RED");
  return record::Tlp::kRed;
}

bool StixMaker::ApplyMarkings() {
  std::vector<std::string_view> ids;
  if (const dom::element* refs = object_->Take("object_marking_refs")) {
    if (!StringsOf(*refs, &ids)) return Fail("object_marking_refs", "must be a list of ids");
  }
  for (std::string_view id : ids) NoteTlp(MeaningOf(id));
  if (!ApplyGranularMarkings()) return false;
  RaiseByFields();
  RaiseByProperties();
  std::optional<record::Tlp>& tlp = item_->draft.handling.tlp;
  // A mark on a part says nothing about the rest: an object without a mark as a whole stays RED.
  if (tlps_.empty() && raised_.has_value()) tlp = record::Tlp::kRed;
  if (tlps_.empty()) return true;
  const record::Tlp strictest = *std::max_element(tlps_.begin(), tlps_.end());
  bool contradictory = std::any_of(tlps_.begin(), tlps_.end(), [&](record::Tlp one) { return one != strictest; });
  if (contradictory) {
    Warn("object_marking_refs", "contradictory TLP markings on one object; the strictest holds");
  }
  tlp = Stricter(strictest, raised_);
  for (auto& [slot, field] : item_->draft.fields) {
    if (field.attributes.tlp.has_value() && *field.attributes.tlp < *tlp) {
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
    if (!marks && entry["lang"].error() == simdjson::SUCCESS) {  // says the language, not who may see it
      if (!KeptWhole()) LeaveOut("granular_markings.lang");
      continue;
    }
    if (!marks) return Fail("granular_markings", "an entry has no `marking_ref`");
    std::optional<record::Tlp> tlp = MeaningOf(id);
    if (selectors.empty()) Raise(tlp);
    for (std::string_view selector : selectors) {
      if (!MarkSelected(selector, tlp)) return false;
    }
  }
  return true;
}

bool StixMaker::MarkSelected(std::string_view selector, std::optional<record::Tlp> tlp) {
  if (!tlp.has_value()) return true;
  if (PropertyOf(selector) == kMentionsProperty && MarkMentions(selector, *tlp)) return true;
  bool all = true;
  std::vector<std::uint16_t> slots = SlotsOf(selector);
  for (std::uint16_t slot : slots) {
    auto field = item_->draft.fields.find(slot);
    all &= field != item_->draft.fields.end();
    if (field != item_->draft.fields.end()) {
      field->second.attributes.tlp = Stricter(field->second.attributes.tlp, tlp);
    }
  }
  if (all && !slots.empty()) return true;
  // It marks something, and not just what a field was made of: then it marks everything.
  Warn("granular_markings",
       "a selector marks something that is not a field of its own here; the marking counts for the whole object");
  Raise(tlp);
  return true;
}

// `object_refs` or one of it, `object_refs.[2]`: those links are marked. False if the selector names none of them.
bool StixMaker::MarkMentions(std::string_view selector, record::Tlp tlp) {
  std::string_view rest = selector.substr(kMentionsProperty.size());
  if (rest.empty()) {
    mentions_tlp_ = Stricter(mentions_tlp_, tlp);
    return !mentions_.empty();
  }
  if (!StartsWith(rest, ".[") || !EndsWith(rest, "]")) return false;
  rest = rest.substr(2, rest.size() - 3);
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
  if (error != std::errc() || end != rest.data() + rest.size()) return false;
  if (index >= mention_of_.size() || mention_of_[index] == kNoMention) return false;
  Mention& mention = mentions_[mention_of_[index]];
  mention.tlp = Stricter(mention.tlp, tlp);
  return true;
}

// The fields that were made of what `selector` names: a property of STIX, or a field of our extension.
std::vector<std::uint16_t> StixMaker::SlotsOf(std::string_view selector) const {
  std::vector<std::uint16_t> slots;
  if (KeptWhole()) return slots;  // what is in a field of it stands in its text too
  std::string prefix = Cat({"extensions.", stix::kExtension, ".fields."});
  if (StartsWith(selector, prefix)) {
    std::string_view name = selector.substr(prefix.size());
    const record::Slot* slot = item_->draft.kind->FindSlot(PropertyOf(name));
    if (slot != nullptr) slots.push_back(slot->number);
    return slots;
  }
  for (const auto& [from, slot] : slot_of_) {
    if (from == PropertyOf(selector)) slots.push_back(slot);
  }
  return slots;
}

// A TLP written where STIX has no place for it: in a label, in a property of one's own. It can only tighten.
void StixMaker::RaiseByWord(std::string_view property, std::string_view word) {
  Warn(property, "names a TLP; the whole object is at least as strict");
  Raise(stix::TlpOfWord(word).value_or(record::Tlp::kRed));
}

// Our extension may mark a field: of an object that is kept whole, the field's text stands in the whole as well.
void StixMaker::RaiseByFields() {
  if (!KeptWhole()) return;
  for (const auto& [slot, field] : item_->draft.fields) {
    if (!field.attributes.tlp.has_value()) continue;
    Warn("extensions", "marks a field of an object that is kept whole; its marking counts for the whole object");
    Raise(field.attributes.tlp);
  }
}

void StixMaker::RaiseByProperties() {
  for (const StixProperty& property : object_->properties) {
    std::vector<std::string_view> words;
    if (property.name == "object_marking_refs" || property.name == "granular_markings") continue;
    if (property.name == "labels" && StringsOf(property.value, &words)) {
      for (std::string_view word : words) {
        if (StartsWith(Lower(Trim(word)), "tlp")) RaiseByWord(property.name, word);
      }
      continue;
    }
    RaiseByNested(property.name, property.value);
  }
}

// Markings of objects within the object, and of extensions: they cannot be told apart here. Our own extension is read
// elsewhere, word for word. The nesting is bounded by Limits::depth.
void StixMaker::RaiseByNested(std::string_view name, const dom::element& value) {
  if (name == stix::kExtension) return;
  std::vector<std::string_view> words;
  if (NamesMarkings(name)) {
    if (!StringsOf(value, &words)) Raise(record::Tlp::kRed);
    Warn(name, "marks something within the object; its marking counts for the whole object");
    for (std::string_view id : words) Raise(MeaningOf(id));
    return;
  }
  if (NamesTlp(name) && !value.is_null()) {
    if (!StringsOf(value, &words)) words = {""};
    for (std::string_view word : words) RaiseByWord(name, word);
    return;
  }
  dom::object object;
  dom::array array;
  if (value.get_object().get(object) == simdjson::SUCCESS) {
    for (dom::key_value_pair member : object) RaiseByNested(member.key, member.value);
  } else if (value.get_array().get(array) == simdjson::SUCCESS) {
    for (dom::element element : array) RaiseByNested("", element);
  }
}

}  // namespace tidegate::intake
