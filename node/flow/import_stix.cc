#include "node/flow/import_stix.h"

#include <algorithm>
#include <utility>

#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kDanglingLabel = crypto::Label("TGDNGL1");
constexpr size_t kMostTypesTold = 100;

}  // namespace

std::string_view ObjectOfKey(std::string_view source_key) { return source_key.substr(source_key.find(':') + 1); }

crypto::Hash SaidWithoutEnds(const crypto::Hash& said, const std::vector<intake::Reference>& absent) {
  std::string keys;
  for (const intake::Reference& reference : absent) {
    keys += std::to_string(reference.slot) + " " + std::to_string(reference.source_key.size()) + " ";
    keys += reference.source_key;
  }
  return crypto::HashOf({kDanglingLabel, crypto::View(said), keys});
}

absl::Status Dangle(const std::vector<intake::Reference>& absent, intake::Item& item) {
  record::Draft& draft = item.draft;
  const record::Slot* slot = draft.kind->FindSlot("note");  // intake gives no item that may dangle without
  std::string lines;
  for (const intake::Reference& reference : absent) {
    if (!lines.empty()) lines += "\n";
    lines += std::string(draft.kind->slots[reference.slot].name) + ": ";
    lines += std::string(ObjectOfKey(reference.source_key)) + ", which is not held here";
    std::erase_if(item.references, [&](const intake::Reference& one) {
      return one.slot == reference.slot && one.source_key == reference.source_key;
    });
  }
  record::Narrative note;
  if (const auto held = draft.fields.find(slot->number); held != draft.fields.end()) {
    if (const auto* said = std::get_if<record::Narrative>(&held->second.value.items.front())) note = *said;
  }
  note.text += (note.text.empty() ? "" : "\n\n") + lines;
  draft.handling.tlp = record::Tlp::kRed;
  draft.local.named_recipients.clear();  // RED goes to whom it names
  record::SourceWord& word = draft.local.source;
  word.said = SaidWithoutEnds(word.said, absent);
  word.version_us -= std::min<uint64_t>(word.version_us, absent.size());
  return draft.SetValue(slot->name, {{std::move(note)}});
}

std::string TypeKeptWhole(const record::Draft& draft) {
  const record::Slot* slot = draft.kind->name == "foreign" ? draft.kind->FindSlot("object_type") : nullptr;
  const auto field = slot == nullptr ? draft.fields.end() : draft.fields.find(slot->number);
  if (field == draft.fields.end()) return {};
  if (draft.fields.count(draft.kind->FindSlot("note")->number) > 0) return {};  // it says what was cut
  const auto* type = std::get_if<record::Text>(&field->second.value.items.front());
  return type == nullptr ? std::string() : type->text;
}

void CountWhole(const std::string& type, ImportProgress& told) {
  if (type.empty()) return;
  ++told.whole;
  if (told.whole_types.size() < kMostTypesTold) told.whole_types.insert(type);
}

}  // namespace tidegate::flow
