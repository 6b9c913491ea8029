// Records that are held no more: what is left of what was recalled or taken back.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/reading/glance.h"
#include "text/text.h"

namespace tidegate::reading {
namespace {

constexpr std::string_view kRecalled = "recalled", kWithdrawn = "withdrawn";
constexpr uint64_t kMostRows = uint64_t{1} << 15;  // of one page

absl::Status CheckQuestion(const search::Question& question) {
  const std::vector<std::string_view> known = {kRecalled, kWithdrawn};
  if (std::find(known.begin(), known.end(), question.state) == known.end()) {
    return absl::InvalidArgumentError(absl::StrCat("reading: `", question.state,
                                                   "` is not a state; the states are `recalled` and `withdrawn`",
                                                   text::DidYouMean(question.state, known)));
  }
  if (!question.query.empty()) {
    return absl::InvalidArgumentError(
        "reading: a record that is no longer held has no fields to ask for; ask with --kind or --origin alone");
  }
  if (question.identifier.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "reading: a record that is no longer held has no identifier to find it by; ask without --identifier");
}

// Whether this row is what is left of the whole record, and answers the question.
absl::StatusOr<bool> Answers(const store::Reader& reader, const store::StoredRecord& record,
                             const search::Question& question) {
  const bool recalled = record.event == store::Event::kRecall;
  if (recalled != (question.state == kRecalled) || (!recalled && !record.erased) || record.superseded) return false;
  if (!question.origin.empty() && record.origin != question.origin) return false;
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  const record::Kind* kind = record::Catalogue::FindKind(statement->kind);
  if (!question.kind.empty() && (kind == nullptr || kind->name != question.kind)) return false;
  const auto newest = reader.FindRecord({statement->author_fpr, statement->record_id});
  if (!newest.ok()) return newest.status();
  return *newest == record.seq;
}

}  // namespace

absl::StatusOr<Page> Reading::FindGone(const Look& look, const search::Question& question) {
  if (auto status = CheckQuestion(question); !status.ok()) return status;
  auto plan = search::PlanFor(question);
  if (!plan.ok()) return plan.status();
  auto glance = Glance::Begin(*this, look, "");
  if (!glance.ok()) return glance.status();
  const store::Reader& reader = (*glance)->reader();
  Page found;
  std::vector<record::RecordId> shown;
  uint64_t seq = std::min(plan->query.before, reader.LastSeq() + 1);
  uint64_t rows = 0;
  while (seq > 1 && shown.size() < plan->query.limit && rows < kMostRows) {
    --seq;
    ++rows;
    auto row = reader.GetRecord(seq);
    if (absl::IsNotFound(row.status())) continue;  // an event
    const auto record = Readable(std::move(row), seq, found.unread);
    if (!record.ok()) return record.status();
    if (!*record) continue;
    const auto answers = Readable(Answers(reader, **record, question), seq, found.unread);
    if (!answers.ok()) return answers.status();
    if (!answers->value_or(false)) continue;
    auto shows = (*glance)->See(**record);
    if (absl::IsPermissionDenied(shows.status())) return shows.status();
    auto seen = Readable(std::move(shows), seq, found.unread);
    if (!seen.ok()) return seen.status();
    if (!*seen) continue;
    shown.push_back((*seen)->statement.record_id);
    found.records.push_back(**std::move(seen));
  }
  found.stopped = rows == kMostRows && seq > 1 && shown.size() < plan->query.limit;
  found.cursor = search::PrintCursor(seq > 1 ? seq : 0);
  if (auto status = CheckOrigin(question, found); !status.ok()) return status;
  if (auto status = Record(look, std::move(shown)); !status.ok()) return status;
  return found;
}

}  // namespace tidegate::reading
