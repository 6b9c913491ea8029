#include "node/intake/batch.h"

#include <utility>

#include "node/intake/mapping.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

template <typename T>
void FillEmpty(const T& from, T* to) {
  if (*to == T()) *to = from;
}

// What the source is silent about, the importer says. The grade and its conditions belong together: a source that gave
// a handling code keeps its own conditions, even none.
void FillHandling(const record::Handling& from, record::Handling* to) {
  if (to->handling_code.empty()) FillEmpty(from.conditions, &to->conditions);
  FillEmpty(from.tlp, &to->tlp);
  FillEmpty(from.handling_code, &to->handling_code);
  FillEmpty(from.source_grade, &to->source_grade);
  FillEmpty(from.intelligence_grade, &to->intelligence_grade);
  FillEmpty(from.purposes, &to->purposes);
  FillEmpty(from.legal_basis, &to->legal_basis);
  FillEmpty(from.onward, &to->onward);
  FillEmpty(from.expiry_ms, &to->expiry_ms);
  FillEmpty(from.retention, &to->retention);
  FillEmpty(from.pap, &to->pap);
  FillEmpty(from.not_before_ms, &to->not_before_ms);
}

}  // namespace

Batch::Batch(Format format, const std::string& file, const Defaults& defaults, const Limits& limits,
             const ItemSink& items, const RejectSink& rejects)
    : file_(file), defaults_(defaults), limits_(limits), items_(items), rejects_(rejects) {
  summary_.format = format;
}

absl::Status Batch::Add(Item item) {
  record::Draft& draft = item.draft;
  FillHandling(defaults_.handling, &draft.handling);
  FillEmpty(defaults_.local.named_recipients, &draft.local.named_recipients);
  AddTags({defaults_.local.tags.begin(), defaults_.local.tags.end()}, &draft);
  FillEmpty(item.source_key, &draft.local.source_reference);
  if (summary_.format != Format::kStix) WarnOfLooserFields(draft);  // a bundle's own reader names the object's place
  absl::Status valid = record::ValidateHandling(draft.handling);
  if (!valid.ok()) return AddReject(item.position, item.object, "handling", MessageOf(valid), item.original);
  ++summary_.items;
  if (queue_.empty()) queue_.reserve(limits_.batch_items);
  queue_.push_back(std::move(item));
  return queue_.size() < limits_.batch_items ? absl::OkStatus() : Flush();
}

void Batch::WarnOfLooserFields(const record::Draft& draft) {
  for (const auto& [slot, field] : draft.fields) {
    if (draft.handling.tlp.has_value() && field.attributes.tlp.has_value() &&
        *field.attributes.tlp < *draft.handling.tlp) {
      Warn("contradictory TLP markings: a field is marked looser than its record; the strictest holds");
    }
  }
}

absl::Status Batch::AddReject(std::uint64_t position, std::string_view object, std::string_view field,
                              std::string_view reason, std::string_view original) {
  ++summary_.rejected;
  Reject reject;
  reject.file = file_;
  reject.position = position;
  reject.object = object;
  reject.field = field;
  reject.reason = reason;
  reject.original = original;
  return rejects_(reject);
}

void Batch::Warn(const std::string& warning) {
  if (warned_.count(warning) != 0) return;
  if (warned_.size() >= limits_.warnings) {
    ++summary_.warnings_left_out;
    return;
  }
  warned_.insert(warning);
  summary_.warnings.push_back(warning);
}

absl::Status Batch::Flush() {
  if (queue_.empty()) return absl::OkStatus();
  absl::Status taken = items_(queue_);
  queue_.clear();
  return taken;
}

absl::Status Batch::CheckCount() const {
  if (summary_.items + summary_.rejected + summary_.skipped < limits_.items) return absl::OkStatus();
  return Refused({"intake: `", file_, "` has more than ", std::to_string(limits_.items), " items; split it"});
}

Summary Batch::TakeSummary() { return std::move(summary_); }

}  // namespace tidegate::intake
