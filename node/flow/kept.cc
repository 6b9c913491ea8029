#include "node/flow/kept.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::flow {
namespace {

std::string OpeningName(const record::Kind& kind, uint16_t slot, size_t rung) {
  // The register may name what a newer version of this program knows.
  if (slot >= kind.slots.size() || rung >= kind.slots[slot].rungs.size()) return "a field that is not known here";
  const record::Slot& of = kind.slots[slot];
  return absl::StrCat(std::string(of.name), "@", std::string(of.rungs[rung]));
}

}  // namespace

record::RecordKey Keeping::KeyOf(const record::RecordId& id) const {
  return {directory_.identity().log_fingerprint(), id};
}

absl::StatusOr<HeldByPartners> Keeping::HeldOf(const record::RecordId& id) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto revisions = (*snapshot)->Revisions(KeyOf(id));
  if (!revisions.ok()) return revisions.status();
  HeldByPartners held;
  for (const uint64_t seq : *revisions) {
    auto holders = disclosures_.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      if (holding.openings.empty() && !holding.all) continue;
      record::Openings& all = held[holding.partner];
      all = record::Merged(all, holding.openings);
      if (!holding.all) continue;
      auto whole = (*snapshot)->GetRecord(seq);
      if (whole.ok()) all = record::Merged(all, record::OpeningsOf(whole->view));
    }
  }
  return held;
}

absl::StatusOr<std::vector<Kept>> Keeping::KeptNow(const record::RecordId& id, const HeldByPartners& held,
                                                   int64_t now_ms) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  return KeptOf(**snapshot, id, held, now_ms);
}

absl::StatusOr<std::vector<Kept>> Keeping::KeptOf(const store::Reader& reader, const record::RecordId& id,
                                                  const HeldByPartners& held, int64_t now_ms) const {
  std::vector<Kept> kept;
  auto newest = reader.FindRecord(KeyOf(id));
  if (!newest.ok()) return newest.status();
  auto now = reader.GetRecord(*newest);
  if (!now.ok()) return now.status();
  auto statement = record::ParseStatement(now->view.statement);
  if (!statement.ok()) return statement.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
  if (kind == nullptr) return absl::DataLossError("flow: a stored record is of no kind in the catalogue");
  const std::shared_ptr<const policy::Engine> engine = decisions_.engine();
  decision::Candidates candidates(engine);
  HeldByPartners all = held;
  for (const partner::PartnerPtr& partner : directory_.List()) {
    if (partner->active()) all.try_emplace(partner->organisation);
  }
  for (const auto& [organisation, openings] : all) {
    Kept one{organisation, {}, {}, {}};
    const partner::PartnerPtr partner = directory_.Find(organisation);
    one.reached = partner != nullptr && partner->active();
    policy::Rungs rungs;
    if (partner != nullptr) {
      const policy::PartyHandle party = engine->Intern(partner::PartyOf(*partner));
      auto ruling = candidates.Disclose(reader, *now, party, organisation, now_ms);
      if (!ruling.ok()) return ruling.status();
      if (ruling->allowed()) rungs = (*ruling)->rungs();
    }
    const record::Openings gets = record::OpeningsOf(rungs);
    for (const auto& [slot, rung] : gets) one.gets.push_back(OpeningName(*kind, slot, rung));
    const record::Openings stays = record::Limited(openings, gets);
    for (const record::SlotRung& opening : openings) {
      const bool kept_as_finely = std::binary_search(stays.begin(), stays.end(), opening);
      if (!kept_as_finely) one.loses.push_back(OpeningName(*kind, opening.slot, opening.rung));
    }
    const record::Openings known = record::Limited(gets, openings);
    for (const record::SlotRung& opening : gets) {
      const bool held_as_finely = std::binary_search(known.begin(), known.end(), opening);
      if (!held_as_finely) one.gains.push_back(OpeningName(*kind, opening.slot, opening.rung));
    }
    if (!openings.empty() || !gets.empty()) kept.push_back(std::move(one));
  }
  return kept;
}

}  // namespace tidegate::flow
