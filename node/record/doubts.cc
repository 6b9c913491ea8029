#include "node/record/doubts.h"

#include <algorithm>
#include <utility>

#include "node/record/value/ascii.h"
#include "node/record/value/calendar.h"
#include "node/record/value/refusal.h"
#include "node/record/value/telephone.h"

namespace tidegate::record {
namespace {

constexpr int64_t kSlackMs = int64_t{86'400'000};              // a day: another zone, a slow clock
constexpr int64_t kFarAheadMs = int64_t{10} * 366 * kSlackMs;  // ten years

// Times that somebody can only tell of afterwards.
constexpr std::string_view kOfThePast[] = {"observed",  "reported", "raised", "first_seen",
                                           "last_seen", "posted",   "birth",  "founded"};

bool AnyLacksZone(std::string_view text) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find("..", begin), text.size());
    if (LacksZone(Trimmed(text.substr(begin, end - begin)))) return true;
    begin = end + 2;
  }
  return false;
}

std::string OfTime(std::string_view name, std::string_view text) {
  if (!AnyLacksZone(text)) return {};
  return Joined({"`", name,
                 "` has a time without a zone, which counts as UTC; write `Z` or the offset behind it, such as ",
                 "`2026-03-04T10:20+01:00`"});
}

std::string OfPlace(std::string_view name, std::string_view text) {
  if (text.find(',') == std::string_view::npos || text.find('|') != std::string_view::npos) return {};
  return Joined({"`", name,
                 "` is kept whole, as one exact address: who may see only the town, region or country gets none of it; "
                 "write `name|town|region|country`, such as `|Grimsby|Lincolnshire|GB`"});
}

bool IsOddTelephone(const Scalar& scalar) {
  const auto* const identifier = std::get_if<Identifier>(&scalar);
  return identifier != nullptr && identifier->scheme == "phone" && !identifier->masked &&
         !value::IsOfKnownLength(identifier->value);
}

std::vector<std::string> DoubtsAboutTelephones(const Draft& draft) {
  std::vector<std::string> doubts;
  for (const auto& [number, field] : draft.fields) {
    const std::vector<Scalar>& items = field.value.items;
    if (std::none_of(items.begin(), items.end(), IsOddTelephone)) continue;
    doubts.push_back(
        Joined({"`", draft.kind->slots[number].name,
                "` has a telephone number that is shorter or longer than those of its country; look at its "
                "digits"}));
  }
  return doubts;
}

}  // namespace

std::string DoubtAbout(const Kind& kind, std::string_view name, std::string_view text) {
  const Slot* const slot = kind.FindSlot(name);
  if (slot != nullptr && slot->type == Type::kTime) return OfTime(name, text);
  if (slot != nullptr && slot->type == Type::kPlace) return OfPlace(name, text);
  if (slot != nullptr || !AnyLacksZone(text)) return {};
  const HandlingWord* const word = HandlingWordSaid(name);
  return word != nullptr && OneOf(word->name, {"expiry", "not_before"}) ? OfTime(name, text) : std::string();
}

std::vector<std::string> DoubtsAbout(const Draft& draft, uint64_t now_ms) {
  std::vector<std::string> doubts = DoubtsAboutTelephones(draft);
  const auto now = static_cast<int64_t>(now_ms);
  for (const auto& [number, field] : draft.fields) {
    const Slot& slot = draft.kind->slots[number];
    if (slot.type != Type::kTime) continue;
    const bool past = std::find(std::begin(kOfThePast), std::end(kOfThePast), slot.name) != std::end(kOfThePast);
    const int64_t latest = now + (past ? kSlackMs : kFarAheadMs);
    const bool ahead = std::any_of(field.value.items.begin(), field.value.items.end(), [&](const Scalar& scalar) {
      const auto* const range = std::get_if<TimeRange>(&scalar);
      return range != nullptr && BeginMs(range->from ? *range->from : *range->to) > latest;
    });
    if (!ahead) continue;
    doubts.push_back(Joined({"`", slot.name, past ? "` lies in the future" : "` lies more than ten years ahead",
                             "; look at the year that was typed"}));
  }
  if (draft.handling.expiry_ms && static_cast<int64_t>(*draft.handling.expiry_ms) <= now) {
    doubts.emplace_back("its expiry is past, so it goes to nobody");
  }
  for (std::string& doubt : DoubtsAboutTags(draft)) doubts.push_back(std::move(doubt));
  return doubts;
}

std::vector<std::string> DoubtsAboutTags(const Draft& draft) {
  std::vector<std::string> doubts;
  const CodeList* list = Catalogue::FindCodeList("tag");
  if (list == nullptr) return doubts;
  for (const std::string& tag : draft.local.tags) {
    if (Catalogue::FindCode(*list, tag) != nullptr) continue;
    const std::string_view meant = Catalogue::NearestCode(*list, tag);
    if (!meant.empty())
      doubts.push_back(Joined({"one of its tags is no tag of the catalogue; did you mean `", meant, "`?"}));
  }
  return doubts;
}

}  // namespace tidegate::record
