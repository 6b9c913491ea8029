#include "absl/strings/str_cat.h"
#include "node/decision/decision.h"

namespace tidegate::decision {

absl::StatusOr<policy::LabelHandle> Candidates::Label(const store::Reader& reader, uint32_t label_id) {
  auto [entry, fresh] = labels_.try_emplace(label_id);
  if (!fresh) return entry->second;
  auto bytes = reader.LabelBytes(label_id);
  auto label = bytes.ok() ? policy::DecodeLabel(*bytes) : absl::StatusOr<policy::Label>(bytes.status());
  if (!label.ok()) {
    labels_.erase(entry);
    return label.status();
  }
  return entry->second = engine_->Intern(*label);
}

absl::StatusOr<policy::MarkingHandle> Candidates::Marking(const std::string& attributes) {
  if (attributes.empty()) return policy::MarkingHandle();
  auto [entry, fresh] = markings_.try_emplace(attributes);
  if (!fresh) return entry->second;
  auto decoded = record::DecodeAttributes(attributes);
  if (!decoded.ok()) {
    markings_.erase(entry);
    return decoded.status();
  }
  return entry->second = engine_->Intern(record::MarkingOf(*decoded));
}

absl::StatusOr<Candidates::Times> Candidates::TimesOf(const std::string& handling) {
  constexpr size_t kMostRemembered = 4096;
  if (const auto known = times_.find(handling); known != times_.end()) return known->second;
  auto decoded = record::DecodeHandling(handling);
  if (!decoded.ok()) return decoded.status();
  Times times;
  if (decoded->not_before_ms) times.not_before_ms = static_cast<int64_t>(*decoded->not_before_ms);
  if (decoded->expiry_ms) times.expiry_ms = static_cast<int64_t>(*decoded->expiry_ms);
  times.names_others = record::NamesOthers(*decoded);
  if (times_.size() >= kMostRemembered) times_.clear();
  times_.emplace(handling, times);
  return times;
}

absl::StatusOr<policy::Candidate> Candidates::Of(const store::Reader& reader, const store::StoredRecord& record) {
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  return Of(reader, record, *statement, record::LogLeaf(record.view.statement));
}

absl::StatusOr<policy::Candidate> Candidates::Of(const store::Reader& reader, const store::StoredRecord& record,
                                                 const record::Statement& statement, const crypto::Hash& leaf) {
  auto times = TimesOf(statement.handling);
  if (!times.ok()) return times.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement.kind, statement.schema_version);
  if (kind == nullptr) return absl::DataLossError("decision: a stored record is of no kind in the catalogue");
  auto label = Label(reader, record.label_id);
  if (!label.ok()) return label.status();

  policy::Candidate candidate;
  candidate.leaf = leaf;
  candidate.kind = statement.kind;
  candidate.label = *std::move(label);
  candidate.not_before_ms = times->not_before_ms;
  candidate.expiry_ms = times->expiry_ms;
  candidate.fields.reserve(record.view.opened.size());
  for (const record::Opened& opened : record.view.opened) {
    if (opened.slot >= kind->slots.size()) return absl::DataLossError("decision: a stored view opens an unknown slot");
    auto marking = Marking(opened.attributes);
    if (!marking.ok()) return marking.status();
    candidate.fields.push_back(
        {opened.slot, policy::HeldFrom(static_cast<int8_t>(opened.rung), kind->slots[opened.slot].rung_count()),
         *std::move(marking)});
  }
  return candidate;
}

}  // namespace tidegate::decision
