#include "node/api/narratives.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/policy_versions.h"
#include "node/api/prose.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostExamples = 3;

// A record under two engines, as a plan compares them.
struct Seen {
  policy::Rungs before, after;
};

policy::Rungs RungsFor(decision::Candidates& candidates, const policy::PartyHandle& party,
                       const policy::Candidate& candidate, int64_t now_ms) {
  auto ruling = candidates.engine().Disclose(party, candidate, now_ms);
  if (ruling.allowed()) return ruling->rungs();
  const policy::KindShape* kind = candidates.engine().FindKind(candidate.kind);
  return policy::Rungs(kind == nullptr ? 0 : kind->slots.size(), policy::kWithheld);
}

// A partner of the plan as both engines know it, interned once for all records.
struct Watched {
  v1::PartnerPlan* line;
  policy::PartyHandle then, now;
};

std::vector<Watched> Watch(const Rooms& rooms, const policy::Engine& then, const policy::Engine& now,
                           v1::PlanPoliciesReply& plan) {
  std::vector<Watched> watched;
  for (v1::PartnerPlan& line : *plan.mutable_partners()) {
    const partner::PartnerPtr partner = rooms.directory.Find(line.organisation());
    if (partner == nullptr) continue;
    const policy::Party party = PartyOf(*partner);
    watched.push_back({&line, then.Intern(party), now.Intern(party)});
  }
  return watched;
}

constexpr size_t kMostFieldsNamed = 6;

// `ID: title nothing -> whole; place place.region -> place.exact`
std::string InWords(const policy::KindShape& kind, const std::string& id, const Seen& seen) {
  std::string text;
  size_t changed = 0;
  for (uint16_t slot = 0; slot < seen.before.size() && slot < seen.after.size() && slot < kind.slots.size(); ++slot) {
    if (seen.before[slot] == seen.after[slot] || ++changed > kMostFieldsNamed) continue;
    const auto name = [&](int8_t rung) {
      return rung == policy::kWithheld ? std::string("nothing") : RungName(kind, slot, rung);
    };
    absl::StrAppend(&text, text.empty() ? "" : "; ", kind.slots[slot].name, " ", name(seen.before[slot]), " -> ",
                    name(seen.after[slot]));
  }
  if (changed > kMostFieldsNamed) absl::StrAppend(&text, "; and ", changed - kMostFieldsNamed, " more fields");
  return absl::StrCat(id, ": ", text);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> NarrativesThatTell(const record::View& view, const policy::Rungs& rungs) {
  auto statement = record::ParseStatement(view.statement);
  if (!statement.ok()) return statement.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
  if (kind == nullptr) return absl::DataLossError("api: a stored record is of no kind in the catalogue");
  std::vector<std::pair<const record::Slot*, Prose>> narratives;
  std::vector<std::pair<const record::Slot*, record::Value>> hidden;
  for (const record::Opened& opened : view.opened) {
    if (opened.slot >= kind->slots.size() || opened.slot >= rungs.size()) continue;
    const record::Slot& slot = kind->slots[opened.slot];
    const int8_t rung = rungs[opened.slot];
    const bool narrative = slot.field_class == record::FieldClass::kNarrative;
    const bool kept_back = rung == policy::kWithheld || rung > static_cast<int8_t>(opened.rung);
    if (narrative ? rung == policy::kWithheld : !kept_back) continue;
    auto value = record::DecodeValue(slot, opened.value);
    if (!value.ok()) return value.status();
    if (narrative) {
      narratives.emplace_back(&slot, ProseOf(*value, rung));
    } else {
      hidden.emplace_back(&slot, *std::move(value));
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [narrative, prose] : narratives) {
    for (const auto& [slot, value] : hidden) {
      const int8_t rung = rungs[slot->number];
      if (!Says(prose, value, rung)) continue;
      warnings.push_back(absl::StrCat("`", std::string(narrative->name), "` goes and says what `",
                                      std::string(slot->name), "` ",
                                      rung == policy::kWithheld ? "withholds" : "gives more coarsely"));
    }
  }
  return warnings;
}

absl::Status AddExamples(const Rooms& rooms, const std::shared_ptr<const policy::Engine>& after,
                         v1::PlanPoliciesReply* plan) {
  auto snapshot = rooms.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  decision::Candidates then(rooms.decisions.engine()), now(after);
  const auto now_ms = static_cast<int64_t>(rooms.now_ms());
  store::Query newest;
  newest.limit = kExamined;
  auto page = (*snapshot)->Find(newest);
  if (!page.ok()) return page.status();
  std::vector<Watched> watched = Watch(rooms, then.engine(), now.engine(), *plan);
  for (const uint64_t seq : page->seqs) {
    // These are examples: what cannot be read is none, and `find` and `verify` name it.
    auto record = (*snapshot)->GetRecord(seq);
    if (!record.ok() || record->erased || record->event == store::Event::kRecall) continue;
    auto old_candidate = then.Of(**snapshot, *record);
    auto new_candidate = now.Of(**snapshot, *record);
    auto statement = record::ParseStatement(record->view.statement);
    if (!old_candidate.ok() || !new_candidate.ok() || !statement.ok()) continue;
    const std::string id = record::FormatRecordId(statement->record_id);
    const policy::KindShape* kind = now.engine().FindKind(statement->kind);
    if (kind == nullptr) continue;
    for (Watched& partner : watched) {
      v1::PartnerPlan& line = *partner.line;
      const Seen seen{RungsFor(then, partner.then, *old_candidate, now_ms),
                      RungsFor(now, partner.now, *new_candidate, now_ms)};
      if (seen.before == seen.after) continue;
      if (line.examples_size() < static_cast<int>(kMostExamples)) line.add_examples(InWords(*kind, id, seen));
      if (line.warnings_size() >= static_cast<int>(kMostExamples)) continue;
      auto told = NarrativesThatTell(record->view, seen.after);
      if (!told.ok()) return told.status();
      for (const std::string& warning : *told) {
        if (line.warnings_size() < static_cast<int>(kMostExamples)) line.add_warnings(absl::StrCat(id, ": ", warning));
      }
    }
  }
  plan->set_examined(static_cast<uint32_t>(page->seqs.size()));
  return absl::OkStatus();
}

}  // namespace tidegate::api
