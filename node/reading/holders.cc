// Who was sent a record, over all its revisions.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/reading.h"

namespace tidegate::reading {

absl::StatusOr<Holders> Reading::HoldersOf(const Look& look, const std::string& id, std::string_view origin) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto newest = Held(**snapshot, id, origin);
  if (!newest.ok()) return newest.status();
  auto subject = record::ParseStatement(newest->view.statement);
  if (!subject.ok()) return subject.status();
  auto revisions = (*snapshot)->Revisions({subject->author_fpr, subject->record_id});
  if (!revisions.ok()) return revisions.status();
  Holders holders;
  holders.origin = newest->origin;
  holders.own = newest->own;
  holders.here = !newest->erased && newest->event != store::Event::kRecall;
  for (const uint64_t seq : *revisions) {
    auto record = (*snapshot)->GetRecord(seq);
    if (!record.ok()) return record.status();
    auto statement = record::ParseStatement(record->view.statement);
    if (!statement.ok()) return statement.status();
    const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
    auto holdings = disclosures_.Holders(seq);
    if (!holdings.ok()) return holdings.status();
    for (ledger::Holding& holding : *holdings) {
      HeldBy held{std::move(holding), {}};
      for (const record::SlotRung& opening : held.holding.openings) {
        if (kind == nullptr || opening.slot >= kind->slots.size()) continue;
        const record::Slot& slot = kind->slots[opening.slot];
        if (opening.rung >= slot.rungs.size()) continue;
        held.openings.push_back(absl::StrCat(std::string(slot.name), "@", std::string(slot.rungs[opening.rung])));
      }
      holders.partners.push_back(std::move(held));
    }
  }
  snapshot->reset();
  if (auto status = Record(look, {subject->record_id}); !status.ok()) return status;
  return holders;
}

}  // namespace tidegate::reading
