// The law of the feed (FEED.md): what a partner holds is computed afresh from what its author holds and from its
// policies, and compared with what is there.
#ifndef TIDEGATE_TESTS_SUPPORT_HELD_H_
#define TIDEGATE_TESTS_SUPPORT_HELD_H_

#include <map>
#include <string>

#include "tests/support/memory_node.h"

namespace tidegate::support {

using OpenRungs = std::map<uint16_t, uint8_t>;

// Every intent of `author` about one record for one partner, and what became of it.
inline std::string StoryOf(MemoryNode& author, const std::string& partner, uint64_t seq) {
  std::string story;
  ledger::Filter filter;
  filter.name = "intent";
  filter.partner = partner;
  const ledger::ListPage page = Must(author.disclosures().List(filter, 10000));
  for (const ledger::Listed& listed : page.entries) {
    const auto& intent = std::get<ledger::Intent>(listed.entry);
    for (const ledger::IntendedRecord& record : intent.records) {
      if (record.seq != seq) continue;
      const auto state = author.disclosures().Parcel(partner, intent.parcel_seq);
      story += "\n  parcel " + std::to_string(intent.parcel_seq) + (record.notice ? " notice of " : " item of ") +
               std::to_string(record.openings.size()) +
               (state.ok() && state->answer ? " answered " + std::to_string(static_cast<int>(*state->answer)) : "");
    }
  }
  return story;
}

inline OpenRungs OpenAt(const MemoryNode& partner, const crypto::Hash& leaf) {
  OpenRungs open;
  auto snapshot = partner.Read();
  auto seq = snapshot->FindByLeaf(leaf);
  if (!seq.ok()) return open;
  for (const record::Opened& opened : Must(snapshot->GetRecord(*seq)).view.opened) open[opened.slot] = opened.rung;
  return open;
}

// Of every revision that `author` wrote, `partner` holds exactly what policy allows now: nothing of an earlier one, and
// nothing of anybody else. The register of `author` says the same.
inline void ExpectHeldAsAllowed(MemoryNode& author, const MemoryNode& partner) {
  const auto now_ms = static_cast<int64_t>(author.clock().now_ms);
  auto snapshot = author.Read();
  decision::Candidates candidates(author.decisions().engine());
  const auto party = candidates.engine().Intern(partner::PartyOf(*author.directory().Find(partner.name())));
  uint64_t held_records = 0;
  for (uint64_t seq = 1; seq <= snapshot->LastSeq(); ++seq) {
    auto record = snapshot->GetRecord(seq);
    if (!record.ok() || !record->own || record->event == store::Event::kRecall) continue;
    OpenRungs allowed;
    if (!record->erased && !record->superseded) {
      auto ruling = Must(candidates.Disclose(*snapshot, *record, party, partner.name(), now_ms));
      for (size_t slot = 0; ruling.allowed() && slot < ruling->rungs().size(); ++slot) {
        const int8_t rung = ruling->rungs()[slot];
        if (rung != policy::kWithheld) allowed[static_cast<uint16_t>(slot)] = static_cast<uint8_t>(rung);
      }
    }
    const crypto::Hash leaf = record::LogLeaf(record->view.statement);
    EXPECT_EQ(OpenAt(partner, leaf), allowed) << "arrival " << seq << " of " << author.name();
    held_records += allowed.empty() ? 0 : 1;
    OpenRungs registered;
    if (auto holding = author.disclosures().Disclosed(partner.name(), seq, UINT64_MAX); holding.ok()) {
      for (const record::SlotRung& opening : holding->openings) registered[opening.slot] = opening.rung;
    }
    EXPECT_EQ(registered, allowed) << "the register about arrival " << seq << StoryOf(author, partner.name(), seq);
  }
  uint64_t received = 0, own = 0;
  auto theirs = partner.Read();
  for (uint64_t seq = 1; seq <= theirs->LastSeq(); ++seq) {
    auto record = theirs->GetRecord(seq);
    if (!record.ok() || record->view.opened.empty()) continue;
    if (!record->own) ++received;
    if (record->own && !record->superseded) ++own;
  }
  EXPECT_EQ(received, held_records);
  EXPECT_EQ(Must(theirs->RecordCount()), received + own);
}

}  // namespace tidegate::support

#endif  // TIDEGATE_TESTS_SUPPORT_HELD_H_
