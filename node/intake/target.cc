#include "node/intake/target.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "node/intake/text.h"
#include "node/record/record.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

using record::Slot;

// The parts of a narrative that Draft::SetField takes beside its attributes.
constexpr std::array<std::string_view, 2> kNarrativeParts = {"sanitised", "heading"};

absl::StatusOr<Target> FieldTarget(const record::Kind& kind, std::string_view name) {
  std::size_t dot = name.find('.');
  std::string_view field = name.substr(0, dot);
  Target target;
  target.slot = kind.FindSlot(field);
  if (target.slot == nullptr) {
    std::vector<std::string> fields;
    for (const Slot& slot : kind.slots) fields.emplace_back(slot.name);
    return Refused({"`", kind.name, "` has no field `", field, "`", text::DidYouMean(field, fields)});
  }
  target.name = name;
  target.many = target.slot->repeated && dot == std::string_view::npos;
  if (dot == std::string_view::npos) return target;
  target.part = name.substr(dot + 1);
  std::vector<std::string> parts(std::begin(record::kAttributeWords), std::end(record::kAttributeWords));
  if (target.slot->type == record::Type::kNarrative) {
    parts.insert(parts.end(), kNarrativeParts.begin(), kNarrativeParts.end());
  }
  for (const std::string& part : parts) {
    if (part == target.part) return target;
  }
  return Refused({"`", field, "` has no part or attribute `", target.part, "`", text::DidYouMean(target.part, parts)});
}

absl::StatusOr<Target> HandlingTarget(std::string_view name) {
  const record::HandlingWord* word = record::FindHandlingWord(name);
  if (word == nullptr) {
    return Refused({"the handling has no `", name, "`", text::DidYouMean(name, record::HandlingWordNames())});
  }
  Target target;
  target.room = Target::Room::kHandling;
  target.name = word->name;
  target.many = word->several;
  return target;
}

// Names that people give to what has another name.
struct Alias {
  std::string_view said;
  std::string_view target;  // without the kind, if it is a field
};
constexpr Alias kAliases[] = {
    {"sanitised", "narrative.sanitised"},
    {"heading", "narrative.heading"},
    {"reference", "external_id"},
    {"date", "reported"},
    {"recipient", "local.recipients"},
    {"recipients", "local.recipients"},
    {"tag", "local.tags"},
};

std::vector<std::string> Strings(const std::vector<std::string_view>& views) {
  return std::vector<std::string>(views.begin(), views.end());
}

}  // namespace

absl::StatusOr<Target> ParseTarget(const record::Kind& kind, std::string_view text) {
  std::size_t dot = text.find('.');
  std::string_view room = text.substr(0, dot);
  std::string_view name = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  if (room == "handling") return HandlingTarget(name);
  if (room == "local" && (name == "recipients" || name == "tags")) {
    Target target;
    target.room = name == "tags" ? Target::Room::kTags : Target::Room::kRecipients;
    target.name = name;
    target.many = true;
    return target;
  }
  if (room == kind.name && !name.empty()) return FieldTarget(kind, name);
  std::vector<std::string> rooms = {std::string(kind.name), "handling", "local"};
  return Refused({"`", text, "` is not `", kind.name, ".FIELD`, `handling.NAME`, `local.recipients` or `local.tags`",
                  text::DidYouMean(room, rooms)});
}

std::optional<Target> TargetSaid(const record::Kind& kind, std::string_view name) {
  std::string said = Lower(name);
  std::replace(said.begin(), said.end(), '-', '_');
  const auto parsed = [&kind](std::string_view text) -> std::optional<Target> {
    absl::StatusOr<Target> target = ParseTarget(kind, text);
    return target.ok() ? std::optional<Target>(*std::move(target)) : std::nullopt;
  };
  if (kind.FindSlot(std::string_view(said).substr(0, said.find('.'))) != nullptr) {
    return parsed(Cat({kind.name, ".", said}));
  }
  for (const Alias& alias : kAliases) {
    if (alias.said != said) continue;
    return parsed(StartsWith(alias.target, "local.") ? std::string(alias.target) : Cat({kind.name, ".", alias.target}));
  }
  const record::HandlingWord* const word = record::HandlingWordSaid(said);
  return word != nullptr ? parsed(Cat({"handling.", word->name})) : std::nullopt;
}

std::vector<std::string> NamesSaid(const record::Kind& kind) {
  std::vector<std::string> names;
  for (const Slot& slot : kind.slots) names.emplace_back(slot.name);
  for (const Alias& alias : kAliases) names.emplace_back(alias.said);
  for (const std::string_view word : record::HandlingWordNames()) names.emplace_back(word);
  return names;
}

absl::Status Write(const Target& target, std::string_view text, record::Draft* draft) {
  switch (target.room) {
    case Target::Room::kField:
      return draft->SetField(target.name, text);
    case Target::Room::kHandling:
      return draft->handling.Set(target.name, text);
    case Target::Room::kRecipients:
      draft->local.named_recipients = Strings(SplitList(text, ';'));
      return absl::OkStatus();
    case Target::Room::kTags:
      AddTags(SplitList(text, ';'), draft);
      return absl::OkStatus();
  }
  return absl::InternalError("intake: a target without a room");
}

void AddTags(const std::vector<std::string_view>& tags, record::Draft* draft) {
  std::vector<std::string>& held = draft->local.tags;
  held.insert(held.end(), tags.begin(), tags.end());
  record::SettleTags(held);
}

}  // namespace tidegate::intake
