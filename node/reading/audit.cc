// The register as an auditor reads it: each entry with the ids of the records that it is about.
#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "node/reading/ids.h"
#include "node/reading/reading.h"

namespace tidegate::reading {
namespace {

// Leaves that are not found are left out.
std::vector<record::RecordId> Intended(const store::Reader& reader, const ledger::Intent& intent) {
  std::vector<record::RecordId> ids;
  for (const ledger::IntendedRecord& intended : intent.records) {
    auto record = reader.GetRecord(intended.seq);
    if (!record.ok()) continue;
    auto statement = record::ParseStatement(record->view.statement);
    if (statement.ok()) ids.push_back(statement->record_id);
  }
  return ids;
}

std::vector<record::RecordId> RecordsOf(const store::Reader& reader, const ledger::Entry& entry) {
  if (const auto* intent = std::get_if<ledger::Intent>(&entry)) return Intended(reader, *intent);
  if (const auto* access = std::get_if<ledger::Access>(&entry)) return access->records;
  if (const auto* change = std::get_if<ledger::Change>(&entry)) return change->records;
  return {};
}

std::vector<Left> LeftBy(const store::Reader& reader, const ledger::Entry& entry) {
  std::vector<Left> left;
  const auto* intent = std::get_if<ledger::Intent>(&entry);
  if (intent == nullptr) return left;
  for (const ledger::IntendedRecord& intended : intent->records) {
    Left& one = left.emplace_back();
    one.notice = intended.notice;
    const auto record = reader.GetRecord(intended.seq);
    const auto statement = record.ok() ? record::ParseStatement(record->view.statement)
                                       : absl::StatusOr<record::Statement>(record.status());
    if (!statement.ok()) continue;
    one.record = record::FormatRecordId(statement->record_id);
    const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
    for (const record::SlotRung& opening : intended.openings) {
      if (kind == nullptr || opening.slot >= kind->slots.size()) continue;
      const record::Slot& slot = kind->slots[opening.slot];
      if (opening.rung >= slot.rungs.size()) continue;
      one.fields.push_back(absl::StrCat(std::string(slot.name), "@", std::string(slot.rungs[opening.rung])));
    }
  }
  return left;
}

// Whoever did it; empty where nobody of ours did.
std::string UserOf(const ledger::Entry& entry) {
  return std::visit(
      [](const auto& one) -> std::string {
        if constexpr (requires { one.user; }) {
          return one.user;
        } else {
          return "";
        }
      },
      entry);
}

bool AskedFor(const ledger::Entry& entry, const vault::BlindTermBytes& term) {
  const auto* access = std::get_if<ledger::Access>(&entry);
  return access != nullptr && std::find(access->asked.begin(), access->asked.end(), term) != access->asked.end();
}

}  // namespace

absl::StatusOr<AuditPage> Reading::Audit(const policy::Principal&, const AuditQuestion& question) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  std::optional<vault::BlindTermBytes> asked;
  if (!question.identifier.empty()) {
    auto term = search::IdentifierTerm(question.identifier, directory_.identity().country());
    if (!term.ok()) return term.status();
    asked = ledger::Register::Asked(**snapshot, *term);
  }
  std::optional<record::RecordId> about;
  if (!question.record.empty()) {
    auto id = ids_->Meant(**snapshot, question.record);
    if (!id.ok()) return id.status();
    about = *id;
  }
  AuditPage found;
  uint64_t before = question.before;
  while (found.entries.size() < question.limit) {
    auto page = disclosures_.List(question.filter, question.limit - found.entries.size(), before);
    if (!page.ok()) return page.status();
    for (ledger::Listed& listed : page->entries) {
      if (asked.has_value() && !AskedFor(listed.entry, *asked)) continue;
      if (!question.user.empty() && UserOf(listed.entry) != question.user) continue;
      std::vector<record::RecordId> records = RecordsOf(**snapshot, listed.entry);
      if (about.has_value() && std::find(records.begin(), records.end(), *about) == records.end()) continue;
      std::vector<Left> left = LeftBy(**snapshot, listed.entry);
      found.entries.push_back({std::move(listed), std::move(records), std::move(left)});
    }
    before = page->next;
    if (page->next == 0) break;
  }
  found.next = before;
  return found;
}

}  // namespace tidegate::reading
