#include "node/reading/concern.h"

#include <algorithm>
#include <variant>

namespace tidegate::reading {
namespace {

bool Contains(const std::vector<record::RecordId>& ids, const record::RecordId& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

absl::StatusOr<Concern> Concern::Of(const store::Reader& reader, const ledger::Register& disclosures,
                                    const record::RecordId& id) {
  Concern concern(disclosures, id);
  auto arrivals = reader.ArrivalsUnder(id);
  if (!arrivals.ok()) return arrivals.status();
  concern.arrivals_ = *std::move(arrivals);
  std::sort(concern.arrivals_.begin(), concern.arrivals_.end());
  bool first = true;
  for (const uint64_t seq : concern.arrivals_) {
    auto holders = disclosures.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      concern.partners_.insert(holding.partner);
      if (auto learnt = concern.LearnVersion(holding.intent_index); !learnt.ok()) return learnt;
    }
    const auto record = Readable(reader.GetRecord(seq), seq, concern.unread_);
    if (!record.ok()) return record.status();
    if (!*record) continue;
    concern.leaves_.insert(record::LogLeaf((*record)->view.statement));
    if (first) concern.since_ms_ = (*record)->arrived_ms;
    first = false;
  }
  return concern;
}

absl::Status Concern::LearnVersion(uint64_t intent_index) {
  const auto entry = disclosures_->Get(intent_index);
  if (StoreFails(entry.status())) return entry.status();
  const auto* intent = entry.ok() ? std::get_if<ledger::Intent>(&*entry) : nullptr;  // List counts a damaged entry
  if (intent != nullptr) versions_.insert(intent->policy_version);
  return absl::OkStatus();
}

bool Concern::HasArrival(uint64_t seq) const { return std::binary_search(arrivals_.begin(), arrivals_.end(), seq); }

bool Concern::InChange(const ledger::Change& change) const {
  if (Contains(change.records, id_)) return true;
  const auto at = std::lower_bound(arrivals_.begin(), arrivals_.end(), change.first_seq);
  return change.first_seq != 0 && at != arrivals_.end() && *at <= change.last_seq;
}

absl::StatusOr<bool> Concern::InParcel(const std::string& partner, uint64_t parcel_seq) {
  const auto [known, fresh] = parcels_.try_emplace({partner, parcel_seq}, false);
  if (!fresh || partners_.count(partner) == 0) return known->second;
  const auto parcel = disclosures_->Parcel(partner, parcel_seq);
  if (absl::IsNotFound(parcel.status())) return false;
  const auto entry = parcel.ok() ? disclosures_->Get(parcel->intent_index) : parcel.status();
  if (StoreFails(entry.status())) return entry.status();
  const auto* intent = entry.ok() ? std::get_if<ledger::Intent>(&*entry) : nullptr;
  known->second = !entry.ok() || (intent != nullptr && InIntent(*intent));
  return known->second;
}

bool Concern::InIntent(const ledger::Intent& intent) const {
  return std::any_of(intent.records.begin(), intent.records.end(),
                     [this](const ledger::IntendedRecord& one) { return HasArrival(one.seq); });
}

absl::StatusOr<bool> Concern::Names(const ledger::Entry& entry) {
  if (const auto* change = std::get_if<ledger::Change>(&entry)) return InChange(*change);
  if (const auto* look = std::get_if<ledger::Consultation>(&entry)) return Contains(look->records, id_);
  if (const auto* intent = std::get_if<ledger::Intent>(&entry)) return InIntent(*intent);
  if (const auto* sent = std::get_if<ledger::ManifestSent>(&entry)) return InParcel(sent->partner, sent->parcel_seq);
  if (const auto* receipt = std::get_if<ledger::Receipt>(&entry)) {
    return InParcel(receipt->partner, receipt->parcel_seq);
  }
  if (const auto* refusal = std::get_if<ledger::Refusal>(&entry)) {
    return leaves_.count(refusal->subject) > 0 ||
           std::any_of(refusal->leaves.begin(), refusal->leaves.end(),
                       [this](const crypto::Hash& leaf) { return leaves_.count(leaf) > 0; });
  }
  if (const auto* decided = std::get_if<ledger::KeepingDecided>(&entry)) return decided->record == id_;
  if (!held()) return false;
  const bool since = ledger::EntryTime(entry) >= since_ms_;
  // Decisions about the partners who got it count, also earlier ones. An entry without a partner is about circles.
  if (const auto* change = std::get_if<ledger::PartnerChange>(&entry)) {
    return partners_.count(change->partner) > 0 || (since && change->partner.empty());
  }
  const auto* applied = std::get_if<ledger::PolicyApplied>(&entry);
  return applied != nullptr && (since || versions_.count(applied->version) > 0);
}

}  // namespace tidegate::reading
