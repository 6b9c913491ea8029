// The register as an auditor reads it: each entry with the partner and the records that it is about.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "node/reading/audited.h"
#include "node/reading/concern.h"
#include "node/reading/discretion.h"
#include "node/reading/reading.h"
#include "node/reading/unread.h"
#include "text/text.h"

namespace tidegate::reading {
namespace {

constexpr size_t kMostUnreadEntries = 20;  // that an answer names
constexpr size_t kMostUsers = 1000;        // among which the nearest name is looked for
constexpr size_t kMostRowsOpened = 10;     // of one entry, to see who wrote them

absl::StatusOr<std::vector<record::RecordId>> Intended(const store::Reader& reader, const ledger::Intent& intent,
                                                       Unread& unread) {
  std::vector<record::RecordId> ids;
  for (const ledger::IntendedRecord& intended : intent.records) {
    auto record = reader.GetRecord(intended.seq);
    const auto statement =
        Readable(record.ok() ? record::ParseStatement(record->view.statement) : record.status(), intended.seq, unread);
    if (!statement.ok()) return statement.status();
    if (*statement) ids.push_back((*statement)->record_id);
  }
  return ids;
}

absl::StatusOr<std::vector<record::RecordId>> RecordsOf(const store::Reader& reader, const ledger::Entry& entry,
                                                        Unread& unread) {
  if (const auto* intent = std::get_if<ledger::Intent>(&entry)) return Intended(reader, *intent, unread);
  if (const auto* look = std::get_if<ledger::Consultation>(&entry)) return look->records;
  if (const auto* change = std::get_if<ledger::Change>(&entry)) return change->records;
  if (const auto* decided = std::get_if<ledger::KeepingDecided>(&entry)) {
    return std::vector<record::RecordId>{decided->record};
  }
  return std::vector<record::RecordId>();
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

// The instant before which the author did not release the record; 0 if there was none, or if it had passed when the
// record came.
uint64_t WaitedFor(const record::Statement& statement, uint64_t arrived_ms) {
  const auto handling = record::DecodeHandling(statement.handling);
  const bool waited = handling.ok() && handling->not_before_ms && *handling->not_before_ms > arrived_ms;
  return waited ? *handling->not_before_ms : 0;
}

// `only`: the record to tell of; null: all of them.
absl::StatusOr<std::vector<Left>> LeftBy(const store::Reader& reader, const ledger::Entry& entry, const Concern* only) {
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
    if (StoreFails(statement.status())) return statement.status();
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

// Version 0.1.0 left the user empty if nobody gave a name. So an entry without one is a partner's only where what it
// names is not ours.
absl::StatusOr<bool> IsOurs(const store::Reader& reader, const ledger::Change& change) {
  for (uint64_t seq = change.first_seq; seq != 0 && seq <= change.last_seq; ++seq) {
    const auto record = reader.GetRecord(seq);
    if (StoreFails(record.status())) return record.status();
    if (record.ok()) return record->own;
    if (seq - change.first_seq == kMostRowsOpened) break;
  }
  if (change.records.empty()) return false;
  const auto own = reader.OwnRevisions(change.records.front());
  if (StoreFails(own.status())) return own.status();
  return own.ok() && !own->empty();
}

absl::StatusOr<std::string> PartnerOf(const store::Reader& reader, const ledger::Entry& entry) {
  const auto* change = std::get_if<ledger::Change>(&entry);
  if (change != nullptr && change->user.empty()) {
    const auto ours = IsOurs(reader, *change);
    if (!ours.ok()) return ours.status();
    if (*ours) return std::string();
  }
  return std::string(ledger::EntryPartner(entry));
}

}  // namespace

bool AskedFor(const ledger::Entry& entry, const vault::BlindTermBytes& term) {
  const auto* look = std::get_if<ledger::Consultation>(&entry);
  return look != nullptr && std::find(look->asked.begin(), look->asked.end(), term) != look->asked.end();
}

absl::StatusOr<Audited> AuditedOf(const store::Reader& reader, ledger::Listed listed, const Concern* about,
                                  Unread& unread) {
  auto partner = PartnerOf(reader, listed.entry);
  if (!partner.ok()) return partner.status();
  auto records = RecordsOf(reader, listed.entry, unread);
  if (!records.ok()) return records.status();
  auto left = LeftBy(reader, listed.entry, about);
  if (!left.ok()) return left.status();
  return Audited{std::move(listed), *std::move(partner), *std::move(records), *std::move(left)};
}

namespace {

// All that people wrote or read in an entry, in lower case.
std::string TextOf(const ledger::Entry& entry) {
  std::string told = absl::StrCat(std::string(ledger::EntryPartner(entry)), "\n");
  const auto add = [&told](const std::string& part) { absl::StrAppend(&told, part, "\n"); };
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { one.user; }) add(one.user);
        if constexpr (requires { one.reason; }) add(one.reason);
        if constexpr (requires { one.source; }) add(one.source);
        if constexpr (requires { one.verb; }) add(one.verb);
        if constexpr (requires { one.change; }) add(one.change);
        if constexpr (requires { one.purpose; }) add(one.purpose);
        if constexpr (requires { one.rule; }) add(one.rule);
      },
      entry);
  return text::LowerCase(told);
}

bool HasWords(const ledger::Entry& entry, const std::vector<std::string>& words) {
  if (words.empty()) return true;
  const std::string told = TextOf(entry);
  return std::all_of(words.begin(), words.end(), [&told](const std::string& word) {
    return told.find(text::LowerCase(word)) != std::string::npos;
  });
}

// The conditions of a question that the register does not know. It also learns who did what was asked for.
class Sought {
 public:
  Sought(const AuditQuestion& question, std::optional<vault::BlindTermBytes> asked, std::optional<Concern> about)
      : question_(question), asked_(asked), about_(std::move(about)) {}

  absl::StatusOr<bool> Holds(const ledger::Entry& entry) {
    if (asked_.has_value() && !AskedFor(entry, *asked_)) return false;
    std::string user = UserOf(entry);
    const bool meant = question_.user.empty() || user == question_.user;
    if (users_.size() < kMostUsers) users_.insert(std::move(user));
    if (!HasWords(entry, question_.words)) return false;
    return meant && about_ ? about_->Names(entry) : absl::StatusOr<bool>(meant);
  }
  const Concern* about() const { return about_ ? &*about_ : nullptr; }
  // The note of an empty answer: that no entry is by this user, and who was probably meant.
  std::string NoteAboutUser() const {
    if (question_.user.empty() || users_.count(question_.user) > 0) return "";
    const std::vector<std::string> known(users_.begin(), users_.end());
    return absl::StrCat("none of the entries that were asked for is by `", question_.user, "`",
                        text::DidYouMean(question_.user, known));
  }

 private:
  const AuditQuestion& question_;
  const std::optional<vault::BlindTermBytes> asked_;
  std::optional<Concern> about_;
  std::set<std::string> users_;
};

absl::Status NotKnown(const std::string& id) {
  return absl::NotFoundError(
      absl::StrCat("reading: no record `", id, "` is held here, and no entry of the register names it"));
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

absl::StatusOr<AuditPage> Reading::Audit(const policy::Principal& who, const AuditQuestion& question) const {
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
  Discretion discretion(reader, disclosures_, decisions_.engine(), who);
  std::optional<Concern> about;
  if (!question.record.empty()) {
    auto id = Meant(reader, who, question.record);
    if (!id.ok()) return id.status();
    // About a record of which the asker may not know the answer is the one about an id that nobody has, also where
    // something else decides on it: a damaged entry, or who asks for a part of the register.
    auto concern = Concern::Of(reader, disclosures_, discretion.MayKnowOf(*id) ? *id : record::RecordId{});
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
  if (about) found.unread = about->unread();
  Sought sought(question, asked, std::move(about));
  found.next = question.before;
  while (found.entries.size() < question.limit && found.next != 0) {
    auto page = disclosures_.List(filter, question.limit - found.entries.size(), found.next);
    if (!page.ok()) return page.status();
    for (ledger::Listed& listed : page->entries) {
      const auto holds = sought.Holds(listed.entry);
      if (!holds.ok()) return holds.status();
      if (!*holds) continue;
      const ledger::Entry whole = listed.entry;
      if (!discretion.Leaves(listed.entry)) {
        found.withheld.push_back(listed.index);
        continue;
      }
      const bool in_part = !(whole == listed.entry);
      auto told = AuditedOf(reader, std::move(listed), sought.about(), found.unread);
      if (!told.ok()) return told.status();
      told->in_part = in_part;
      found.entries.push_back(*std::move(told));
    }
    for (const uint64_t index : page->unreadable) {
      if (found.unreadable.size() < kMostUnreadEntries) found.unreadable.push_back(index);
    }
    found.next = page->next;
  }
  const bool whole = question.before == std::numeric_limits<uint64_t>::max() && found.unreadable.empty();
  if (whole && found.entries.empty()) {
    if (auto status = CheckKnown(question, sought.about()); !status.ok()) return status;
    found.note = sought.NoteAboutUser();
  }
  return found;
}

// An empty answer about a name that is misspelt would look like "nothing happened".
absl::Status Reading::CheckKnown(const AuditQuestion& question, const Concern* about) const {
  if (about != nullptr && !about->held()) return NotKnown(question.record);
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
