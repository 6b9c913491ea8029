// Records that are held no more: what is left of what was recalled or taken back.
#include "node/reading/gone.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "node/reading/glance.h"
#include "node/reading/sweep.h"

namespace tidegate::reading {
namespace {

constexpr uint64_t kMostRows = uint64_t{1} << 15;  // of one page
// A snapshot keeps the store from using old pages again.
constexpr std::chrono::milliseconds kLongestLook(500);

// Whether this row is what is left of the whole record.
absl::StatusOr<bool> IsLeft(const store::Reader& reader, const store::StoredRecord& record, const search::Gone& asked) {
  const bool recalled = record.event == store::Event::kRecall;
  if (!(recalled ? asked.recalled : asked.withdrawn && record.erased) || record.superseded) return false;
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  const auto newest = reader.FindRecord({statement->author_fpr, statement->record_id});
  if (!newest.ok()) return newest.status();
  return *newest == record.seq;
}

}  // namespace

absl::StatusOr<Reading::GoneSweep> Reading::SweepGone(const Look& look, const search::Question& question,
                                                      const std::string& as_partner,
                                                      absl::FunctionRef<bool(Seen&&)> visit) {
  if (!as_partner.empty()) {
    return absl::InvalidArgumentError("reading: a record that is no longer held goes to no partner; ask without --as");
  }
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  const auto plan = PlanOf(reader, look, question, true);
  if (!plan.ok()) return plan.status();
  GoneSweep sweep;
  sweep.origin = search::OriginIn(plan->meaning);
  uint64_t seq = std::min(plan->query.before, reader.LastSeq() + 1);
  uint64_t rows = 0;
  bool going = true;
  const auto end = std::chrono::steady_clock::now() + kLongestLook;
  while (seq > 1 && going && rows < kMostRows && std::chrono::steady_clock::now() < end) {
    --seq;
    ++rows;
    auto row = reader.GetRecord(seq);
    if (absl::IsNotFound(row.status())) continue;  // an event
    const auto record = Readable(std::move(row), seq, sweep.unread);
    if (!record.ok()) return record.status();
    if (!*record) continue;
    const auto left = Readable(IsLeft(reader, **record, plan->gone), seq, sweep.unread);
    if (!left.ok()) return left.status();
    if (!left->value_or(false)) continue;
    auto shows = (*glance)->See(**record);
    if (absl::IsPermissionDenied(shows.status())) return shows.status();
    auto seen = Readable(std::move(shows), seq, sweep.unread);
    if (!seen.ok()) return seen.status();
    if (!*seen) continue;
    ++sweep.looked;
    if (search::MatchOf(plan->meaning, SubjectOf(**seen)) == search::Match::kNo) continue;
    going = visit(**std::move(seen));
  }
  sweep.stopped = going && seq > 1;
  sweep.next = seq > 1 ? seq : 0;
  return sweep;
}

absl::StatusOr<Page> Reading::FindGone(const Look& look, const search::Question& question,
                                       const std::string& as_partner) {
  Page found;
  std::vector<record::RecordId> shown;
  const size_t wanted = search::PageOf(question);
  auto swept = SweepGone(look, question, as_partner, [&](Seen&& seen) {
    shown.push_back(seen.statement.record_id);
    found.records.push_back(std::move(seen));
    return shown.size() < wanted;
  });
  if (!swept.ok()) return swept.status();
  found.stopped = swept->stopped;
  found.looked = swept->looked;
  found.unread = swept->unread;
  found.cursor = search::PrintCursor(swept->next);
  search::Question asked = question;
  asked.origin = swept->origin;
  if (auto status = CheckOrigin(asked, found); !status.ok()) return status;
  if (auto status = Record(look, std::move(shown)); !status.ok()) return status;
  return found;
}

}  // namespace tidegate::reading
