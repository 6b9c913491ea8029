#include "node/flow/judgement.h"

#include <algorithm>
#include <set>
#include <utility>

#include "node/record/label.h"

namespace tidegate::flow {
namespace {

std::string Cut(std::string text) {
  if (text.size() <= kMostValue) return text;
  size_t end = kMostValue;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

std::string Listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : "; ") + item;
  return text;
}

std::string ShownField(const record::Draft& draft, uint16_t slot) {
  const auto found = draft.fields.find(slot);
  if (found == draft.fields.end()) return "";
  std::string text = record::DisplayValue(draft.kind->slots[slot], found->second.value);
  const record::FieldAttributes& attributes = found->second.attributes;
  if (attributes.tlp) text.append(" (TLP:").append(record::TlpName(*attributes.tlp)).append(")");
  return text;
}

// Of a field that one of them has at least.
bool SameField(const record::Draft& a, const record::Draft& b, uint16_t slot) {
  const auto in_a = a.fields.find(slot);
  const auto in_b = b.fields.find(slot);
  return in_a != a.fields.end() && in_b != b.fields.end() && in_a->second == in_b->second;
}

}  // namespace

Verdict Judge(const record::SourceWord& now, bool revoked, const record::SourceWord& held) {
  const bool foreign = !now.producer.empty() && !held.producer.empty() && now.producer != held.producer;
  if (foreign) return Verdict::kOtherProducer;
  const bool versions = now.version_us != 0 && held.version_us != 0;
  if (versions && now.version_us < held.version_us) return Verdict::kOlder;
  if (revoked) return Verdict::kWithdraw;
  if (!held.known()) return Verdict::kCompare;
  if (now.said == held.said) return Verdict::kUnchanged;
  if (versions && now.version_us == held.version_us) return Verdict::kSameVersion;
  if (held.version_us != 0 && now.version_us == 0) return Verdict::kOlder;  // it does not say that it is newer
  return held.as_imported ? Verdict::kAmend : Verdict::kConflict;
}

std::vector<Difference> Differences(const record::Draft& source, const record::Draft& ours) {
  std::vector<Difference> found;
  const auto add = [&found](std::string_view field, std::string there, std::string here) {
    if (found.size() < kMostDifferences)
      found.push_back({std::string(field), Cut(std::move(there)), Cut(std::move(here))});
  };
  if (source.kind != ours.kind) add("kind", std::string(source.kind->name), std::string(ours.kind->name));
  if (source.handling != ours.handling) {
    add("handling", record::DisplayHandling(source.handling), record::DisplayHandling(ours.handling));
  }
  const auto lists = {std::pair{"recipients", &record::LocalFacts::named_recipients},
                      std::pair{"tags", &record::LocalFacts::tags}};
  for (const auto& [name, list] : lists) {
    if (source.local.*list != ours.local.*list) add(name, Listed(source.local.*list), Listed(ours.local.*list));
  }
  if (source.kind != ours.kind) return found;
  std::set<uint16_t> slots;
  for (const record::Draft* draft : {&source, &ours}) {
    for (const auto& [slot, field] : draft->fields) slots.insert(slot);
  }
  for (const uint16_t slot : slots) {
    if (SameField(source, ours, slot)) continue;
    add(source.kind->slots[slot].name, ShownField(source, slot), ShownField(ours, slot));
  }
  return found;
}

record::Draft AsSigned(record::Draft draft) {
  draft.handling.tlp = draft.handling.effective_tlp();
  std::vector<std::string>& conditions = draft.handling.conditions;
  const bool stated = std::find(conditions.begin(), conditions.end(), record::kSarCondition) != conditions.end();
  if (!stated && record::TaggedSar(draft)) conditions.emplace_back(record::kSarCondition);
  return draft;
}

}  // namespace tidegate::flow
