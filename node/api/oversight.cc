#include "node/api/oversight.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "node/api/display.h"
#include "node/api/policy_versions.h"

namespace tidegate::api {
namespace {

constexpr uint32_t kMostEntries = 10000;
constexpr size_t kMostAuditBytes = size_t{16} << 20;  // of one answer, which no message may outgrow
constexpr size_t kMostUnanswered = 10000;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

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

void NameVersion(const std::vector<decision::PolicyVersion>& history, const policy::Digest& digest, uint64_t at_ms,
                 v1::AuditEntry* out) {
  out->set_policy_version(HexOf(digest));
  if (const auto number = NumberOf(history, digest, at_ms)) out->set_policy_number(*number);
}

void Describe(const std::vector<decision::PolicyVersion>& history, const ledger::Entry& entry, v1::AuditEntry* out) {
  std::visit(
      Overloaded{
          [&](const ledger::Intent& intent) {
            size_t notices = 0;
            for (const ledger::IntendedRecord& intended : intent.records) notices += intended.notice ? 1 : 0;
            out->set_summary(absl::StrCat("parcel ", intent.parcel_seq, ": ", intent.records.size() - notices,
                                          " records, ", notices, " notices"));
            NameVersion(history, intent.policy_version, intent.at_ms, out);
            out->set_reason(intent.purpose);
          },
          [&](const ledger::ManifestSent& sent) {
            out->set_summary(absl::StrCat("parcel ", sent.parcel_seq, " sealed as ", HexOf(sent.manifest)));
          },
          [&](const ledger::Receipt& receipt) {
            std::string parts;
            if (!receipt.refused.empty()) absl::StrAppend(&parts, ", ", receipt.refused.size(), " refused");
            if (!receipt.erased.empty()) absl::StrAppend(&parts, ", ", receipt.erased.size(), " erased");
            out->set_summary(absl::StrCat("parcel ", receipt.parcel_seq, ": ", std::string(AnswerName(receipt.answer)),
                                          parts, ", signed by the partner"));
          },
          [&](const ledger::Access& access) {
            out->set_user(access.user);
            out->set_reason(access.reason);
            for (const vault::BlindTermBytes& term : access.asked) {
              out->add_asked(absl::BytesToHexString(std::string(crypto::View(term))));
            }
            out->set_summary(absl::StrCat(access.verb, ": ", access.records.size(), " records",
                                          access.asked.empty() ? "" : ", searched for an identifier"));
          },
          [&](const ledger::Change& change) {
            out->set_user(change.user);
            out->set_reason(change.reason);
            out->set_source(change.source);
            out->set_summary(absl::StrCat(change.count, change.count == 1 ? " record" : " records",
                                          change.source.empty() ? "" : " from ", change.source));
          },
          [&](const ledger::PolicyApplied& applied) {
            out->set_user(applied.user);
            out->set_reason(applied.reason);
            NameVersion(history, applied.version, applied.at_ms, out);
            out->set_summary(absl::StrCat("plan ", HexOf(applied.plan)));
          },
          [&](const ledger::PolicyProposed& proposed) {
            out->set_user(proposed.user);
            out->set_reason(proposed.reason);
            out->set_policy_version(HexOf(proposed.version));
            out->set_summary(absl::StrCat("waits for a second user: plan ", HexOf(proposed.plan)));
          },
          [&](const ledger::PolicyWithdrawn& withdrawn) {
            out->set_user(withdrawn.user);
            out->set_reason(withdrawn.reason);
            out->set_summary(absl::StrCat("waits no longer: plan ", HexOf(withdrawn.plan)));
          },
          [&](const ledger::PartnerChange& change) {
            out->set_user(change.user);
            out->set_reason(change.reason);
            out->set_summary(change.change);
          },
          [&](const ledger::Refusal& refusal) {
            out->set_summary(
                absl::StrCat("refused by ", refusal.layer, refusal.rule.empty() ? "" : ": ", refusal.rule));
          },
      },
      entry);
}

void Describe(const flow::Line& line, v1::PartnerStatus* out) {
  out->set_organisation(line.organisation);
  out->set_state(line.state);
  out->set_following(line.following);
  out->set_followed(line.followed);
  out->set_received(line.received);
  out->set_last_error(line.last_error);
  out->set_caught_up(line.caught_up);
  out->set_last_contact_ms(line.last_contact_ms);
  if (line.last_contact_ms != 0) out->set_last_contact(FormatTime(line.last_contact_ms));
  if (line.error_since_ms != 0) out->set_last_error_since(FormatTime(line.error_since_ms));
  out->set_quantum_safe(line.quantum_safe);
  out->set_sector(line.sector);
  out->set_country(line.country);
  out->set_claimed_sector(line.claimed_sector);
  out->set_claimed_country(line.claimed_country);
  out->set_address(line.address);
  out->set_held_records(line.held_records);
  out->set_received_bytes(line.received_bytes);
  for (const std::string& purpose : line.purposes) out->add_purposes(purpose);
  for (const std::string& basis : line.legal_bases) out->add_legal_bases(basis);
}

// A time as RFC 3339, or a date: its beginning, or with `end` the beginning of the next.
absl::StatusOr<uint64_t> InstantOf(const std::string& text, bool end) {
  absl::Time at;
  std::string why;
  if (absl::ParseTime("%Y-%m-%d", text, &at, &why)) {
    if (end) at += absl::Hours(24);
  } else if (!absl::ParseTime(absl::RFC3339_full, text, &at, &why)) {
    return absl::InvalidArgumentError(
        absl::StrCat("api: `", text, "` is no time; write 2026-03-04 or 2026-03-04T09:30:00Z"));
  }
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(at), 0));
}

// Records that partners were asked to give up by a recall, each once for each partner, from the recall's first moment
// until they say that it is erased.
absl::StatusOr<size_t> UnansweredRecalls(const ledger::Register& disclosures) {
  auto partners = disclosures.Partners();
  if (!partners.ok()) return partners.status();
  size_t unanswered = 0;
  for (const std::string& partner : *partners) {
    auto asks = disclosures.Asked(partner, kMostUnanswered);
    if (!asks.ok()) return asks.status();
    std::set<record::RecordId> records;
    for (const ledger::Ask& ask : *asks) {
      if (ask.recall) records.insert(ask.record);
    }
    unanswered += records.size();
  }
  return unanswered;
}

}  // namespace

absl::StatusOr<v1::StatusReply> NodeStatus(const store::Store& store, const ledger::Log& log,
                                           const ledger::Register& disclosures, const partner::Identity& identity,
                                           const decision::Decisions& decisions, const flow::PolicyGovernance& policies,
                                           const flow::Lines& lines) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  v1::StatusReply reply;
  reply.set_organisation(identity.names().organisation);
  reply.set_node(identity.names().node);
  reply.set_sector(identity.sector());
  reply.set_country(identity.country());
  reply.set_listen(lines.address());
  reply.set_version(TIDEGATE_VERSION);
  reply.set_protocol_version(1);
  reply.set_log_origin(log.origin());
  reply.set_log_fingerprint(HexOf(identity.log_fingerprint()));
  reply.set_governance_fingerprint(HexOf(identity.governance_fingerprint()));
  reply.set_fingerprint(identity.keys().Fingerprint());
  const store::Space space = store.SpaceLeft();
  reply.mutable_store()->set_used_bytes(space.used_bytes);
  reply.mutable_store()->set_free_bytes(space.free_bytes);
  reply.mutable_store()->set_reserve_bytes(space.reserve_bytes);
  reply.mutable_store()->set_reserve_held_bytes(space.reserve_held);
  reply.mutable_store()->set_full(space.full);
  reply.set_log_size(log.size());
  reply.set_register_size(disclosures.log().size());
  auto records = (*snapshot)->RecordCount();
  if (!records.ok()) return records.status();
  reply.set_records(*records);
  reply.set_newest_arrival((*snapshot)->LastSeq());
  reply.set_policy_version(HexOf(decisions.engine()->version()));
  reply.set_policy_number(decisions.in_force().number);
  auto waiting = policies.Waiting();
  if (!waiting.ok()) return waiting.status();
  for (const flow::WaitingPolicies& pending : *waiting) {
    reply.set_pending_policies(reply.pending_policies() + (pending.lapsed ? 0 : 1));
  }
  reply.set_pid(static_cast<uint32_t>(getpid()));
  for (const flow::Line& line : lines.List()) Describe(line, reply.add_partners());
  auto unanswered = UnansweredRecalls(disclosures);
  if (!unanswered.ok()) return unanswered.status();
  reply.set_unanswered_recalls(*unanswered);
  return reply;
}

absl::StatusOr<v1::ListAuditReply> ListAudit(ledger::Register& disclosures, const decision::Decisions& decisions,
                                             const reading::Reading& reading, const policy::Principal& who,
                                             const v1::ListAuditRequest& request) {
  reading::AuditQuestion question;
  if (!request.cursor().empty() && !absl::SimpleAtoi(request.cursor(), &question.before)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `audit list` printed");
  }
  question.limit = std::clamp<uint32_t>(request.limit() == 0 ? 50 : request.limit(), 1, kMostEntries);
  question.filter.name = request.kind();
  question.filter.partner = request.partner();
  question.record = request.record();
  question.user = request.user();
  if (request.has_index()) {
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
  question.identifier = request.identifier();
  auto page = reading.Audit(who, question);
  if (!page.ok()) return page.status();
  auto history = decisions.History();
  if (!history.ok()) return history.status();
  v1::ListAuditReply reply;
  uint64_t next = page->next;
  size_t bytes = 0;
  for (const auto& [listed, records, left] : page->entries) {
    if (request.has_index() && listed.index != request.index()) continue;
    if (bytes >= kMostAuditBytes) {
      next = page->entries[static_cast<size_t>(reply.entries_size()) - 1].listed.index;
      break;
    }
    v1::AuditEntry* entry = reply.add_entries();
    entry->set_index(listed.index);
    entry->set_time(FormatTime(ledger::EntryTime(listed.entry)));
    entry->set_kind(std::string(ledger::EntryName(listed.entry)));
    entry->set_partner(std::string(ledger::EntryPartner(listed.entry)));
    for (const record::RecordId& id : records) entry->add_records(record::FormatRecordId(id));
    for (const reading::Left& one : left) {
      v1::LeftRecord* out = entry->add_left();
      out->set_record(one.record);
      out->set_notice(one.notice);
      for (const std::string& field : one.fields) out->add_fields(field);
    }
    Describe(*history, listed.entry, entry);
    bytes += entry->ByteSizeLong();
  }
  if (next != 0) reply.set_cursor(absl::StrCat(next));
  auto head = disclosures.log().Checkpoint();
  if (!head.ok()) return head.status();
  reply.set_register_size(head->size);
  reply.set_register_checkpoint(head->note);
  return reply;
}

}  // namespace tidegate::api
