// What a plan of policies changes of the newest records: examples for the people who are about to apply it.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/narratives.h"
#include "node/reading/reading.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostExamples = 3;

// What of a record goes to a partner now; nothing where it is refused.
absl::StatusOr<policy::Rungs> RungsFor(decision::Candidates& candidates, const store::Reader& reader,
                                       const store::StoredRecord& record, const policy::PartyHandle& party,
                                       const std::string& partner, const policy::KindShape& kind, int64_t now_ms) {
  auto ruling = candidates.Disclose(reader, record, party, partner, now_ms);
  if (!ruling.ok()) return ruling.status();
  if (ruling->allowed()) return (*ruling)->rungs();
  return policy::Rungs(kind.slots.size(), policy::kWithheld);
}

std::string RungName(const policy::SlotShape& slot, int8_t rung) {
  return rung == policy::kWithheld ? std::string() : slot.precisions[static_cast<size_t>(rung)];
}

std::vector<RungChange> ChangesOf(const policy::KindShape& kind, const policy::Rungs& before,
                                  const policy::Rungs& after) {
  std::vector<RungChange> changes;
  for (size_t slot = 0; slot < before.size() && slot < after.size() && slot < kind.slots.size(); ++slot) {
    if (before[slot] == after[slot]) continue;
    const policy::SlotShape& shape = kind.slots[slot];
    changes.push_back({shape.name, RungName(shape, before[slot]), RungName(shape, after[slot])});
  }
  return changes;
}

// A partner as both engines know it, interned once for all records.
struct Watched {
  PartnerExamples found;
  policy::PartyHandle then, now;
};

}  // namespace

absl::StatusOr<Examples> Reading::ExamplesOf(const Look& look, const std::shared_ptr<const policy::Engine>& after) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const store::Reader& reader = **snapshot;
  decision::Candidates then(decisions_.engine()), now(after);
  const auto now_ms = static_cast<int64_t>(now_ms_());
  store::Query newest;
  newest.limit = kExamined;
  newest.origin = directory_.identity().names().organisation;  // of what others wrote nothing is passed on
  auto page = reader.Find(newest);
  if (!page.ok()) return page.status();
  std::vector<Watched> watched;
  for (const policy::Party& party : partner::Parties(directory_)) {
    watched.push_back({{party.organisation, {}, {}}, then.engine().Intern(party), now.engine().Intern(party)});
  }
  std::vector<record::RecordId> named;
  for (const uint64_t seq : page->seqs) {
    // These are examples: what cannot be read is none, and `find` and `verify` name it.
    auto record = reader.GetRecord(seq);
    if (!record.ok() || record->erased || record->event == store::Event::kRecall) continue;
    auto candidate = then.Of(reader, *record);
    auto statement = record::ParseStatement(record->view.statement);
    if (!candidate.ok() || !statement.ok()) continue;
    const policy::KindShape* kind = now.engine().FindKind(statement->kind);
    if (kind == nullptr || !then.engine().CouldRead(look.who, candidate->kind, candidate->label)) continue;
    bool told = false;
    for (Watched& partner : watched) {
      const std::string& name = partner.found.partner;
      auto old_rungs = RungsFor(then, reader, *record, partner.then, name, *kind, now_ms);
      auto new_rungs = RungsFor(now, reader, *record, partner.now, name, *kind, now_ms);
      if (!old_rungs.ok() || !new_rungs.ok() || *old_rungs == *new_rungs) continue;
      if (partner.found.examples.size() < kMostExamples) {
        partner.found.examples.push_back({statement->record_id, ChangesOf(*kind, *old_rungs, *new_rungs)});
        told = true;
      }
      if (partner.found.warnings.size() >= kMostExamples) continue;
      auto warnings = NarrativesThatTell(record->view, *new_rungs);
      if (!warnings.ok()) return warnings.status();
      for (std::string& warning : *warnings) {
        if (partner.found.warnings.size() >= kMostExamples) break;
        partner.found.warnings.push_back({statement->record_id, std::move(warning)});
        told = true;
      }
    }
    if (told) named.push_back(statement->record_id);
  }
  Examples examples;
  examples.examined = static_cast<uint32_t>(page->seqs.size());
  for (Watched& partner : watched) examples.partners.push_back(std::move(partner.found));
  snapshot->reset();
  if (named.empty()) return examples;
  if (auto status = Record(look, std::move(named)); !status.ok()) return status;
  return examples;
}

}  // namespace tidegate::reading
