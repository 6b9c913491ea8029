#include "node/api/reading.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

constexpr char kAlertKind[] = "alert";

v1::Evidence Told(const reading::Evidence& evidence) {
  v1::Evidence out;
  out.set_view(evidence.view);
  out.set_verifier_key(evidence.verifier_key);
  out.set_checkpoint(evidence.checkpoint);
  out.set_log_index(evidence.log_index);
  for (const auto& [position, leaf] : evidence.leaves) {
    out.add_positions(position);
    out.add_leaves(std::string(crypto::View(leaf)));
  }
  for (const crypto::Hash& hash : evidence.proof) out.add_proof(std::string(crypto::View(hash)));
  return out;
}

// Of a record that is held no more: what its statement says.
void DisplayStatement(const reading::Seen& seen, v1::Record* out) {
  const record::Statement& statement = seen.statement;
  out->set_id(record::FormatRecordId(statement.record_id));
  out->set_revision(statement.revision);
  out->set_created(FormatTime(statement.created_ms));
  out->set_leaf(HexOf(seen.leaf));
  out->set_author_fingerprint(HexOf(statement.author_fpr));
  const record::Kind* kind = record::Catalogue::FindKind(statement.kind, statement.schema_version);
  if (kind != nullptr) out->set_kind(std::string(kind->name));
  auto handling = record::DecodeHandling(statement.handling);
  if (handling.ok()) out->mutable_handling()->set_line(HandlingLine(*handling));
  out->mutable_verification()->set_handling(handling.ok());
}

v1::Record Told(const reading::Seen& seen) {
  v1::Record out;
  out.set_origin(seen.origin);
  out.set_log_index(seen.log_index);
  out.set_log_size(seen.proof.log_size);
  out.set_arrived(FormatTime(seen.arrived_ms));
  out.set_arrival(seen.arrival);
  out.set_state(seen.state);
  for (const std::string& giver : seen.givers) out.add_given_by(giver);
  v1::Verification* verification = out.mutable_verification();
  verification->set_author_signature(seen.proof.author_signature);
  verification->set_log_proof(seen.proof.log_proof);
  verification->set_problem(seen.proof.problem);
  if (seen.view) {
    DisplayView(*seen.view, &out);
    verification->set_handling(true);
  } else {
    DisplayStatement(seen, &out);
  }
  for (const std::string& name : seen.recipients) out.add_recipients(name);
  for (const std::string& tag : seen.tags) out.add_tags(tag);
  if (seen.evidence) *out.mutable_evidence() = Told(*seen.evidence);
  return out;
}

}  // namespace

absl::StatusOr<v1::Record> ShowRecord(reading::Reading& reading, const policy::Principal& who,
                                      const v1::ShowRecordRequest& request) {
  auto seen = reading.Show({who, request.asker().reason(), "show"}, request.id(), request.as_partner(),
                           request.evidence(), request.origin());
  if (!seen.ok()) return seen.status();
  return Told(*seen);
}

absl::StatusOr<v1::FindRecordsReply> FindRecords(reading::Reading& reading, const policy::Principal& who,
                                                 const v1::FindRecordsRequest& request) {
  const search::Question question{request.kind(), request.origin(), request.identifier(), request.cursor(),
                                  request.limit()};
  auto page = reading.Find({who, request.asker().reason(), "find"}, question, request.as_partner());
  if (!page.ok()) return page.status();
  v1::FindRecordsReply reply;
  for (const reading::Seen& seen : page->records) *reply.add_records() = Told(seen);
  reply.set_cursor(page->cursor);
  reply.set_unreadable(page->unreadable);
  reply.set_stopped(page->stopped);
  for (const uint64_t seq : page->unreadable_arrivals) reply.add_unreadable_arrivals(absl::StrCat(seq));
  return reply;
}

absl::Status Alerts(reading::Reading& reading, const policy::Principal& who, const v1::AlertsRequest& request,
                    const std::function<bool(const v1::Record&)>& write, const std::function<bool()>& cancelled) {
  const reading::Look look{who, request.asker().reason(), "alerts"};
  const uint64_t newest = reading.Newest();
  if (request.limit() > 0 || !request.follow()) {
    search::Question question;
    question.kind = kAlertKind;
    size_t wanted = request.limit() == 0 ? search::kDefaultPage : request.limit();
    do {
      question.limit = wanted;
      auto held = reading.Find(look, question, "");
      if (!held.ok()) return held.status();
      for (const reading::Seen& seen : held->records) {
        if (!write(Told(seen))) return absl::OkStatus();
      }
      wanted -= std::min(wanted, held->records.size());
      question.cursor = std::move(held->cursor);
    } while (wanted > 0 && !question.cursor.empty());
  }
  if (!request.follow()) return absl::OkStatus();
  return reading.Follow(
      look, kAlertKind, newest, [&write](const reading::Seen& seen) { return write(Told(seen)); }, cancelled);
}

namespace {

std::string StateOf(const ledger::Holding& holding) {
  if (holding.state == ledger::HoldingState::kRefused) return "says it refused";
  if (holding.state != ledger::HoldingState::kUnanswered) {
    return std::string(ledger::HoldingStateName(holding.state));
  }
  return absl::StrCat("asked, not answered since ", FormatTime(holding.asked_ms));
}

}  // namespace

absl::StatusOr<v1::HoldersReply> Holders(reading::Reading& reading, const policy::Principal& who,
                                         const v1::HoldersRequest& request, const std::string& read_only) {
  auto holders = reading.HoldersOf({who, request.asker().reason(), "holders"}, request.id(), request.origin());
  if (!holders.ok()) return holders.status();
  // Of each partner, over all revisions.
  struct Standing {
    bool held = false, unanswered = false;
  };
  std::map<std::string, Standing> standings;
  v1::HoldersReply reply;
  reply.set_id(request.id());
  reply.set_origin(holders->origin);
  reply.set_here(holders->here);
  reply.set_unreadable(holders->unreadable);
  if (!holders->own && !holders->origin.empty()) {
    reply.set_note(absl::StrCat("`", holders->origin,
                                "` wrote this record, and only it knows who else holds it. This node "
                                "passes on nothing that others wrote."));
  } else if (!read_only.empty()) {
    reply.set_note(
        "This node was restored from a backup: whom it gave which revision after that backup it does not know. "
        "Ask those partners by other means.");
  }
  for (const reading::HeldBy& held : holders->partners) {
    const ledger::Holding& holding = held.holding;
    v1::Holder* out = reply.add_holders();
    out->set_organisation(holding.partner);
    out->set_state(StateOf(holding));
    out->set_since(FormatTime(holding.since_ms));
    if (holding.receipt_index) out->set_receipt(absl::StrCat(*holding.receipt_index));
    for (const std::string& opening : held.openings) out->add_openings(opening);
    Standing& standing = standings[holding.partner];
    standing.held = standing.held || holding.state != ledger::HoldingState::kErased;
    standing.unanswered = standing.unanswered || holding.state == ledger::HoldingState::kUnanswered;
  }
  for (const auto& [partner, standing] : standings) {
    reply.set_held(reply.held() + (standing.held ? 1 : 0));
    reply.set_erased(reply.erased() + (standing.held ? 0 : 1));
    reply.set_unanswered(reply.unanswered() + (standing.unanswered ? 1 : 0));
  }
  return reply;
}

}  // namespace tidegate::api
