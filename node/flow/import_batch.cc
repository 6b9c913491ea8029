#include "node/flow/import_batch.h"

#include <utility>

#include "node/flow/deed.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {
namespace {

constexpr size_t kMostIdsTold = 1000;

enum class Validity : uint8_t { kStands, kSaidAlready, kChanged };

// Whether an item's verdict still holds in the transaction that carries it out. `may_be_recalled`: MayBeRecalled in it.
absl::StatusOr<Validity> ValidityOf(const OwnRecords& own, store::WriteTransaction& transaction,
                                    const ImportBatch::Entry& entry, const Prepared& record, bool may_be_recalled) {
  if (record.follows != 0 || record.recall) {
    auto newest = transaction.FindRecord(record.key);
    if (!newest.ok()) return newest.status();
    if (!record.recall) return *newest == record.follows ? Validity::kStands : Validity::kChanged;
    // Somebody may have recalled it meanwhile. A row that cannot be read is recalled all the same.
    auto held = transaction.GetRecord(*newest);
    if (StoreFails(held.status())) return held.status();
    return held.ok() && held->event == store::Event::kRecall ? Validity::kChanged : Validity::kStands;
  }
  auto seq = FindBySource(transaction, own.organisation(), entry.source_key);
  if (!seq.ok()) return seq.status();
  if (*seq == 0) {
    if (entry.again) {
      if (auto forgotten = ForgetRecalled(transaction, entry.source_key); !forgotten.ok()) return forgotten;
      return Validity::kStands;
    }
    if (!may_be_recalled) return Validity::kStands;
    auto recalled = WasRecalled(transaction, entry.source_key);
    if (!recalled.ok()) return recalled.status();
    return *recalled ? Validity::kChanged : Validity::kStands;
  }
  auto held = transaction.GetRecord(*seq);
  if (StoreFails(held.status())) return held.status();
  if (!held.ok()) return Validity::kChanged;  // it cannot be read; that must not stop the others
  return held->local.source.said == entry.said ? Validity::kSaidAlready : Validity::kChanged;
}

// A link that lacks an end waits for it; one that is amended and has them waits no longer.
absl::Status NoteWaiting(store::WriteTransaction& transaction, const ImportBatch::Entry& entry,
                         const Prepared& record) {
  if (entry.waits != nullptr) return KeepWaiting(transaction, *entry.waits);
  return record.follows != 0 ? ForgetWaiting(transaction, entry.source_key) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> FindBySource(const store::Reader& reader, const std::string& organisation,
                                      const std::string& source_key) {
  store::Query query;
  query.where = store::Where::All({store::Where::Has(record::SourceTerm(source_key)), store::Where::By(organisation)});
  query.limit = 1;
  auto page = reader.Find(query);
  if (!page.ok()) return page.status();
  return page->seqs.empty() ? 0 : page->seqs.front();
}

void ImportBatch::Outcome::AddTo(ImportProgress& progress) const {
  progress.stored += stored;
  progress.amended += amended;
  progress.withdrawn += withdrawn;
  progress.kept += kept;
  progress.unchanged += unchanged;
  progress.meanwhile += meanwhile;
  for (const std::string& id : ids) {
    if (progress.ids.size() < kMostIdsTold) progress.ids.push_back(id);
  }
}

void ImportBatch::Add(Entry entry) {
  if (entry.facts) {
    facts_.push_back(std::move(entry));
    return;
  }
  bytes_ += entry.record->put.bytes();
  Part& part = entry.record->recall ? recalls_ : entry.record->follows != 0 ? amendments_ : puts_;
  part.records.push_back(*std::move(entry.record));
  entry.record.reset();
  part.entries.push_back(std::move(entry));
}

ImportBatch::Outcome ImportBatch::Foresee() const {
  Outcome outcome;
  outcome.stored = puts_.size();
  outcome.amended = amendments_.size();
  outcome.withdrawn = recalls_.size();
  for (const Entry& entry : facts_) ++(entry.agreed ? outcome.unchanged : outcome.kept);
  return outcome;
}

absl::StatusOr<ImportBatch::Outcome> ImportBatch::Store(OwnRecords& own, ledger::Change change) {
  Outcome outcome;
  change.deed = ledger::Deed::kCollection;
  absl::Status status = StorePart(own, puts_, change, outcome.stored, outcome);
  change.deed = ledger::Deed::kAlteration;
  if (status.ok()) status = StorePart(own, amendments_, change, outcome.amended, outcome);
  if (status.ok()) status = StoreFacts(own, change, outcome);
  // A recall by the source is carried out even if there is no room for the records that it added.
  change.deed = ledger::Deed::kRecall;
  change.source += ": revoked by its source";
  absl::Status recalled = StorePart(own, recalls_, std::move(change), outcome.withdrawn, outcome);
  if (!status.ok()) return status;
  if (!recalled.ok()) return recalled;
  return outcome;
}

absl::Status ImportBatch::StorePart(OwnRecords& own, Part& part, ledger::Change change, uint64_t& count,
                                    Outcome& outcome) {
  if (part.size() == 0) return absl::OkStatus();
  std::vector<Validity> validity(part.size());
  bool may_be_recalled = true;
  const auto still_stands = [&](store::WriteTransaction& transaction, size_t i) -> absl::StatusOr<bool> {
    if (i == 0) may_be_recalled = MayBeRecalled(transaction);
    auto stands = ValidityOf(own, transaction, part.entries[i], part.records[i], may_be_recalled);
    if (!stands.ok()) return stands.status();
    validity[i] = *stands;
    if (*stands != Validity::kStands) return false;
    if (auto kept = NoteWaiting(transaction, part.entries[i], part.records[i]); !kept.ok()) return kept;
    return true;
  };
  auto stored = own.StoreWanted(part.records, std::move(change), still_stands);
  if (!stored.ok()) return stored;
  for (size_t i = 0; i < part.size(); ++i) {
    if (validity[i] == Validity::kStands) {
      ++count;
      if (!part.records[i].recall) outcome.ids.push_back(record::FormatRecordId(part.entries[i].id));
    } else {
      ++(validity[i] == Validity::kSaidAlready ? outcome.unchanged : outcome.meanwhile);
    }
  }
  return absl::OkStatus();
}

absl::Status ImportBatch::StoreFacts(OwnRecords& own, ledger::Change change, Outcome& outcome) {
  if (facts_.empty()) return absl::OkStatus();
  change.source += ": kept as ours";
  Outcome noted;
  const auto note = [&](store::WriteTransaction& transaction, ledger::Change& entered) -> absl::Status {
    noted = {};
    entered.records.clear();
    for (const Entry& entry : facts_) {
      auto newest = transaction.FindRecord(own.KeyOf(entry.id));
      if (!newest.ok()) return newest.status();
      if (*newest != entry.seq) {
        ++noted.meanwhile;
        continue;
      }
      if (auto done = transaction.Relabel(entry.seq, *entry.facts, entered.at_ms); !done.ok()) return done;
      ++(entry.agreed ? noted.unchanged : noted.kept);
      if (!entry.agreed) entered.records.push_back(entry.id);
    }
    entered.count = entered.records.size();
    return absl::OkStatus();
  };
  if (auto status = own.NoteFacts(std::move(change), note); !status.ok()) return status;
  outcome.kept += noted.kept;
  outcome.unchanged += noted.unchanged;
  outcome.meanwhile += noted.meanwhile;
  return absl::OkStatus();
}

}  // namespace tidegate::flow
