// Earlier revisions of a record.
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"

namespace tidegate::reading {
namespace {

absl::StatusOr<std::vector<uint64_t>> RevisionsOf(const store::Reader& reader, const store::StoredRecord& newest) {
  auto statement = record::ParseStatement(newest.view.statement);
  if (!statement.ok()) return statement.status();
  return reader.Revisions({statement->author_fpr, statement->record_id});
}

}  // namespace

absl::StatusOr<Seen> Reading::ShowRevision(const Look& look, const std::string& id, uint32_t revision,
                                           std::string_view origin) {
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  auto newest = Held(reader, id, origin);
  if (!newest.ok()) return newest.status();
  auto revisions = RevisionsOf(reader, *newest);
  if (!revisions.ok()) return revisions.status();
  uint32_t last = 0;
  // Of a fork, the one that came last.
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
  auto newest = Held(reader, id, origin);
  if (!newest.ok()) return newest.status();
  auto revisions = RevisionsOf(reader, *newest);
  if (!revisions.ok()) return revisions.status();
  History history;
  for (auto seq = revisions->rbegin(); seq != revisions->rend(); ++seq) {
    if (history.revisions.size() == kMostHistory) {
      history.more = true;
      break;
    }
    auto record = reader.GetRecord(*seq);
    if (!record.ok()) return record.status();
    auto seen = (*glance)->See(*record);
    if (!seen.ok()) return seen.status();
    history.revisions.push_back(*std::move(seen));
  }
  if (auto status = Record(look, {history.revisions.front().statement.record_id}); !status.ok()) return status;
  return history;
}

}  // namespace tidegate::reading
