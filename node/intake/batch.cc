#include "node/intake/batch.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "crypto/bytes.h"
#include "node/intake/target.h"
#include "node/intake/text.h"
#include "node/record/encoding.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kSaidLabel = crypto::Label("TGSAID1");

std::uint64_t BeginningOf(const crypto::Hash& hash) {
  std::uint64_t beginning = 0;
  std::memcpy(&beginning, hash.data(), sizeof(beginning));
  return beginning;
}

template <typename T>
void FillEmpty(const T& from, T* to) {
  if (*to == T()) *to = from;
}

// The importer's handling fills in what the source does not say. The grade and its conditions belong together: if the
// source gave a handling code, its own conditions stay, even if there are none.
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

// Whether a field has a part or attribute of that name already.
bool SaysPart(const record::Field& field, std::string_view part) {
  const auto* narrative = std::get_if<record::Narrative>(&field.value.items.front());
  if (narrative != nullptr && part == "sanitised") return !narrative->sanitised.empty();
  if (narrative != nullptr && part == "heading") return !narrative->heading.empty();
  const record::FieldAttributes& said = field.attributes;
  if (part == "tlp") return said.tlp.has_value();
  if (part == "basis") return !said.basis.empty();
  if (part == "source_grade") return !said.source_grade.empty();
  if (part == "intelligence_grade") return !said.intelligence_grade.empty();
  return !said.asserted_by.empty();
}

// A hash of what the source says, in the record's own terms. The names and the order of its columns do not change it.
// Fails if no record could say it.
absl::StatusOr<crypto::Hash> SaidBy(const Item& item) {
  const record::Draft& draft = item.draft;
  absl::StatusOr<std::string> handling = record::EncodeHandling(draft.handling);
  if (!handling.ok()) return handling.status();
  crypto::ByteWriter said(1024);
  const auto begin = [&said](std::size_t size) { said.Raw(std::to_string(size)).U8(' '); };
  const auto add = [&](std::string_view part) {
    begin(part.size());
    said.Raw(part);
  };
  add(draft.kind->name);
  add(*handling);
  for (const auto& [number, field] : draft.fields) {
    absl::StatusOr<std::string> attributes = record::EncodeAttributes(field.attributes);
    if (!attributes.ok()) return attributes.status();
    add(std::to_string(number));
    add(*attributes);
    const record::Slot& slot = draft.kind->slots[number];
    begin(record::EncodedSize(slot, field.value));
    record::AppendValue(slot, field.value, said);
  }
  for (const std::vector<std::string>* names : {&draft.local.named_recipients, &draft.local.tags}) {
    add(std::to_string(names->size()));
    for (const std::string& name : *names) add(name);
  }
  for (const Reference& reference : item.references) {
    add(std::to_string(reference.slot));
    add(reference.source_key);
    for (const std::string& other : reference.others) add(other);
  }
  return crypto::HashOf({kSaidLabel, said.view()});
}

}  // namespace

Batch::Batch(Format format, const std::string& file, const Defaults& defaults, const Limits& limits,
             const ItemSink& items, const RejectSink& rejects, const TableSink& table)
    : file_(file), defaults_(defaults), limits_(limits), items_(items), rejects_(rejects), table_(table) {
  summary_.format = format;
}

absl::Status Batch::SetMissing(record::Draft* draft) const {
  for (const Setting& setting : defaults_.fields) {
    const std::optional<Target> target = TargetSaid(*draft->kind, setting.field);
    if (!target.has_value() || target->slot == nullptr) continue;
    const auto held = draft->fields.find(target->slot->number);
    // A part is set only on a field that is there; a whole field is set only if it is missing.
    if ((held != draft->fields.end()) == target->part.empty()) continue;
    if (!target->part.empty() && SaysPart(held->second, target->part)) continue;
    if (absl::Status set = Write(*target, setting.value, draft); !set.ok()) return set;
  }
  return absl::OkStatus();
}

absl::Status Batch::Complete(Item* item) {
  record::Draft& draft = item->draft;
  draft.home = defaults_.home;
  if (absl::Status set = SetMissing(&draft); !set.ok()) return set;
  FillHandling(defaults_.handling, &draft.handling);
  FillEmpty(defaults_.local.named_recipients, &draft.local.named_recipients);
  AddTags({defaults_.local.tags.begin(), defaults_.local.tags.end()}, &draft);
  std::vector<std::string>& recipients = draft.local.named_recipients;
  std::sort(recipients.begin(), recipients.end());
  recipients.erase(std::unique(recipients.begin(), recipients.end()), recipients.end());
  draft.local.source_reference = item->source_key;
  if (summary_.format != Format::kStix) WarnOfLooserFields(draft);  // a bundle's own reader names the object's place
  absl::StatusOr<crypto::Hash> said = SaidBy(*item);
  if (!said.ok()) return said.status();
  draft.local.source.said = *said;
  draft.local.source.as_imported = true;
  return record::ValidateLocalFacts(draft.local);
}

absl::Status Batch::Add(Item item) {
  if (item.revoked) {
    item.draft.local.source_reference = item.source_key;
    item.draft.local.source.said = crypto::HashOf({kSaidLabel, "revoked"});
  } else if (absl::Status valid = Complete(&item); !valid.ok()) {
    return AddReject(item.position, item.object, "handling", MessageOf(valid), item.original, item.well_formed);
  }
  if (std::optional<std::uint64_t> first = SeenBefore(item); first.has_value()) {
    if (item.repeats && SaysTheSame(item)) return absl::OkStatus();
    return AddReject(item.position, item.object, "", WhyRepeated(item, *first), item.original, item.well_formed);
  }
  if (item.repeats && said_.size() < limits_.identities)
    said_.emplace(BeginningOf(crypto::HashOf({item.source_key})), BeginningOf(item.draft.local.source.said));
  ++summary_.items;
  if (summary_.format == Format::kCsv && !item.draft.handling.tlp.has_value()) ++unmarked_;
  if (queue_.empty()) queue_.reserve(limits_.batch_items);
  queue_.push_back(std::move(item));
  return queue_.size() < limits_.batch_items ? absl::OkStatus() : Flush();
}

bool Batch::SaysTheSame(const Item& item) {
  const auto found = said_.find(BeginningOf(crypto::HashOf({item.source_key})));
  return found != said_.end() && found->second == BeginningOf(item.draft.local.source.said);
}

void Batch::Claim(const std::string& source_key, std::uint64_t position) {
  if (source_key.empty() || seen_.size() >= limits_.identities) return;
  seen_.try_emplace(BeginningOf(crypto::HashOf({source_key})), position);
}

bool Batch::Repeats(const Item& item) const { return seen_.contains(BeginningOf(crypto::HashOf({item.source_key}))); }

std::optional<std::uint64_t> Batch::SeenBefore(const Item& item) {
  if (summary_.format == Format::kReport) return std::nullopt;  // one a file
  const std::uint64_t key = BeginningOf(crypto::HashOf({item.source_key}));
  if (const auto found = seen_.find(key); found != seen_.end()) return found->second;
  if (seen_.size() < limits_.identities) {
    seen_.emplace(key, item.position);
  } else {
    Warn("the file has so many items that the import no longer finds two of the same identity; split the file");
  }
  return std::nullopt;
}

std::string Batch::WhyRepeated(const Item& item, std::uint64_t first) const {
  const std::string number = std::to_string(first);
  if (summary_.format == Format::kStix) return Cat({"the same thing as object ", number, " of this file"});
  if (item.repeats) {
    return Cat({"says something else of ", item.identity.empty() ? "it" : item.identity,
                ", or marks it otherwise, than row ", number,
                "; a further record of a row may have a marking of its own"});
  }
  if (!item.identity.empty()) return Cat({"same ", item.identity, " as row ", number});
  return Cat({"says the same as row ", number,
              "; if each row is a thing of its own, write `each_row = true` into the mapping, or `identity`"});
}

void Batch::WarnOfLooserFields(const record::Draft& draft) {
  for (const auto& [slot, field] : draft.fields) {
    if (draft.handling.tlp.has_value() && field.attributes.tlp.has_value() &&
        *field.attributes.tlp < *draft.handling.tlp) {
      Warn("contradictory TLP markings: a field is marked looser than its record; the stricter one holds");
    }
  }
}

absl::Status Batch::AddReject(std::uint64_t position, std::string_view object, std::string_view field,
                              std::string_view reason, std::string_view original, bool well_formed) {
  ++summary_.rejected;
  Reject reject;
  reject.file = file_;
  reject.position = position;
  reject.object = object;
  reject.field = field;
  reject.reason = reason;
  reject.original = original;
  reject.well_formed = well_formed;
  return rejects_(reject);
}

absl::Status Batch::AddReject(std::uint64_t position, std::vector<Fault> faults, std::string_view original,
                              bool well_formed) {
  ++summary_.rejected;
  Reject reject;
  reject.file = file_;
  reject.position = position;
  reject.field = std::move(faults.front().field);
  reject.reason = std::move(faults.front().reason);
  reject.value = std::move(faults.front().value);
  reject.further.assign(std::make_move_iterator(faults.begin() + 1), std::make_move_iterator(faults.end()));
  reject.original = original;
  reject.well_formed = well_formed;
  return rejects_(reject);
}

absl::Status Batch::AddRejects(std::uint64_t items, std::uint64_t position, std::string_view field,
                               std::string_view reason) {
  summary_.rejected += items;
  Reject reject;
  reject.file = file_;
  reject.position = position;
  reject.field = field;
  reject.reason = reason;
  reject.items = items;
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

Summary Batch::TakeSummary() {
  if (unmarked_ > 0)
    Warn(Cat({std::to_string(unmarked_),
              unmarked_ == 1 ? " row without TLP counts as RED" : " rows without TLP count as RED"}));
  return std::move(summary_);
}

}  // namespace tidegate::intake
