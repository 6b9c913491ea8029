#include "node/flow/deed.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/author.h"

namespace tidegate::flow {

absl::Status CheckReason(const std::string& reason) {
  if (reason.size() <= kMostReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("flow: a reason has at most ", kMostReasonBytes, " bytes"));
}

ledger::Change ChangeBy(ledger::Deed deed, const policy::Principal& who, const std::string& reason,
                        std::string_view source, std::vector<record::RecordId> records) {
  ledger::Change change;
  change.deed = deed;
  change.user = who.user();
  change.reason = reason;
  change.source = std::string(source);
  change.records = std::move(records);
  return change;
}

absl::StatusOr<store::StoredRecord> Current(const store::Store& store, const std::string& id) {
  auto record_id = record::ParseRecordId(id);
  if (!record_id.ok()) return record_id.status();
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto seq = (*snapshot)->FindById(*record_id);
  if (absl::IsNotFound(seq.status()))
    return absl::NotFoundError(absl::StrCat("flow: no record `", id, "` is held here"));
  if (!seq.ok()) return seq.status();
  return (*snapshot)->GetRecord(*seq);
}

bool StoreFails(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsInternal(status);
}

absl::StatusOr<std::optional<record::Statement>> NewestReadable(const store::Reader& reader,
                                                                const std::vector<uint64_t>& revisions) {
  for (auto seq = revisions.rbegin(); seq != revisions.rend(); ++seq) {
    auto record = reader.GetRecord(*seq);
    auto statement = record.ok() ? record::ParseStatement(record->view.statement) : record.status();
    if (statement.ok()) return std::optional<record::Statement>(*std::move(statement));
    if (StoreFails(statement.status())) return statement.status();
  }
  return std::optional<record::Statement>();
}

}  // namespace tidegate::flow
