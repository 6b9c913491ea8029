// Which marking of one draft is looser than another's.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "node/record/draft.h"
#include "node/record/value/ascii.h"
#include "node/record/value/refusal.h"

namespace tidegate::record {
namespace {

// True if every item of `some` is one of `all`.
bool Among(const std::vector<std::string>& some, const std::vector<std::string>& all) {
  return std::all_of(some.begin(), some.end(),
                     [&all](const std::string& item) { return std::find(all.begin(), all.end(), item) != all.end(); });
}

int OnwardRank(const Handling& handling) {
  const std::string_view onward = handling.effective_onward();
  if (onward == kOnwardYes) return 3;
  if (onward == kOnwardUnnamed) return 2;
  return onward == kOnwardAsk ? 1 : 0;
}

bool LooserPap(std::string_view held, std::string_view next) {
  constexpr std::string_view kAscending[] = {"", "CLEAR", "GREEN", "AMBER", "RED"};
  const auto rank = [&](std::string_view pap) {
    return std::find(std::begin(kAscending), std::end(kAscending), pap) - std::begin(kAscending);
  };
  return rank(next) < rank(held);
}

std::string_view LooserHandling(const Handling& held, const Handling& next) {
  if (next.effective_tlp() < held.effective_tlp()) return "tlp";
  if (LooserPap(held.pap, next.pap)) return "pap";
  if (held.handling_code == "C" && next.handling_code != "C") return "handling_code";
  if (!Among(held.conditions, next.conditions)) return "conditions";
  if (!Among(next.purposes, held.purposes)) return "purposes";
  if (!Among(next.legal_basis, held.legal_basis)) return "legal_basis";
  if (OnwardRank(next) > OnwardRank(held)) return "onward";
  if (held.expiry_ms && (!next.expiry_ms || *next.expiry_ms > *held.expiry_ms)) return "expiry";
  if (held.not_before_ms && (!next.not_before_ms || *next.not_before_ms < *held.not_before_ms)) return "not_before";
  return {};
}

Tlp EffectiveTlp(const Handling& handling, const Field& field) {
  return std::max(handling.effective_tlp(), field.attributes.tlp.value_or(Tlp::kClear));
}

// Policies read the tags of the record and those that only this node has as one list.
std::vector<std::string> TagsOfDraft(const Draft& draft) {
  std::vector<std::string> tags = draft.local.tags;
  for (const auto& [number, field] : draft.fields) {
    if (number >= draft.kind->slots.size() || draft.kind->slots[number].label_fact != LabelFact::kTag) continue;
    for (const Scalar& item : field.value.items) {
      if (const auto* code = std::get_if<CodeValue>(&item)) tags.push_back(code->code);
    }
  }
  return tags;
}

}  // namespace

std::string LooserMarking(const Draft& held, const Draft& next) {
  if (const std::string_view looser = LooserHandling(held.handling, next.handling); !looser.empty()) {
    return std::string(looser);
  }
  if (!Among(next.local.named_recipients, held.local.named_recipients)) return "recipients";
  if (!Among(TagsOfDraft(held), TagsOfDraft(next))) return "tags";
  for (const auto& [slot, field] : next.fields) {
    const auto before = held.fields.find(slot);
    if (before == held.fields.end() || slot >= next.kind->slots.size()) continue;
    if (EffectiveTlp(next.handling, field) < EffectiveTlp(held.handling, before->second)) {
      return Joined({next.kind->slots[slot].name, ".tlp"});
    }
  }
  return {};
}

}  // namespace tidegate::record
