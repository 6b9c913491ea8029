#include "node/api/auditing.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/fingerprint.h"
#include "node/api/display.h"
#include "node/api/instant.h"
#include "node/api/policy_versions.h"

namespace tidegate::api {
namespace {

constexpr uint32_t kMostEntries = 10000;
constexpr size_t kMostAuditBytes = size_t{16} << 20;  // of one answer, which no message may outgrow

std::string_view AnswerName(ledger::Answer answer) {
  switch (answer) {
    case ledger::Answer::kStored:
      return "stored";
    case ledger::Answer::kRefused:
      return "refused";
    case ledger::Answer::kErased:
      return "erased";
  }
  return "";
}

std::string Counted(size_t count, std::string_view what) {
  return absl::StrCat(count, " ", std::string(what), count == 1 ? "" : "s");
}

void NameVersion(const std::vector<decision::PolicyVersion>& history, const policy::Digest& digest, uint64_t at_ms,
                 v1::AuditEntry* out) {
  out->set_policy_version(HexOf(digest));
  if (const auto number = NumberOf(history, digest, at_ms)) out->set_policy_number(*number);
}

// Fills in what an auditor reads of one entry: who, why, and a summary in words.
struct Describer {
  const std::vector<decision::PolicyVersion>& history;
  v1::AuditEntry* out;

  void operator()(const ledger::Intent& intent) const {
    size_t notices = 0;
    for (const ledger::IntendedRecord& intended : intent.records) notices += intended.notice ? 1 : 0;
    out->set_summary(absl::StrCat("parcel ", intent.parcel_seq, ": ",
                                  Counted(intent.records.size() - notices, "record"), " sent, ", notices,
                                  " taken back or narrowed"));
    NameVersion(history, intent.policy_version, intent.at_ms, out);
    out->set_reason(intent.purpose);
  }

  void operator()(const ledger::ManifestSent& sent) const {
    out->set_summary(absl::StrCat("parcel ", sent.parcel_seq, " sealed as ", HexOf(sent.manifest)));
  }

  void operator()(const ledger::Receipt& receipt) const {
    std::string parts;
    if (!receipt.refused.empty()) absl::StrAppend(&parts, ", ", receipt.refused.size(), " refused");
    if (!receipt.erased.empty()) absl::StrAppend(&parts, ", ", receipt.erased.size(), " erased");
    out->set_summary(absl::StrCat("parcel ", receipt.parcel_seq, ": ", std::string(AnswerName(receipt.answer)), parts,
                                  ", signed by the partner"));
  }

  void operator()(const ledger::Consultation& access) const {
    out->set_user(access.user);
    out->set_reason(access.reason);
    for (const vault::BlindTermBytes& term : access.asked) {
      out->add_asked(absl::BytesToHexString(std::string(crypto::View(term))));
    }
    out->set_summary(absl::StrCat(access.verb, ": ", Counted(access.records.size(), "record"),
                                  access.asked.empty() ? "" : ", searched for an identifier"));
  }

  void operator()(const ledger::Change& change) const {
    out->set_user(change.user);
    out->set_reason(change.reason);
    out->set_source(change.source);
    out->set_import(change.import);
    out->set_summary(absl::StrCat(Counted(change.count, "record"), change.source.empty() ? "" : " from ", change.source,
                                  change.import == 0 ? "" : absl::StrCat(" (import ", change.import, ")")));
  }

  void operator()(const ledger::PolicyApplied& applied) const {
    out->set_user(applied.user);
    out->set_reason(applied.reason);
    NameVersion(history, applied.version, applied.at_ms, out);
    out->set_summary(absl::StrCat("plan ", HexOf(applied.plan)));
  }

  void operator()(const ledger::PolicyProposed& proposed) const {
    out->set_user(proposed.user);
    out->set_reason(proposed.reason);
    out->set_policy_version(HexOf(proposed.version));
    out->set_summary(absl::StrCat("waits for a second user: plan ", HexOf(proposed.plan)));
  }

  void operator()(const ledger::PolicyWithdrawn& withdrawn) const {
    out->set_user(withdrawn.user);
    out->set_reason(withdrawn.reason);
    out->set_summary(absl::StrCat("no longer waits for a second user: plan ", HexOf(withdrawn.plan)));
  }

  void operator()(const ledger::PartnerChange& change) const {
    out->set_user(change.user);
    out->set_reason(change.reason);
    out->set_summary(change.change);
  }

  void operator()(const ledger::KeepingDecided& decided) const {
    out->set_user(decided.user);
    out->set_reason(decided.reason);
    out->set_summary(absl::StrCat(std::string(ledger::KeepingName(decided.keeping)),
                                  decided.until_ms == 0 ? "" : ", next review ",
                                  FormatTime(decided.until_ms).substr(0, 10)));
  }

  void operator()(const ledger::Excerpted& excerpted) const {
    out->set_user(excerpted.user);
    out->set_reason(excerpted.reason);
    out->set_summary(
        absl::StrCat("exported ", excerpted.what, ": ", excerpted.count, excerpted.count == 1 ? " entry" : " entries"));
  }

  void operator()(const ledger::UserChange& change) const {
    out->set_user(change.user);
    out->set_reason(change.reason);
    out->set_account(change.account);
    out->set_summary(change.account.empty() ? change.change
                                            : absl::StrCat("user ", change.account, ": ", change.change));
  }

  void operator()(const ledger::Refusal& refusal) const {
    out->set_summary(absl::StrCat("refused by ", refusal.layer, refusal.rule.empty() ? "" : ": ", refusal.rule));
  }
};

void Describe(const std::vector<decision::PolicyVersion>& history, const ledger::Entry& entry, v1::AuditEntry* out) {
  std::visit(Describer{history, out}, entry);
}

absl::StatusOr<reading::AuditQuestion> AuditQuestionOf(const v1::ListAuditRequest& request, uint64_t register_size) {
  reading::AuditQuestion question;
  if (!request.cursor().empty() && !absl::SimpleAtoi(request.cursor(), &question.before)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `audit list` printed");
  }
  question.limit = std::clamp<uint32_t>(request.limit() == 0 ? 50 : request.limit(), 1, kMostEntries);
  question.filter.name = request.kind();
  question.filter.partner = request.partner();
  question.record = request.record();
  question.user = request.user();
  question.identifier = request.identifier();
  question.words.assign(request.words().begin(), request.words().end());
  question.since_checkpoint = request.since_checkpoint();
  if (request.has_index()) {
    if (request.index() >= register_size) {
      return absl::NotFoundError(absl::StrCat("api: the register has no entry ", request.index(), "; it has ",
                                              register_size, ", counted from 0"));
    }
    question.filter.from = request.index();
    question.before = request.index() + 1;
    question.limit = 1;
  }
  for (const auto& [text, end, into] : {std::tuple(&request.since(), false, &question.filter.since_ms),
                                        std::tuple(&request.until(), true, &question.filter.until_ms)}) {
    if (text->empty()) continue;
    auto at = InstantOf(*text, end);
    if (!at.ok()) return at.status();
    *into = *at;
  }
  return question;
}

}  // namespace

void FillEntry(const reading::Audited& audited, const std::vector<decision::PolicyVersion>& history,
               v1::AuditEntry* entry) {
  entry->set_index(audited.listed.index);
  entry->set_time(FormatTime(ledger::EntryTime(audited.listed.entry)));
  entry->set_kind(std::string(ledger::EntryName(audited.listed.entry)));
  entry->set_partner(audited.partner);
  for (const record::RecordId& id : audited.records) entry->add_records(record::FormatRecordId(id));
  for (const reading::Left& one : audited.left) {
    v1::LeftRecord* out = entry->add_left();
    out->set_record(one.record);
    out->set_notice(one.notice);
    out->set_held_until(FormatTime(one.held_until_ms));
    for (const std::string& field : one.fields) out->add_fields(field);
  }
  Describe(history, audited.listed.entry, entry);
}

absl::StatusOr<v1::ListAuditReply> ListAudit(ledger::Register& disclosures, const decision::Decisions& decisions,
                                             const reading::Reading& reading, const policy::Principal& who,
                                             const v1::ListAuditRequest& request) {
  auto question = AuditQuestionOf(request, disclosures.log().size());
  if (!question.ok()) return question.status();
  auto page = reading.Audit(who, *question);
  if (!page.ok()) return page.status();
  auto history = decisions.History();
  if (!history.ok()) return history.status();
  v1::ListAuditReply reply;
  uint64_t next = page->next;
  size_t bytes = 0;
  for (const reading::Audited& audited : page->entries) {
    if (bytes >= kMostAuditBytes) {
      next = page->entries[static_cast<size_t>(reply.entries_size()) - 1].listed.index;
      break;
    }
    v1::AuditEntry* entry = reply.add_entries();
    FillEntry(audited, *history, entry);
    bytes += entry->ByteSizeLong();
  }
  for (const uint64_t index : page->unreadable) reply.add_unreadable(index);
  reply.set_unreadable_records(page->unread.count);
  for (const uint64_t seq : page->unread.arrivals) reply.add_unreadable_arrivals(absl::StrCat(seq));
  reply.set_note(page->note);
  if (next != 0 && !request.has_index()) reply.set_cursor(absl::StrCat(next));
  auto head = disclosures.log().Checkpoint();
  if (!head.ok()) return head.status();
  reply.set_register_size(head->size);
  reply.set_register_checkpoint(head->note);
  const checkpoint::VerifierKey& key = disclosures.log().verifier_key();
  reply.set_register_key(checkpoint::PrintVerifierKey(key));
  reply.set_register_fingerprint(
      HexOf(crypto::Fingerprint(crypto::KeyType::kLog, key.name, crypto::View(key.public_key))));
  return reply;
}

}  // namespace tidegate::api
