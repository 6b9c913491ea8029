#include "node/api/asker.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tidegate::api {

absl::StatusOr<Asker> Asker::From(const v1::Asker& message) {
  if (message.user().size() > kMostUserBytes || message.reason().size() > kMostReasonBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("api: a user has at most ", kMostUserBytes, " bytes and a reason at most ", kMostReasonBytes));
  }
  Asker asker{message.user(), message.reason(), !message.user().empty()};
  if (asker.user.empty()) asker.user = "owner of the socket";
  if (asker.reason.empty()) asker.reason = "not stated";
  return asker;
}

absl::Status RecordAccess(const Rooms& rooms, const Asker& asker, std::string_view verb,
                          std::vector<record::RecordId> records) {
  ledger::Access access;
  access.at_ms = rooms.now_ms();
  access.user = asker.user;
  access.reason = asker.reason;
  access.verb = std::string(verb);
  access.records = std::move(records);
  return rooms.store.Write(
      [&](store::WriteTransaction& transaction) { return rooms.disclosures.Append(transaction, access).status(); });
}

absl::StatusOr<store::StoredRecord> HeldRecord(const store::Reader& reader, std::string_view id) {
  auto record_id = record::ParseRecordId(id);
  if (!record_id.ok()) return record_id.status();
  auto seq = reader.FindById(*record_id);
  if (!seq.ok()) {
    if (!absl::IsNotFound(seq.status())) return seq.status();
    return absl::NotFoundError(absl::StrCat("api: no record `", std::string(id), "` is held here"));
  }
  return reader.GetRecord(*seq);
}

}  // namespace tidegate::api
