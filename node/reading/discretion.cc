#include "node/reading/discretion.h"

#include <algorithm>
#include <variant>
#include <vector>

namespace tidegate::reading {
namespace {

constexpr uint64_t kMostOfARange = 64;  // arrivals of one entry that are looked at one by one

}  // namespace

bool Discretion::Leaves(ledger::Entry& entry) {
  if (auto* intent = std::get_if<ledger::Intent>(&entry)) return Leaves(*intent);
  if (auto* look = std::get_if<ledger::Consultation>(&entry)) return Leaves(*look);
  if (auto* change = std::get_if<ledger::Change>(&entry)) return Leaves(*change);
  if (auto* refusal = std::get_if<ledger::Refusal>(&entry)) return Leaves(*refusal);
  if (const auto* sent = std::get_if<ledger::ManifestSent>(&entry))
    return LeavesParcel(sent->partner, sent->parcel_seq);
  if (const auto* receipt = std::get_if<ledger::Receipt>(&entry)) {
    return LeavesParcel(receipt->partner, receipt->parcel_seq);
  }
  if (const auto* decided = std::get_if<ledger::KeepingDecided>(&entry)) return MayKnowOf(decided->record);
  if (const auto* given = std::get_if<ledger::Excerpted>(&entry)) return LeavesExcerpt(given->what);
  return true;
}

// An export about one record names it.
bool Discretion::LeavesExcerpt(std::string_view what) {
  constexpr size_t kDigits = 2 * sizeof(record::RecordId);
  for (size_t at = 0; at + kDigits <= what.size(); ++at) {
    const auto id = record::ParseRecordId(std::string(what.substr(at, kDigits)));
    if (id.ok() && !MayKnowOf(*id)) return false;
  }
  return true;
}

bool Discretion::Leaves(ledger::Intent& intent) {
  const bool named = !intent.records.empty();
  std::erase_if(intent.records, [this](const ledger::IntendedRecord& one) { return !MayKnowOfArrival(one.seq); });
  return !named || !intent.records.empty();
}

bool Discretion::Leaves(ledger::Consultation& look) {
  const bool named = !look.records.empty();
  std::erase_if(look.records, [this](const record::RecordId& id) { return !MayKnowOf(id); });
  return !named || !look.records.empty();
}

bool Discretion::Leaves(ledger::Change& change) {
  if (!change.records.empty()) {
    const auto gone = std::erase_if(change.records, [this](const record::RecordId& id) { return !MayKnowOf(id); });
    change.count -= std::min<uint64_t>(change.count, gone);
    return !change.records.empty();
  }
  if (change.first_seq == 0 || change.last_seq - change.first_seq >= kMostOfARange) return true;
  for (uint64_t seq = change.first_seq; seq <= change.last_seq; ++seq) {
    if (MayKnowOfArrival(seq)) return true;
  }
  return false;
}

bool Discretion::Leaves(ledger::Refusal& refusal) {
  if (refusal.leaves.empty()) return MayKnowOfLeaf(refusal.subject);
  std::erase_if(refusal.leaves, [this](const crypto::Hash& leaf) { return !MayKnowOfLeaf(leaf); });
  return !refusal.leaves.empty();
}

// What the intent of a parcel leaves.
bool Discretion::LeavesParcel(const std::string& partner, uint64_t parcel_seq) {
  const auto [known, fresh] = parcels_.try_emplace({partner, parcel_seq}, true);
  if (!fresh) return known->second;
  const auto parcel = disclosures_.Parcel(partner, parcel_seq);
  auto entry = parcel.ok() ? disclosures_.Get(parcel->intent_index) : absl::StatusOr<ledger::Entry>(parcel.status());
  auto* intent = entry.ok() ? std::get_if<ledger::Intent>(&*entry) : nullptr;
  if (intent != nullptr) known->second = Leaves(*intent);
  return known->second;
}

bool Discretion::MayKnowOfLeaf(const crypto::Hash& leaf) {
  const auto seq = reader_.FindByLeaf(leaf);
  return !seq.ok() || MayKnowOfArrival(*seq);
}

bool Discretion::MayKnowOfArrival(uint64_t seq) {
  const auto record = reader_.GetRecord(seq);
  if (!record.ok()) return true;
  const auto statement = record::ParseStatement(record->view.statement);
  return !statement.ok() || MayKnowOf(statement->record_id);
}

// A record that got its mark later had it at all times, as far as the register is read.
bool Discretion::MayKnowOf(const record::RecordId& id) {
  const auto [known, fresh] = known_.try_emplace(id, true);
  if (!fresh) return known->second;
  const auto arrivals = reader_.ArrivalsUnder(id);
  if (!arrivals.ok()) return true;
  for (const uint64_t seq : *arrivals) {
    const auto record = reader_.GetRecord(seq);
    if (record.ok() && !MayKnowOfRow(*record)) known->second = false;
  }
  return known->second;
}

// What is left of a record has no label. Its handling, which it keeps, still says that it was a suspicious-activity
// report where it travelled as one.
bool Discretion::MayKnowOfRow(const store::StoredRecord& record) {
  const policy::Engine& engine = candidates_.engine();
  const auto candidate = candidates_.Of(reader_, record);
  if (candidate.ok()) return engine.May(who_, policy::Action::kAudit, candidate->kind, candidate->label);
  const auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return true;
  const auto handling = record::DecodeHandling(statement->handling);
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind);
  if (!handling.ok() || kind == nullptr) return true;
  const std::vector<std::string>& conditions = handling->conditions;
  if (std::find(conditions.begin(), conditions.end(), record::kSarCondition) == conditions.end()) return true;
  policy::Label label;
  label.kind = std::string(kind->name);
  label.tags = std::vector<std::string>{std::string(record::kSarTag)};
  return engine.May(who_, policy::Action::kAudit, statement->kind, engine.Intern(label));
}

}  // namespace tidegate::reading
