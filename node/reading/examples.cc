// Examples for the people who are about to apply a plan of policies: what it changes of the newest records.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"
#include "node/reading/narratives.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostExamples = 3;

// Both sets of policies over one state of the store.
struct Comparison {
  const store::Reader& reader;
  const int64_t now_ms;
  decision::Candidates then, now;
};

// A partner as both engines know it, interned once for all records.
struct Watched {
  PartnerExamples found;
  policy::PartyHandle then, now;
};

// The rungs of a record that go to a partner now; none if policy refuses.
absl::StatusOr<policy::Rungs> RungsFor(const Comparison& comparing, decision::Candidates& candidates,
                                       const store::StoredRecord& record, const policy::PartyHandle& party,
                                       const std::string& partner, const policy::KindShape& kind) {
  auto ruling = candidates.Disclose(comparing.reader, record, party, partner, comparing.now_ms);
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

// Adds what changes of this record for this partner. Whether the record was named.
absl::StatusOr<bool> Compare(Comparison& comparing, const store::StoredRecord& record, const record::RecordId& id,
                             const policy::KindShape& kind, Watched& partner) {
  PartnerExamples& found = partner.found;
  auto before = RungsFor(comparing, comparing.then, record, partner.then, found.partner, kind);
  auto after = RungsFor(comparing, comparing.now, record, partner.now, found.partner, kind);
  for (const auto* rungs : {&before, &after}) {
    if (StoreFails(rungs->status())) return rungs->status();
  }
  // A record that names one which cannot be read is no example.
  if (!before.ok() || !after.ok() || *before == *after) return false;
  bool named = false;
  if (found.examples.size() < kMostExamples) {
    found.examples.push_back({id, ChangesOf(kind, *before, *after)});
    named = true;
  }
  if (found.warnings.size() >= kMostExamples) return named;
  auto warnings = NarrativesThatTell(record.view, *after);
  if (!warnings.ok()) return warnings.status();
  for (std::string& warning : *warnings) {
    if (found.warnings.size() >= kMostExamples) break;
    found.warnings.push_back({id, std::move(warning)});
    named = true;
  }
  return named;
}

}  // namespace

absl::StatusOr<Examples> Reading::ExamplesOf(const Look& look, const std::shared_ptr<const policy::Engine>& after) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  Comparison comparing{**snapshot, static_cast<int64_t>(now_ms_()), decision::Candidates(decisions_.engine()),
                       decision::Candidates(after)};
  store::Query newest;
  newest.limit = kExamined;
  // We pass on no records of others.
  newest.where = store::Where::By(directory_.identity().names().organisation);
  auto page = comparing.reader.Find(newest);
  if (!page.ok()) return page.status();
  std::vector<Watched> watched;
  for (const policy::Party& party : partner::Parties(directory_)) {
    watched.push_back(
        {{party.organisation, {}, {}}, comparing.then.engine().Intern(party), comparing.now.engine().Intern(party)});
  }
  std::vector<record::RecordId> named;
  Examples examples;
  for (const uint64_t seq : page->seqs) {
    const auto read = Readable(comparing.reader.GetRecord(seq), seq, examples.unread);
    if (!read.ok()) return read.status();
    if (!*read || Gone(**read)) continue;
    const store::StoredRecord* const record = &**read;
    const auto candidate = Readable(comparing.then.Of(comparing.reader, *record), seq, examples.unread);
    if (!candidate.ok()) return candidate.status();
    if (!*candidate) continue;
    const auto statement = record::ParseStatement(record->view.statement);
    if (!statement.ok()) return statement.status();  // it has a label, so its statement was read
    const policy::KindShape* kind = comparing.now.engine().FindKind(statement->kind);
    if (kind == nullptr) continue;
    if (!comparing.then.engine().CouldRead(look.who, (*candidate)->kind, (*candidate)->label)) continue;
    bool told = false;
    for (Watched& partner : watched) {
      auto compared = Compare(comparing, *record, statement->record_id, *kind, partner);
      if (!compared.ok()) return compared.status();
      told = told || *compared;
    }
    if (told) named.push_back(statement->record_id);
  }
  examples.examined = static_cast<uint32_t>(page->seqs.size());
  for (Watched& partner : watched) examples.partners.push_back(std::move(partner.found));
  snapshot->reset();
  if (named.empty()) return examples;
  if (auto status = Record(look, std::move(named)); !status.ok()) return status;
  return examples;
}

}  // namespace tidegate::reading
