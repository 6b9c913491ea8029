#include "node/api/reading.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/api/display.h"
#include "node/api/seen.h"

namespace tidegate::api {
namespace {

constexpr char kAlertKind[] = "alert";

std::string StateOf(const ledger::Holding& holding) {
  if (holding.state == ledger::HoldingState::kRefused) return "says it refused";
  if (holding.state == ledger::HoldingState::kWithheld) {
    return absl::StrCat("withheld under legal hold, not erased; asked since ", FormatTime(holding.asked_ms));
  }
  if (holding.state == ledger::HoldingState::kUnknown) return "unknown, an entry is damaged: it may hold all of it";
  if (holding.state != ledger::HoldingState::kUnanswered) {
    return std::string(ledger::HoldingStateName(holding.state));
  }
  return absl::StrCat("asked, not answered since ", FormatTime(holding.asked_ms));
}

// For each partner, the state of the newest revision that it may still hold; `erased` if it has erased all of them.
std::map<std::string, std::string> LatestStates(const std::vector<reading::HeldBy>& partners) {
  std::map<std::string, std::string> states;
  for (const reading::HeldBy& held : partners) {
    const bool erased = held.holding.state == ledger::HoldingState::kErased;
    if (!erased || states.count(held.holding.partner) == 0) states[held.holding.partner] = StateOf(held.holding);
  }
  return states;
}

absl::StatusOr<v1::Record> ShowRevision(reading::Reading& reading, const reading::Look& look,
                                        const v1::ShowRecordRequest& request) {
  if (!request.as_partner().empty() || request.evidence()) {
    return absl::InvalidArgumentError(
        "api: an earlier revision is shown as it is held here, without --as and --evidence");
  }
  auto seen = reading.ShowRevision(look, request.id(), request.revision(), request.origin());
  if (!seen.ok()) return seen.status();
  return RecordOf(*seen);
}

search::Question AskedOf(const v1::FindRecordsRequest& request) {
  search::Question question;
  question.kind = request.kind();
  question.origin = request.origin();
  question.identifier = request.identifier();
  question.cursor = request.cursor();
  question.limit = request.limit();
  question.state = request.state() == "current" ? "" : request.state();
  question.query = request.query();
  return question;
}

absl::StatusOr<bool> SortsBySeen(const v1::FindRecordsRequest& request) {
  if (request.sort().empty() || request.sort() == "arrived") return false;
  if (request.sort() == "seen") return true;
  return absl::InvalidArgumentError(
      absl::StrCat("api: records are sorted by `arrived` or by `seen`, not by `", request.sort(), "`"));
}

// The text of a field, or the first name of its code.
std::string TextOf(const v1::Record& record, std::string_view name, bool meaning = false) {
  for (const v1::Field& field : record.fields()) {
    if (field.name() != name) continue;
    return meaning && field.names_size() > 0 ? field.names(0) : field.text();
  }
  return "";
}

v1::LinkLine ToldLink(const v1::Record& link, const std::string& here, const std::vector<reading::Seen>& ends) {
  v1::LinkLine line;
  line.set_id(link.id());
  line.set_verb(TextOf(link, "verb"));
  line.set_verb_name(TextOf(link, "verb", true));
  line.set_from_here(TextOf(link, "from") == here);
  line.set_other(TextOf(link, line.from_here() ? "to" : "from"));
  line.set_origin(link.origin());
  for (const reading::Seen& end : ends) {
    if (record::FormatRecordId(end.statement.record_id) != line.other()) continue;
    const v1::Record other = RecordOf(end);
    line.set_other_title(other.title());
    line.set_other_kind(other.kind());
  }
  return line;
}

v1::Around ToldAround(const reading::Around& around, const std::string& here) {
  v1::Around out;
  for (const reading::Seen& link : around.links) *out.add_links() = ToldLink(RecordOf(link), here, around.ends);
  for (const reading::Seen& seen : around.sightings) {
    const v1::Record sighting = RecordOf(seen);
    v1::SightingLine* line = out.add_sightings();
    line->set_id(sighting.id());
    line->set_outcome(TextOf(sighting, "outcome"));
    line->set_outcome_name(TextOf(sighting, "outcome", true));
    line->set_note(TextOf(sighting, "note"));
    line->set_origin(sighting.origin());
    line->set_created(sighting.created());
  }
  out.set_more(around.more);
  out.set_revision_count(static_cast<uint32_t>(around.revision_count));
  for (const reading::RevisionLine& one : around.revisions) {
    v1::Revision* line = out.add_revisions();
    line->set_revision(one.revision);
    line->set_created(FormatTime(one.created_ms));
    line->set_arrived(FormatTime(one.arrived_ms));
    line->set_state(one.state);
    line->set_leaf(HexOf(one.leaf));
    line->set_readable(one.readable);
  }
  for (const reading::SharedIdentifier& one : around.shared) {
    v1::SharedIdentifier* line = out.add_shared();
    line->set_identifier(one.identifier);
    line->set_records(static_cast<uint32_t>(one.records));
    line->set_organisations(static_cast<uint32_t>(one.organisations));
    line->set_more(one.more);
  }
  TellUnread(around.unread, out);
  return out;
}

}  // namespace

absl::StatusOr<v1::Record> ShowRecord(reading::Reading& reading, const policy::Principal& who,
                                      const v1::ShowRecordRequest& request) {
  const reading::Look look{who, request.asker().reason(), "show"};
  if (request.has_revision()) return ShowRevision(reading, look, request);
  auto seen = reading.Show(look, request.id(), request.as_partner(), request.evidence(), request.origin());
  if (!seen.ok()) return seen.status();
  v1::Record record = RecordOf(*seen);
  if (!request.as_partner().empty() || request.evidence()) return record;
  auto around = reading.AroundOf(look, *seen);
  if (!around.ok()) return around.status();
  *record.mutable_around() = ToldAround(*around, record.id());
  if (!seen->own) return record;
  auto holders = reading.PartnersHolding(seen->statement);
  if (!holders.ok()) return holders.status();
  for (const auto& [partner, state] : LatestStates(*holders)) {
    record.mutable_around()->add_holders(absl::StrCat(partner, ": ", state));
  }
  return record;
}

absl::StatusOr<v1::HistoryReply> History(reading::Reading& reading, const policy::Principal& who,
                                         const v1::HistoryRequest& request) {
  auto history = reading.HistoryOf({who, request.asker().reason(), "history"}, request.id(), request.origin());
  if (!history.ok()) return history.status();
  v1::HistoryReply reply;
  reply.set_more(history->more);
  for (const uint64_t seq : history->unread.arrivals) reply.add_unreadable_arrivals(absl::StrCat(seq));
  std::vector<v1::Record> told;
  for (const reading::Seen& seen : history->revisions) told.push_back(RecordOf(seen));
  reply.set_id(told.front().id());
  reply.set_origin(told.front().origin());
  reply.set_kind(told.front().kind());
  for (size_t i = 0; i < told.size(); ++i) {
    v1::Revision* out = reply.add_revisions();
    out->set_revision(told[i].revision());
    out->set_created(told[i].created());
    out->set_arrived(told[i].arrived());
    out->set_state(told[i].state());
    out->set_leaf(told[i].leaf());
    out->set_readable(history->revisions[i].view.has_value());
    // The revision before it may be one that cannot be read. Then its changes are not known.
    if (i + 1 == told.size() || told[i + 1].revision() + 1 < told[i].revision()) continue;
    if (!out->readable() || !history->revisions[i + 1].view) continue;
    for (v1::ValueChange& change : ChangesBetween(told[i + 1], told[i])) *out->add_changes() = std::move(change);
  }
  return reply;
}

absl::StatusOr<v1::FindRecordsReply> FindRecords(reading::Reading& reading, const policy::Principal& who,
                                                 const v1::FindRecordsRequest& request) {
  const search::Question question = AskedOf(request);
  auto by_seen = SortsBySeen(request);
  if (!by_seen.ok()) return by_seen.status();
  const reading::Look look{who, request.asker().reason(), "find"};
  auto page = *by_seen ? reading.FindBySeen(look, question, request.as_partner())
                       : reading.Find(look, question, request.as_partner());
  if (!page.ok()) return page.status();
  v1::FindRecordsReply reply;
  for (const reading::Seen& seen : page->records) *reply.add_records() = RecordOf(seen);
  reply.set_cursor(page->cursor);
  reply.set_stopped(page->stopped);
  if (page->stopped) reply.set_looked(page->looked);
  TellUnread(page->unread, reply);
  return reply;
}

absl::StatusOr<v1::CountRecordsReply> CountRecords(reading::Reading& reading, const policy::Principal& who,
                                                   const v1::CountRecordsRequest& request) {
  const v1::FindRecordsRequest& asked = request.question();
  if (!asked.sort().empty() || asked.limit() != 0) {
    return absl::InvalidArgumentError("api: a count covers all that answers; ask without --sort and --limit");
  }
  const std::vector<std::string> facets(request.facets().begin(), request.facets().end());
  auto counted = reading.Count({who, asked.asker().reason(), "find"}, AskedOf(asked), asked.as_partner(), facets);
  if (!counted.ok()) return counted.status();
  v1::CountRecordsReply reply;
  reply.set_count(counted->count);
  reply.set_looked(counted->looked);
  reply.set_stopped(counted->stopped);
  reply.set_cursor(counted->cursor);
  reply.set_unreadable(counted->unread.count);
  for (const std::string& name : facets) {
    v1::Facet* facet = reply.add_facets();
    facet->set_name(name);
    std::vector<std::pair<std::string, uint64_t>> values(counted->facets[name].begin(), counted->facets[name].end());
    std::stable_sort(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [value, count] : values) {
      v1::FacetValue* out = facet->add_values();
      out->set_value(value);
      out->set_count(count);
    }
  }
  return reply;
}

absl::StatusOr<v1::RelatedRecordsReply> RelatedRecords(reading::Reading& reading, const policy::Principal& who,
                                                       const v1::RelatedRecordsRequest& request) {
  const size_t depth = request.depth() == 0 ? 1 : request.depth();
  auto related = reading.RelatedTo({who, request.asker().reason(), "related"}, request.id(), request.origin(), depth);
  if (!related.ok()) return related.status();
  v1::RelatedRecordsReply reply;
  for (const reading::RelatedRecord& node : related->nodes) {
    const v1::Record record = RecordOf(node.seen);
    v1::RelatedNode* out = reply.add_nodes();
    out->set_id(record.id());
    out->set_kind(record.kind());
    out->set_title(record.title());
    out->set_origin(record.origin());
    out->set_tlp(record.handling().tlp());
    out->set_distance(static_cast<uint32_t>(node.distance));
  }
  for (const reading::RelatedEdge& edge : related->edges) {
    v1::RelatedEdge* out = reply.add_edges();
    out->set_from(reply.nodes(static_cast<int>(edge.from)).id());
    out->set_to(reply.nodes(static_cast<int>(edge.to)).id());
    out->set_how(edge.how);
    out->set_what(edge.what);
  }
  for (const std::string& identifier : related->common) reply.add_common(identifier);
  reply.set_more(related->more);
  TellUnread(related->unread, reply);
  return reply;
}

absl::Status FollowRecords(reading::Reading& reading, const policy::Principal& who,
                           const v1::FindRecordsRequest& request, const std::function<bool(const v1::Record&)>& write,
                           const std::function<bool()>& cancelled) {
  if (!request.as_partner().empty() || !request.sort().empty() || !request.cursor().empty()) {
    return absl::InvalidArgumentError("api: --follow works only without --as, --sort and --cursor");
  }
  return reading.Follow(
      {who, request.asker().reason(), "find"}, AskedOf(request), reading.Newest(),
      [&write](const reading::Seen& seen) { return write(RecordOf(seen)); }, cancelled);
}

namespace {

// After all that could be read.
absl::Status LeftOut(const reading::Unread& unread) {
  return absl::DataLossError(absl::StrCat("api: ", unread.count, " alerts cannot be read and are left out (arrivals ",
                                          absl::StrJoin(unread.arrivals, ", "), "); run `tidegate verify`"));
}

}  // namespace

absl::Status Alerts(reading::Reading& reading, const policy::Principal& who, const v1::AlertsRequest& request,
                    const std::function<bool(const v1::Record&)>& write, const std::function<bool()>& cancelled) {
  const reading::Look look{who, request.asker().reason(), "alerts"};
  const uint64_t newest = reading.Newest();
  search::Question alerts;
  alerts.kind = kAlertKind;
  if (request.limit() > 0 || !request.follow()) {
    search::Question question = alerts;
    size_t wanted = request.limit() == 0 ? search::kDefaultPage : request.limit();
    reading::Unread unread;
    do {
      question.limit = wanted;
      auto held = reading.Find(look, question, "");
      if (!held.ok()) return held.status();
      for (const reading::Seen& seen : held->records) {
        if (!write(RecordOf(seen))) return absl::OkStatus();
      }
      unread.Add(held->unread);
      wanted -= std::min(wanted, held->records.size());
      question.cursor = std::move(held->cursor);
    } while (wanted > 0 && !question.cursor.empty());
    if (!request.follow() && unread.count > 0) return LeftOut(unread);
  }
  if (!request.follow()) return absl::OkStatus();
  return reading.Follow(
      look, alerts, newest, [&write](const reading::Seen& seen) { return write(RecordOf(seen)); }, cancelled);
}

void FillHolder(const reading::HeldBy& held, v1::Holder* out) {
  out->set_organisation(held.holding.partner);
  out->set_state(StateOf(held.holding));
  out->set_since(FormatTime(held.holding.since_ms));
  if (held.holding.receipt_index) out->set_receipt(absl::StrCat(*held.holding.receipt_index));
  for (const std::string& opening : held.openings) out->add_openings(opening);
}

absl::StatusOr<v1::HoldersReply> Holders(reading::Reading& reading, const policy::Principal& who,
                                         const v1::HoldersRequest& request, const std::string& read_only) {
  auto holders = reading.HoldersOf({who, request.asker().reason(), "holders"}, request.id(), request.origin());
  if (!holders.ok()) return holders.status();
  // The standing of one partner, over all revisions.
  struct Standing {
    bool held = false, unanswered = false;
  };
  std::map<std::string, Standing> standings;
  v1::HoldersReply reply;
  reply.set_id(record::FormatRecordId(holders->id));
  reply.set_origin(holders->origin);
  reply.set_here(holders->here);
  reply.set_unreadable(holders->unreadable);
  if (!holders->own && !holders->origin.empty()) {
    reply.set_note(absl::StrCat("`", holders->origin,
                                "` wrote this record, and only it knows who else holds it. This node "
                                "passes on nothing that others wrote."));
  } else if (!read_only.empty()) {
    reply.set_note(
        "This node was restored from a backup. It does not know to whom it gave which revision after that backup. "
        "`tidegate recall` still asks every partner.");
  }
  for (const reading::HeldBy& held : holders->partners) {
    const ledger::Holding& holding = held.holding;
    FillHolder(held, reply.add_holders());
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
