// Earlier revisions of a record.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"

namespace tidegate::reading {
absl::StatusOr<std::vector<uint64_t>> Reading::RevisionsMeant(const store::Reader& reader, const record::RecordId& id,
                                                              std::string_view origin) const {
  auto newest = reader.FindById(id, origin);
  if (absl::IsNotFound(newest.status())) return NotHeld(record::FormatRecordId(id));
  if (absl::IsDataLoss(newest.status())) {
    // A row under the id cannot be read. The index still knows which rows are our own.
    auto own = reader.OwnRevisions(id);
    const std::string& self = directory_.identity().names().organisation;
    if (own.ok() && !own->empty() && (origin.empty() || origin == self)) return own;
  }
  if (!newest.ok()) return newest.status();
  auto namesakes = reader.Namesakes(id);
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
  auto meant = Meant(reader, look.who, id);
  if (!meant.ok()) return meant.status();
  if (const auto newest = Held(reader, *meant, origin); newest.ok() && !(*glance)->MayKnowOf(*newest)) {
    return NotHeld(record::FormatRecordId(*meant));
  }
  auto revisions = RevisionsMeant(reader, *meant, origin);
  if (!revisions.ok()) return revisions.status();
  uint32_t last = 0;
  Unread unread;
  // If the history forks, take the revision that came last.
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    const auto record = Readable(reader.GetRecord(*seq), *seq, unread);
    if (!record.ok()) return record.status();
    // An earlier revision may have had a mark that the newest lacks.
    if (!*record || !(*glance)->MayKnowOf(**record)) continue;
    const auto statement = Readable(record::ParseStatement((*record)->view.statement), *seq, unread);
    if (!statement.ok()) return statement.status();
    if (!*statement) continue;
    last = std::max(last, (*statement)->revision);
    if ((*statement)->revision != revision) continue;
    auto seen = (*glance)->See(**record);
    if (!seen.ok()) return seen;
    if (auto status = Record(look, {(*statement)->record_id}); !status.ok()) return status;
    return seen;
  }
  if (unread.count > 0) {
    return absl::DataLossError(absl::StrCat("reading: revision ", revision, " is not among those that can be read; ",
                                            unread.count, " cannot, the first is arrival ", unread.arrivals.front(),
                                            "; run `tidegate verify`"));
  }
  return absl::NotFoundError(
      absl::StrCat("reading: this record has no revision ", revision, " here; the newest is ", last));
}

absl::StatusOr<History> Reading::HistoryOf(const Look& look, const std::string& id, std::string_view origin) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  auto meant = Meant(reader, look.who, id);
  if (!meant.ok()) return meant.status();
  if (const auto newest = Held(reader, *meant, origin); newest.ok() && !(*glance)->MayKnowOf(*newest)) {
    return NotHeld(record::FormatRecordId(*meant));
  }
  auto revisions = RevisionsMeant(reader, *meant, origin);
  if (!revisions.ok()) return revisions.status();
  History history;
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    if (history.revisions.size() == kMostHistory) {
      history.more = true;
      break;
    }
    auto record = reader.GetRecord(*seq);
    if (record.ok() && !(*glance)->MayKnowOf(*record)) continue;
    auto shows = record.ok() ? (*glance)->See(*record) : absl::StatusOr<Seen>(record.status());
    if (absl::IsPermissionDenied(shows.status())) return shows.status();
    auto seen = Readable(std::move(shows), *seq, history.unread);
    if (!seen.ok()) return seen.status();
    if (*seen) history.revisions.push_back(**std::move(seen));
  }
  if (history.revisions.empty()) {
    return absl::DataLossError("reading: no revision of this record can be read; run `tidegate verify`");
  }
  if (auto status = Record(look, {history.revisions.front().statement.record_id}); !status.ok()) return status;
  return history;
}

}  // namespace tidegate::reading
