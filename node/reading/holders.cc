// Who was sent a record, over all its revisions.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/reading.h"
#include "node/reading/unread.h"

namespace tidegate::reading {
namespace {

// Null if the record cannot be read.
absl::StatusOr<const record::Kind*> KindOf(const store::Reader& reader, uint64_t seq) {
  const auto record = reader.GetRecord(seq);
  if (StoreFails(record.status())) return record.status();
  if (!record.ok()) return static_cast<const record::Kind*>(nullptr);
  const auto statement = record::ParseStatement(record->view.statement);
  return statement.ok() ? record::Catalogue::FindKind(statement->kind, statement->schema_version) : nullptr;
}

// `field@rung`, or the number of the slot where the revision cannot be read.
std::vector<std::string> OpeningsOf(const record::Kind* kind, const ledger::Holding& holding) {
  std::vector<std::string> openings;
  for (const record::SlotRung& opening : holding.openings) {
    if (kind == nullptr || opening.slot >= kind->slots.size()) {
      openings.push_back(absl::StrCat("slot ", opening.slot));
      continue;
    }
    const record::Slot& slot = kind->slots[opening.slot];
    if (opening.rung >= slot.rungs.size()) continue;
    openings.push_back(absl::StrCat(std::string(slot.name), "@", std::string(slot.rungs[opening.rung])));
  }
  return openings;
}

// Every revision of the record that is meant. Where `newest` cannot be read, every arrival under its id.
absl::StatusOr<std::vector<uint64_t>> RevisionsOf(const store::Reader& reader, const record::RecordId& id,
                                                  const absl::StatusOr<store::StoredRecord>& newest) {
  if (absl::IsDataLoss(newest.status())) return reader.ArrivalsUnder(id);
  if (!newest.ok()) return newest.status();
  auto subject = record::ParseStatement(newest->view.statement);
  if (!subject.ok()) return subject.status();
  return reader.Revisions({subject->author_fpr, subject->record_id});
}

absl::StatusOr<std::vector<HeldBy>> PartnersOf(const ledger::Register& disclosures, const store::Reader& reader,
                                               const std::vector<uint64_t>& revisions, uint32_t& unreadable) {
  std::vector<HeldBy> partners;
  for (const uint64_t seq : revisions) {
    const auto kind = KindOf(reader, seq);
    if (!kind.ok()) return kind.status();
    if (*kind == nullptr) ++unreadable;
    auto holdings = disclosures.Holders(seq);
    if (!holdings.ok()) return holdings.status();
    for (ledger::Holding& holding : *holdings) {
      std::vector<std::string> openings = OpeningsOf(*kind, holding);
      partners.push_back({std::move(holding), std::move(openings)});
    }
  }
  return partners;
}

}  // namespace

absl::StatusOr<std::vector<HeldBy>> Reading::PartnersHolding(const record::Statement& statement) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto revisions = (*snapshot)->Revisions({statement.author_fpr, statement.record_id});
  if (!revisions.ok()) return revisions.status();
  uint32_t unreadable = 0;
  return PartnersOf(disclosures_, **snapshot, *revisions, unreadable);
}

absl::StatusOr<Holders> Reading::HoldersOf(const Look& look, const std::string& id, std::string_view origin) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const auto parsed = Meant(**snapshot, look.who, id);
  if (!parsed.ok()) return parsed.status();
  const auto newest = Held(**snapshot, *parsed, origin);
  auto revisions = RevisionsOf(**snapshot, *parsed, newest);
  if (!revisions.ok()) return revisions.status();
  Holders holders;
  holders.id = *parsed;
  if (newest.ok()) {
    holders.origin = newest->origin;
    holders.own = newest->own;
    holders.here = !newest->erased && newest->event != store::Event::kRecall;
  }
  auto partners = PartnersOf(disclosures_, **snapshot, *revisions, holders.unreadable);
  if (!partners.ok()) return partners.status();
  holders.partners = *std::move(partners);
  snapshot->reset();
  if (auto status = Record(look, {*parsed}); !status.ok()) return status;
  return holders;
}

}  // namespace tidegate::reading
