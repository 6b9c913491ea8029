// Earlier revisions of a record.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"
#include "node/reading/ids.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostUnreadRevisions = 20;  // of what cannot be read

}  // namespace

absl::StatusOr<std::vector<uint64_t>> Reading::RevisionsMeant(const store::Reader& reader, const std::string& id,
                                                              std::string_view origin) const {
  auto meant = ids_->Meant(reader, id);
  if (!meant.ok()) return meant.status();
  auto newest = reader.FindById(*meant, origin);
  if (absl::IsNotFound(newest.status())) {
    return absl::NotFoundError(absl::StrCat("reading: no record `", id, "` is held here"));
  }
  if (absl::IsDataLoss(newest.status())) {
    // A row under the id cannot be read. The index still knows which rows are our own.
    auto own = reader.OwnRevisions(*meant);
    const std::string& self = directory_.identity().names().organisation;
    if (own.ok() && !own->empty() && (origin.empty() || origin == self)) return own;
  }
  if (!newest.ok()) return newest.status();
  auto namesakes = reader.Namesakes(*meant);
  if (!namesakes.ok()) return namesakes.status();
  for (const store::Namesake& one : *namesakes) {
    if (one.seq == *newest) return reader.Revisions(one.key);
  }
  return std::vector<uint64_t>{*newest};
}

absl::StatusOr<Seen> Reading::ShowRevision(const Look& look, const std::string& id, uint32_t revision,
                                           std::string_view origin) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  auto revisions = RevisionsMeant(reader, id, origin);
  if (!revisions.ok()) return revisions.status();
  uint32_t last = 0;
  // If the history forks, take the revision that came last.
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    auto record = reader.GetRecord(*seq);
    if (!record.ok()) continue;
    auto statement = record::ParseStatement(record->view.statement);
    if (!statement.ok()) continue;
    last = std::max(last, statement->revision);
    if (statement->revision != revision) continue;
    auto seen = (*glance)->See(*record);
    if (!seen.ok()) return seen;
    if (auto status = Record(look, {statement->record_id}); !status.ok()) return status;
    return seen;
  }
  return absl::NotFoundError(
      absl::StrCat("reading: this record has no revision ", revision, " here; the newest is ", last));
}

absl::StatusOr<History> Reading::HistoryOf(const Look& look, const std::string& id, std::string_view origin) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  auto revisions = RevisionsMeant(reader, id, origin);
  if (!revisions.ok()) return revisions.status();
  History history;
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    if (history.revisions.size() == kMostHistory) {
      history.more = true;
      break;
    }
    auto record = reader.GetRecord(*seq);
    auto seen = record.ok() ? (*glance)->See(*record) : absl::StatusOr<Seen>(record.status());
    if (absl::IsPermissionDenied(seen.status())) return seen.status();
    if (seen.ok()) {
      history.revisions.push_back(*std::move(seen));
    } else if (history.unreadable_arrivals.size() < kMostUnreadRevisions) {
      history.unreadable_arrivals.push_back(*seq);
    }
  }
  if (history.revisions.empty()) {
    return absl::DataLossError("reading: no revision of this record can be read; run `tidegate verify`");
  }
  if (auto status = Record(look, {history.revisions.front().statement.record_id}); !status.ok()) return status;
  return history;
}

}  // namespace tidegate::reading
