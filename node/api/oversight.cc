#include "node/api/oversight.h"

#include <unistd.h>

#include <set>

#include "node/api/display.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostUnanswered = 10000;

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
    for (const ledger::Ask& ask : asks->open) {
      if (ask.recall) records.insert(ask.record);
    }
    unanswered += records.size() + asks->damaged;
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
  // Last, so that what was just met is told as well.
  const store::Unreadable unreadable = store.unreadable();
  reply.mutable_store()->set_unreadable_rows(unreadable.rows);
  reply.mutable_store()->set_first_unreadable(unreadable.first);
  reply.mutable_store()->set_index_chunks_mended(unreadable.mended);
  return reply;
}

}  // namespace tidegate::api
