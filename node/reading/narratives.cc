#include "node/reading/narratives.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/prose.h"

namespace tidegate::reading {

absl::StatusOr<std::vector<std::string>> NarrativesThatTell(const record::View& view, const policy::Rungs& rungs) {
  auto statement = record::ParseStatement(view.statement);
  if (!statement.ok()) return statement.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
  if (kind == nullptr) return absl::DataLossError("reading: a stored record is of no kind in the catalogue");
  std::vector<std::pair<const record::Slot*, Prose>> narratives;
  std::vector<std::pair<const record::Slot*, record::Value>> hidden;
  for (const record::Opened& opened : view.opened) {
    if (opened.slot >= kind->slots.size() || opened.slot >= rungs.size()) continue;
    const record::Slot& slot = kind->slots[opened.slot];
    const int8_t rung = rungs[opened.slot];
    const bool narrative = slot.field_class == record::FieldClass::kNarrative;
    const bool kept_back = rung == policy::kWithheld || rung > static_cast<int8_t>(opened.rung);
    if (narrative ? rung == policy::kWithheld : !kept_back) continue;
    auto value = record::DecodeValue(slot, opened.value);
    if (!value.ok()) return value.status();
    if (narrative) {
      narratives.emplace_back(&slot, ProseOf(*value, rung));
    } else {
      hidden.emplace_back(&slot, *std::move(value));
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [narrative, prose] : narratives) {
    for (const auto& [slot, value] : hidden) {
      const int8_t rung = rungs[slot->number];
      if (!Says(prose, value, rung)) continue;
      warnings.push_back(absl::StrCat("`", std::string(narrative->name), "` goes and says what `",
                                      std::string(slot->name), "` ",
                                      rung == policy::kWithheld ? "withholds" : "gives more coarsely"));
    }
  }
  return warnings;
}

}  // namespace tidegate::reading
