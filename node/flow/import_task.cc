#include "node/flow/import_task.h"

#include <map>
#include <utility>

#include "node/flow/derived.h"

namespace tidegate::flow {

absl::Status SetEnds(Task& task) {
  intake::Item& item = *task.item;
  const bool decided = task.verdict == Verdict::kUnchanged || task.verdict == Verdict::kOlder;
  const bool derived = IsDerived(*item.draft.kind) && !decided;
  std::map<uint16_t, record::Value> values;
  for (size_t i = 0; i < task.ends.size(); ++i) {
    const Held& end = task.ends[i];
    values[item.references[i].slot].items.push_back(record::Reference{end.id});
    if (!derived) continue;
    auto one = end.record ? PassedOnBy(*end.record) : absl::StatusOr<record::Inheritance>(*end.passes_on);
    if (!one.ok()) return one.status();
    task.inherited = task.inherited ? record::Join(*task.inherited, *one) : *std::move(one);
  }
  for (auto& [slot, value] : values) {
    const std::string name(item.draft.kind->slots[slot].name);
    if (auto status = item.draft.SetValue(name, std::move(value)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tidegate::flow
