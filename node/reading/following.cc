// What answers a question from now on: records that arrive, are amended, recalled or taken back.
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "node/reading/sweep.h"

namespace tidegate::reading {
namespace {

// How often a follower looks whether its asker has gone.
constexpr absl::Duration kLookAround = absl::Seconds(1);

using Fresh = std::pair<record::RecordId, std::string>;  // with the author: others may use the id

// The record that arrived or was recalled, or whose giver took it back; none for anything else.
absl::StatusOr<std::optional<Fresh>> FreshOf(const store::Reader& reader, uint64_t seq) {
  auto arrival = reader.Get(seq);
  if (StoreFails(arrival.status())) return arrival.status();
  // A row that cannot be read must not hide the rows after it. Find and `status` count such rows.
  if (!arrival.ok()) return std::optional<Fresh>();
  absl::StatusOr<store::StoredRecord> record = absl::NotFoundError("");
  if (arrival->event == store::Event::kErase) {
    record = reader.GetRecord(arrival->subject);
  } else if (arrival->record && (!arrival->record->erased || arrival->event == store::Event::kRecall)) {
    record = *std::move(arrival->record);
  }
  if (StoreFails(record.status())) return record.status();
  if (!record.ok()) return std::optional<Fresh>();
  auto statement = record::ParseStatement(record->view.statement);
  if (!statement.ok()) return std::optional<Fresh>();
  return std::optional<Fresh>(Fresh(statement->record_id, record->origin));
}

}  // namespace

absl::StatusOr<std::optional<Seen>> Reading::SeenIfAnswers(const Look& look, const record::RecordId& id,
                                                           const std::string& origin, const search::Meaning& meaning) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  auto record = Held((*glance)->reader(), id, origin);
  if (!record.ok()) return record.status();
  auto seen = (*glance)->See(*record);
  if (!seen.ok()) return seen.status();
  const search::Match match = search::MatchOf(meaning, SubjectOf(*seen));
  if (match == search::Match::kNo) return std::optional<Seen>();
  seen->may = match == search::Match::kMay;
  return std::optional<Seen>(*std::move(seen));
}

absl::Status Reading::Follow(const Look& look, const search::Question& question, uint64_t after,
                             const std::function<bool(const Seen&)>& write, const std::function<bool()>& cancelled) {
  if (auto status = CheckReason(look); !status.ok()) return status;
  const auto may_search = decisions_.engine()->Search(look.who, look.verb, look.reason);
  if (!may_search.allowed()) return RefusedTo(look, may_search.refusal());
  auto begun = store_.Read();
  if (!begun.ok()) return begun.status();
  const auto plan = PlanOf(**begun, look, question, true);
  if (!plan.ok()) return plan.status();
  begun->reset();
  while (!cancelled()) {
    const uint64_t last = store_.WaitBeyond(after, absl::Now() + kLookAround);
    if (last <= after) {
      if (!store_.Health().ok()) return store_.Health();
      continue;
    }
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    std::vector<Fresh> fresh;
    std::set<Fresh> known;
    for (uint64_t seq = after + 1; seq <= last; ++seq) {
      auto one = FreshOf(**snapshot, seq);
      if (!one.ok()) return one.status();
      if (*one && known.insert(**one).second) fresh.push_back(**std::move(one));
    }
    snapshot->reset();
    after = last;
    for (const auto& [id, origin] : fresh) {
      auto seen = SeenIfAnswers(look, id, origin, plan->meaning);
      if (StoreFails(seen.status())) return seen.status();
      if (!seen.ok() || !*seen) continue;
      if (auto status = Record(look, {id}); !status.ok()) return status;
      if (!write(**seen)) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

}  // namespace tidegate::reading
