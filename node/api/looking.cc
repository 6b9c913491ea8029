#include "node/api/looking.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "node/flow/flow.h"

namespace tidegate::api {

absl::Status CheckReason(const std::string& reason) {
  if (reason.size() <= flow::kMostReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("api: a reason has at most ", flow::kMostReasonBytes, " bytes"));
}

absl::Status RefusedFor(const policy::Refusal& refusal, const std::string& reason) {
  std::string why = absl::StrCat("refused: ", refusal.ToString());
  if (absl::StripAsciiWhitespace(reason).empty()) {
    absl::StrAppend(&why, "\nSay why you look, for example: --reason \"case 12\"");
  }
  return absl::PermissionDeniedError(why);
}

absl::StatusOr<record::Term> IdentifierTermOf(const std::string& identifier) {
  const size_t colon = identifier.find(':');
  if (colon == std::string::npos) return absl::InvalidArgumentError("api: an identifier is SCHEME:VALUE");
  return record::IdentifierTerm(identifier.substr(0, colon), identifier.substr(colon + 1));
}

absl::Status RecordAccess(const Rooms& rooms, const policy::Principal& who, const std::string& reason,
                          std::string_view verb, std::vector<record::RecordId> records,
                          std::vector<vault::BlindTermBytes> asked) {
  ledger::Access access;
  access.at_ms = rooms.now_ms();
  access.user = who.user();
  access.reason = reason;
  access.verb = std::string(verb);
  access.records = std::move(records);
  access.asked = std::move(asked);
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
