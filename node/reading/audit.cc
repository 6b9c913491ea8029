// The register as an auditor reads it: each entry with the partner and the records that it is about.
#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "node/reading/concern.h"
#include "node/reading/ids.h"
#include "node/reading/reading.h"
#include "text/text.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostUnreadEntries = 20;  // of what cannot be read
constexpr size_t kMostUsers = 1000;        // whose names are compared with one that nobody has
constexpr size_t kMostRowsOpened = 10;     // of one entry, to see whose it is

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
  if (const auto* look = std::get_if<ledger::Consultation>(&entry)) return look->records;
  if (const auto* change = std::get_if<ledger::Change>(&entry)) return change->records;
  return {};
}

// The names of what was opened, as far as the catalogue still has them.
std::vector<std::string> FieldsOf(const record::Kind* kind, const record::Openings& openings) {
  std::vector<std::string> fields;
  for (const record::SlotRung& opening : openings) {
    if (kind == nullptr || opening.slot >= kind->slots.size()) {
      fields.push_back(absl::StrCat("slot ", opening.slot, "@", opening.rung));
      continue;
    }
    const record::Slot& slot = kind->slots[opening.slot];
    fields.push_back(absl::StrCat(
        std::string(slot.name), "@",
        opening.rung < slot.rungs.size() ? std::string(slot.rungs[opening.rung]) : absl::StrCat(opening.rung)));
  }
  return fields;
}

// The instant before which its author did not let it go; 0 if there was none or it had passed when the record came.
uint64_t WaitedFor(const record::Statement& statement, uint64_t arrived_ms) {
  const auto handling = record::DecodeHandling(statement.handling);
  const bool waited = handling.ok() && handling->not_before_ms && *handling->not_before_ms > arrived_ms;
  return waited ? *handling->not_before_ms : 0;
}

// `only`: of the others nothing is told.
std::vector<Left> LeftBy(const store::Reader& reader, const ledger::Entry& entry, const Concern* only) {
  std::vector<Left> left;
  const auto* intent = std::get_if<ledger::Intent>(&entry);
  if (intent == nullptr) return left;
  for (const ledger::IntendedRecord& intended : intent->records) {
    if (only != nullptr && !only->HasArrival(intended.seq)) continue;
    Left& one = left.emplace_back();
    one.notice = intended.notice;
    const auto record = reader.GetRecord(intended.seq);
    const auto statement = record.ok() ? record::ParseStatement(record->view.statement)
                                       : absl::StatusOr<record::Statement>(record.status());
    const record::Kind* kind = nullptr;
    if (statement.ok()) {
      one.record = record::FormatRecordId(statement->record_id);
      kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
      one.held_until_ms = intended.notice ? 0 : WaitedFor(*statement, record->arrived_ms);
    }
    one.fields = FieldsOf(kind, intended.openings);
  }
  return left;
}

// The user who did it; empty if it was none of ours.
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
  const auto* look = std::get_if<ledger::Consultation>(&entry);
  return look != nullptr && std::find(look->asked.begin(), look->asked.end(), term) != look->asked.end();
}

// Version 0.1.0 left the user empty where nobody gave a name. So an entry without one is a partner's only where what it
// names is not ours.
bool IsOurs(const store::Reader& reader, const ledger::Change& change) {
  for (uint64_t seq = change.first_seq; seq != 0 && seq <= change.last_seq; ++seq) {
    auto record = reader.GetRecord(seq);
    if (record.ok()) return record->own;
    if (seq - change.first_seq == kMostRowsOpened) break;
  }
  if (change.records.empty()) return false;
  const auto own = reader.OwnRevisions(change.records.front());
  return own.ok() && !own->empty();
}

std::string PartnerOf(const store::Reader& reader, const ledger::Entry& entry) {
  const auto* change = std::get_if<ledger::Change>(&entry);
  if (change != nullptr && change->user.empty() && IsOurs(reader, *change)) return "";
  return std::string(ledger::EntryPartner(entry));
}

absl::Status CheckName(const std::string& name) {
  const std::vector<std::string_view> known(std::begin(ledger::kEntryNames), std::end(ledger::kEntryNames));
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return absl::OkStatus();
  std::string list;
  for (const std::string_view one : known) absl::StrAppend(&list, list.empty() ? "" : ", ", std::string(one));
  return absl::InvalidArgumentError(absl::StrCat("reading: the register has no entries of kind `", name, "`",
                                                 text::DidYouMean(name, known), "; there are: ", list));
}

}  // namespace

absl::StatusOr<AuditPage> Reading::Audit(const policy::Principal&, const AuditQuestion& question) const {
  if (auto status = CheckName(question.filter.name); !status.ok()) return status;
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  const store::Reader& reader = **snapshot;
  std::optional<vault::BlindTermBytes> asked;
  if (!question.identifier.empty()) {
    auto term = search::IdentifierTerm(question.identifier, directory_.identity().country());
    if (!term.ok()) return term.status();
    asked = ledger::Register::Asked(reader, *term);
  }
  std::optional<Concern> about;
  if (!question.record.empty()) {
    auto id = ids_->Meant(reader, question.record);
    if (!id.ok()) return id.status();
    auto concern = Concern::Of(reader, disclosures_, *id);
    if (!concern.ok()) return concern.status();
    about = *std::move(concern);
  }
  ledger::Filter filter = question.filter;
  if (!question.since_checkpoint.empty()) {
    auto size = disclosures_.SizeAt(question.since_checkpoint);
    if (!size.ok()) return size.status();
    filter.from = std::max(filter.from, *size);
  }
  AuditPage found;
  std::set<std::string> users;
  found.next = question.before;
  while (found.entries.size() < question.limit && found.next != 0) {
    auto page = disclosures_.List(filter, question.limit - found.entries.size(), found.next);
    if (!page.ok()) return page.status();
    for (ledger::Listed& listed : page->entries) {
      if (asked.has_value() && !AskedFor(listed.entry, *asked)) continue;
      std::string user = UserOf(listed.entry);
      const bool meant = question.user.empty() || user == question.user;
      if (users.size() < kMostUsers) users.insert(std::move(user));
      if (!meant || (about && !about->Names(listed.entry))) continue;
      std::string partner = PartnerOf(reader, listed.entry);
      std::vector<record::RecordId> records = RecordsOf(reader, listed.entry);
      std::vector<Left> left = LeftBy(reader, listed.entry, about ? &*about : nullptr);
      found.entries.push_back({std::move(listed), std::move(partner), std::move(records), std::move(left)});
    }
    for (const uint64_t index : page->unreadable) {
      if (found.unreadable.size() < kMostUnreadEntries) found.unreadable.push_back(index);
    }
    found.next = page->next;
  }
  const bool whole = question.before == std::numeric_limits<uint64_t>::max() && found.unreadable.empty();
  if (whole && found.entries.empty()) {
    if (auto status = CheckKnown(question, about ? &*about : nullptr); !status.ok()) return status;
    if (!question.user.empty() && users.count(question.user) == 0) {
      const std::vector<std::string> known(users.begin(), users.end());
      found.note = absl::StrCat("none of the entries that were asked for is by `", question.user, "`",
                                text::DidYouMean(question.user, known));
    }
  }
  return found;
}

// An empty answer about a name that is misspelt would look like "nothing happened".
absl::Status Reading::CheckKnown(const AuditQuestion& question, const Concern* about) const {
  if (about != nullptr && !about->held()) {
    return absl::NotFoundError(
        absl::StrCat("reading: no record `", question.record, "` is held here, and no entry of the register names it"));
  }
  if (!question.filter.partner.empty()) {
    std::vector<std::string> known = partner::KnownOrganisations(directory_, now_ms_());
    auto sent = disclosures_.Partners();
    if (!sent.ok()) return sent.status();
    known.insert(known.end(), sent->begin(), sent->end());
    if (std::find(known.begin(), known.end(), question.filter.partner) == known.end()) {
      return absl::NotFoundError(absl::StrCat("reading: nobody called `", question.filter.partner,
                                              "` is known here, and no entry of the register is about it",
                                              text::DidYouMean(question.filter.partner, known)));
    }
  }
  return absl::OkStatus();
}

}  // namespace tidegate::reading
