#include "node/record/draft.h"

#include <utility>

#include "absl/status/status.h"
#include "node/record/value/refusal.h"

namespace tidegate::record {
namespace {

absl::Status UnknownField(const Kind& kind, std::string_view name) {
  const std::string_view nearest = Catalogue::NearestSlot(kind, name);
  const std::string shown(name.substr(0, 40));
  if (nearest.empty()) return Refuse({"kind `", kind.name, "` has no field `", shown, "`"});
  return Refuse({"kind `", kind.name, "` has no field `", shown, "`; did you mean `", nearest, "`?"});
}

// Sets one part of a narrative beside its text.
absl::Status SetNarrativePart(const Slot& slot, Field& field, std::string_view part, std::string_view text) {
  if (field.value.items.empty()) field.value.items.emplace_back(Narrative{});
  auto* narrative = std::get_if<Narrative>(&field.value.items.front());
  if (slot.repeated || narrative == nullptr) return RefuseField(slot, {"has no `", part, "`: it is not a narrative"});
  (part == "sanitised" ? narrative->sanitised : narrative->heading) = text;
  return ValidateValue(slot, field.value);
}

}  // namespace

absl::StatusOr<Draft> Draft::Create(std::string_view kind_name) {
  Draft draft;
  draft.kind = Catalogue::FindKind(kind_name);
  if (draft.kind != nullptr) return draft;
  std::string kinds;
  std::string_view last;
  for (const Kind& kind : Catalogue::Kinds()) {
    if (kind.name != last) kinds += Joined({kinds.empty() ? "" : ", ", kind.name});
    last = kind.name;
  }
  return absl::NotFoundError(Joined({"record: no kind `", kind_name.substr(0, 40), "`; there are ", kinds}));
}

absl::Status Draft::SetField(std::string_view name, std::string_view text) {
  const size_t dot = name.find('.');
  const std::string_view field_name = name.substr(0, dot);
  const Slot* slot = kind->FindSlot(field_name);
  if (slot == nullptr) return UnknownField(*kind, field_name);

  if (dot == std::string_view::npos) {
    absl::StatusOr<Value> value = ParseValue(*slot, text, home);
    if (!value.ok()) return value.status();
    Value& held = fields[slot->number].value;
    auto* narrative = std::get_if<Narrative>(&value->items.front());
    if (narrative != nullptr && !held.items.empty()) {  // its heading may have been set first
      if (const auto* before = std::get_if<Narrative>(&held.items.front())) {
        narrative->sanitised = before->sanitised;
        narrative->heading = before->heading;
      }
    }
    held = *std::move(value);
    return absl::OkStatus();
  }
  Field field;
  if (const auto at = fields.find(slot->number); at != fields.end()) field = at->second;
  const std::string_view part = name.substr(dot + 1);
  if (part == "sanitised" || part == "heading") {
    if (slot->type != Type::kNarrative) return RefuseField(*slot, {"has no `", part, "`: it is not a narrative"});
    if (absl::Status set = SetNarrativePart(*slot, field, part, text); !set.ok()) return set;
  } else if (absl::Status set = field.attributes.Set(part, text); !set.ok()) {
    return set;
  }
  fields[slot->number] = std::move(field);
  return absl::OkStatus();
}

absl::Status Draft::SetValue(std::string_view name, Value value) {
  const Slot* slot = kind->FindSlot(name);
  if (slot == nullptr) return UnknownField(*kind, name);
  if (absl::Status valid = ValidateValue(*slot, value); !valid.ok()) return valid;
  fields[slot->number].value = std::move(value);
  return absl::OkStatus();
}

bool Draft::ClearField(std::string_view name) {
  const Slot* slot = kind->FindSlot(name);
  return slot != nullptr && fields.erase(slot->number) > 0;
}

}  // namespace tidegate::record
