// Decides which part of a stored record may go to one partner. Policy decides about the record itself. This file adds
// what policy cannot know: whether the partner may see the other records that this one names.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "node/decision/decision.h"

namespace tidegate::decision {
namespace {

// A link may link links. We follow no deeper nesting than this, and show nothing that we do not follow.
constexpr int kDeepest = 4;
constexpr std::string_view kLink = "link";

bool OpensAnything(const policy::Rungs& rungs) {
  return std::any_of(rungs.begin(), rungs.end(), [](int8_t rung) { return rung != policy::kWithheld; });
}

// The records that one field names. Empty for a field whose value is `unknown`.
absl::StatusOr<std::vector<record::RecordId>> NamedBy(const record::Slot& slot, std::string_view value) {
  auto decoded = record::DecodeValue(slot, value);
  if (!decoded.ok()) return absl::DataLossError("decision: a stored reference cannot be read");
  std::vector<record::RecordId> ids;
  for (const record::Scalar& item : decoded->items) {
    if (const auto* reference = std::get_if<record::Reference>(&item)) ids.push_back(reference->id);
  }
  return ids;
}

}  // namespace

absl::StatusOr<uint64_t> FindNamed(const store::Reader& reader, const record::LocalFacts& local,
                                   const record::RecordId& id) {
  const std::optional<crypto::Hash> author = record::AuthorOf(local, id);
  return author.has_value() ? reader.FindRecord({*author, id}) : reader.FindById(id);
}

absl::StatusOr<policy::Ruling<policy::Disclosure>> Candidates::Disclose(const store::Reader& reader,
                                                                        const store::StoredRecord& record,
                                                                        const policy::PartyHandle& party,
                                                                        std::string_view partner, int64_t now_ms) {
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  return Disclose(reader, record, *statement, record::LogLeaf(record.view.statement), party, partner, now_ms);
}

absl::StatusOr<policy::Ruling<policy::Disclosure>> Candidates::Disclose(
    const store::Reader& reader, const store::StoredRecord& record, const record::Statement& statement,
    const crypto::Hash& leaf, const policy::PartyHandle& party, std::string_view partner, int64_t now_ms) {
  return Rule(Asking{reader, party, partner, now_ms}, record, statement, leaf, kDeepest);
}

absl::StatusOr<policy::Ruling<policy::Disclosure>> Candidates::Rule(const Asking& asking,
                                                                    const store::StoredRecord& record,
                                                                    const record::Statement& statement,
                                                                    const crypto::Hash& leaf, int depth) {
  auto times = TimesOf(statement.handling);
  if (!times.ok()) return times.status();
  if (times->names_others) {
    return policy::Ruling<policy::Disclosure>(policy::Refusal{
        {}, "its signed handling names circles or organisations; amend it, and the names stay on this node"});
  }
  auto candidate = Of(asking.reader, record, statement, leaf);
  if (!candidate.ok()) return candidate.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement.kind, statement.schema_version);
  bool linked = true;
  for (const record::Opened& opened : record.view.opened) {
    const record::Slot& slot = kind->slots[opened.slot];
    if (slot.type != record::Type::kReference) continue;
    auto shown = Shown(asking, record, slot, opened.value, depth);
    if (!shown.ok()) return shown.status();
    if (*shown) continue;
    linked = false;
    std::erase_if(candidate->fields, [&](const policy::HeldField& field) { return field.slot == opened.slot; });
  }
  if (!linked && kind->name == kLink) {
    return policy::Ruling<policy::Disclosure>(
        policy::Refusal{{}, "it links a record of which this partner may see nothing"});
  }
  return engine_->Disclose(asking.party, *candidate, asking.now_ms);
}

absl::StatusOr<bool> Candidates::Shown(const Asking& asking, const store::StoredRecord& record,
                                       const record::Slot& slot, std::string_view value, int depth) {
  auto ids = NamedBy(slot, value);
  if (!ids.ok()) return ids.status();
  for (const record::RecordId& id : *ids) {
    auto shown = EndShown(asking, record, id, depth);
    if (!shown.ok() || !*shown) return shown;
  }
  return true;
}

absl::StatusOr<bool> Candidates::EndShown(const Asking& asking, const store::StoredRecord& record,
                                          const record::RecordId& id, int depth) {
  auto seq = FindNamed(asking.reader, record.local, id);
  if (absl::IsNotFound(seq.status()) || absl::IsFailedPrecondition(seq.status())) return false;
  if (!seq.ok()) return seq.status();
  auto end = asking.reader.GetRecord(*seq);
  if (!end.ok()) return end.status();
  if (end->erased || end->event == store::Event::kRecall) return false;
  // A partner knows its own records. We pass on nothing about the records of others, not even that they exist.
  if (!end->own) return end->origin == asking.partner;
  if (depth == 0) return false;
  auto statement = record::ParseStatement(end->view.statement);
  if (!statement.ok()) return statement.status();
  auto ruling = Rule(asking, *end, *statement, record::LogLeaf(end->view.statement), depth - 1);
  if (!ruling.ok()) return ruling.status();
  return ruling->allowed() && OpensAnything((*ruling)->rungs());
}

}  // namespace tidegate::decision
