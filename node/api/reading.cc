#include "node/api/reading.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "node/api/display.h"
#include "node/api/looking.h"
#include "node/api/verification.h"

namespace tidegate::api {
namespace {

constexpr uint32_t kMostFound = 10000;
constexpr char kAlertKind[] = "alert";
// How often a follower of alerts looks whether its asker has gone.
constexpr absl::Duration kLookAround = absl::Seconds(1);

std::string StateOf(const store::StoredRecord& record) {
  if (record.event == store::Event::kRecall) return "recalled";
  if (record.erased) return "withdrawn";
  if (record.forked) return "forked";
  return record.superseded ? "amended" : "current";
}

bool Expired(const record::VerifiedView& view, uint64_t now_ms) {
  return view.handling().expiry_ms && *view.handling().expiry_ms <= now_ms;
}

// Everything about a stored record but its fields.
void FillHeld(StoredVerifier& verifier, const store::StoredRecord& record, v1::Record* out) {
  out->set_origin(record.origin);
  out->set_log_index(record.log_index);
  out->set_arrived(FormatTime(record.arrived_ms));
  out->set_arrival(record.seq);
  out->set_state(StateOf(record));
  for (const store::Claim& claim : record.claims) out->add_given_by(claim.giver);
  verifier.Verify(record, out);
}

// The record as held here. Erased ones show their statement and no field.
absl::StatusOr<v1::Record> DisplayHeld(const Rooms& rooms, const store::Reader& reader, StoredVerifier& verifier,
                                       const store::StoredRecord& record, bool evidence = false) {
  v1::Record out;
  FillHeld(verifier, record, &out);
  if (record.erased || record.event == store::Event::kRecall) {
    auto statement = record::ParseStatement(record.view.statement);
    if (!statement.ok()) return statement.status();
    out.set_id(record::FormatRecordId(statement->record_id));
    out.set_revision(statement->revision);
    out.set_created(FormatTime(statement->created_ms));
    out.set_leaf(HexOf(record::LogLeaf(record.view.statement)));
    out.set_author_fingerprint(HexOf(statement->author_fpr));
    const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
    if (kind != nullptr) out.set_kind(std::string(kind->name));
    auto handling = record::DecodeHandling(statement->handling);
    if (handling.ok()) out.mutable_handling()->set_line(HandlingLine(*handling));
    out.mutable_verification()->set_handling(handling.ok());
    return out;
  }
  auto view = record::Verify(record.view);
  if (!view.ok()) return view.status();
  if (Expired(*view, rooms.now_ms())) {
    return absl::PermissionDeniedError("api: this record has expired and is withheld");
  }
  DisplayView(*view, &out);
  out.mutable_verification()->set_handling(true);
  if (evidence) {
    auto status = FillEvidence(rooms, reader, record, view->view(), out.mutable_evidence());
    if (!status.ok()) return status;
  }
  if (record.own) {
    for (const std::string& name : record.local.named_recipients) out.add_recipients(name);
  }
  for (const std::string& tag : record.local.tags) out.add_tags(tag);
  return out;
}

// Exactly what a partner would be sent of a record now, or the refusal.
absl::StatusOr<v1::Record> DisplayAs(const Rooms& rooms, const store::Reader& reader, StoredVerifier& verifier,
                                     decision::Candidates& candidates, const policy::PartyHandle& party,
                                     const store::StoredRecord& record, bool evidence = false) {
  if (record.erased || record.event == store::Event::kRecall) {
    return absl::NotFoundError("api: the record was recalled or erased; nobody is sent it");
  }
  if (!record.own) return absl::PermissionDeniedError("api: this node passes on only what it authored");
  auto candidate = candidates.Of(reader, record);
  if (!candidate.ok()) return candidate.status();
  auto ruling = candidates.engine().Disclose(party, *candidate, static_cast<int64_t>(rooms.now_ms()));
  if (!ruling.allowed()) return absl::PermissionDeniedError(absl::StrCat("refused: ", ruling.refusal().ToString()));
  auto narrowed = record::Narrow(record.view, ruling->rungs());
  if (absl::IsFailedPrecondition(narrowed.status())) {
    return absl::PermissionDeniedError(
        "refused: policy lets this partner see none of the fields that the record fills");
  }
  if (!narrowed.ok()) return narrowed.status();
  auto view = record::Verify(*std::move(narrowed));
  if (!view.ok()) return view.status();
  v1::Record out;
  FillHeld(verifier, record, &out);
  DisplayView(*view, &out);
  out.mutable_verification()->set_handling(true);
  if (evidence) {
    auto status = FillEvidence(rooms, reader, record, view->view(), out.mutable_evidence());
    if (!status.ok()) return status;
  }
  return out;
}

absl::StatusOr<policy::PartyHandle> PartyNamed(const Rooms& rooms, const policy::Engine& engine,
                                               const std::string& organisation) {
  const partner::PartnerPtr partner = rooms.directory.Find(organisation);
  if (partner == nullptr) return absl::NotFoundError(absl::StrCat("api: no partner is called `", organisation, "`"));
  return engine.Intern(PartyOf(*partner));
}

absl::StatusOr<record::RecordId> IdOf(const store::StoredRecord& record) {
  auto statement = record::ParseStatement(record.view.statement);
  if (!statement.ok()) return statement.status();
  return statement->record_id;
}

absl::StatusOr<store::Query> QueryOf(const v1::FindRecordsRequest& request) {
  store::Query query;
  query.kind = request.kind();
  query.origin = request.origin();
  query.limit = std::clamp<uint32_t>(request.limit() == 0 ? 50 : request.limit(), 1, kMostFound);
  if (!request.kind().empty() && record::Catalogue::FindKind(request.kind()) == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("api: there is no kind `", request.kind(), "`"));
  }
  if (!request.cursor().empty() && !absl::SimpleAtoi(request.cursor(), &query.before)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `find` printed");
  }
  if (!request.identifier().empty()) {
    auto term = IdentifierTermOf(request.identifier());
    if (!term.ok()) return term.status();
    query.terms.push_back(*std::move(term));
  }
  return query;
}

}  // namespace

absl::StatusOr<v1::Record> ShowRecord(const Rooms& rooms, const policy::Principal& who,
                                      const v1::ShowRecordRequest& request) {
  if (auto status = CheckReason(request.asker().reason()); !status.ok()) return status;
  auto snapshot = rooms.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto record = HeldRecord(**snapshot, request.id());
  if (!record.ok()) return record.status();
  auto id = IdOf(*record);
  if (!id.ok()) return id.status();

  decision::Candidates candidates(rooms.decisions.engine());
  if (!record->erased && record->event != store::Event::kRecall) {
    auto candidate = candidates.Of(**snapshot, *record);
    if (!candidate.ok()) return candidate.status();
    auto access =
        candidates.engine().Read(who, candidate->leaf, candidate->kind, candidate->label, request.asker().reason());
    if (!access.allowed()) return RefusedFor(access.refusal(), request.asker().reason());
  }
  StoredVerifier verifier(rooms, **snapshot);
  absl::StatusOr<v1::Record> shown = absl::InternalError("api: unreachable");
  if (request.as_partner().empty()) {
    shown = DisplayHeld(rooms, **snapshot, verifier, *record, request.evidence());
  } else {
    auto party = PartyNamed(rooms, candidates.engine(), request.as_partner());
    if (!party.ok()) return party.status();
    shown = DisplayAs(rooms, **snapshot, verifier, candidates, *party, *record, request.evidence());
  }
  if (!shown.ok()) return shown;
  if (auto status = RecordAccess(rooms, who, request.asker().reason(), "show", {*id}); !status.ok()) return status;
  return shown;
}

absl::StatusOr<v1::FindRecordsReply> FindRecords(const Rooms& rooms, const policy::Principal& who,
                                                 const v1::FindRecordsRequest& request) {
  if (auto status = CheckReason(request.asker().reason()); !status.ok()) return status;
  auto query = QueryOf(request);
  if (!query.ok()) return query.status();
  auto snapshot = rooms.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  decision::Candidates candidates(rooms.decisions.engine());
  const policy::Engine& engine = candidates.engine();
  auto access = engine.Search(who, "find", request.asker().reason());
  if (!access.allowed()) return RefusedFor(access.refusal(), request.asker().reason());
  std::optional<policy::PartyHandle> party;
  if (!request.as_partner().empty()) {
    auto named = PartyNamed(rooms, engine, request.as_partner());
    if (!named.ok()) return named.status();
    party = *std::move(named);
  }

  std::vector<vault::BlindTermBytes> asked;
  for (const record::Term& term : query->terms) asked.push_back(ledger::Register::Asked(**snapshot, term));
  StoredVerifier verifier(rooms, **snapshot);
  v1::FindRecordsReply reply;
  std::vector<record::RecordId> shown;
  const size_t wanted = query->limit;
  // A page of the index may hold records that the asker or the partner may not see: go on until the page is full.
  while (shown.size() < wanted) {
    query->limit = wanted - shown.size();
    auto page = (*snapshot)->Find(*query);
    if (!page.ok()) return page.status();
    for (const uint64_t seq : page->seqs) {
      auto record = (*snapshot)->GetRecord(seq);
      if (!record.ok()) return record.status();
      if (record->erased) continue;
      auto candidate = candidates.Of(**snapshot, *record);
      if (!candidate.ok()) return candidate.status();
      if (!engine.Sees(*access, candidate->kind, candidate->label)) continue;
      auto display = party ? DisplayAs(rooms, **snapshot, verifier, candidates, *party, *record)
                           : DisplayHeld(rooms, **snapshot, verifier, *record);
      if (absl::IsPermissionDenied(display.status()) || absl::IsNotFound(display.status())) continue;
      if (!display.ok()) return display.status();
      auto id = IdOf(*record);
      if (!id.ok()) return id.status();
      shown.push_back(*id);
      *reply.add_records() = *std::move(display);
    }
    query->before = page->next;
    if (page->next == 0) break;
  }
  if (query->before != 0) reply.set_cursor(absl::StrCat(query->before));
  if (auto status = RecordAccess(rooms, who, request.asker().reason(), "find", std::move(shown), asked); !status.ok()) {
    return status;
  }
  return reply;
}

absl::Status Alerts(const Rooms& rooms, const policy::Principal& who, const v1::AlertsRequest& request,
                    const std::function<bool(const v1::Record&)>& write, const std::function<bool()>& cancelled) {
  if (auto access = rooms.decisions.engine()->Search(who, "alerts", request.asker().reason()); !access.allowed()) {
    return RefusedFor(access.refusal(), request.asker().reason());
  }
  uint64_t seen = rooms.store.LastCommitted();
  v1::FindRecordsRequest find;
  find.set_kind(kAlertKind);
  find.set_limit(request.limit());
  *find.mutable_asker() = request.asker();
  if (request.limit() > 0 || !request.follow()) {
    auto held = FindRecords(rooms, who, find);
    if (!held.ok()) return held.status();
    for (const v1::Record& record : held->records()) {
      if (!write(record)) return absl::OkStatus();
    }
  }
  while (request.follow() && !cancelled()) {
    const uint64_t last = rooms.store.WaitBeyond(seen, absl::Now() + kLookAround);
    if (last <= seen) {
      if (!rooms.store.Health().ok()) return rooms.store.Health();
      continue;
    }
    auto snapshot = rooms.store.Read();
    if (!snapshot.ok()) return snapshot.status();
    std::vector<record::RecordId> fresh;
    auto status = (*snapshot)->Scan(seen + 1, last - seen, [&](const store::Arrival& arrival) {
      if (!arrival.record || arrival.record->erased || arrival.event == store::Event::kRecall) return true;
      auto statement = record::ParseStatement(arrival.record->view.statement);
      const record::Kind* kind = statement.ok() ? record::Catalogue::FindKind(statement->kind) : nullptr;
      if (kind != nullptr && kind->name == kAlertKind) fresh.push_back(statement->record_id);
      return true;
    });
    if (!status.ok()) return status;
    seen = last;
    for (const record::RecordId& id : fresh) {
      v1::ShowRecordRequest show;
      show.set_id(record::FormatRecordId(id));
      *show.mutable_asker() = request.asker();
      auto record = ShowRecord(rooms, who, show);
      if (absl::IsPermissionDenied(record.status()) || absl::IsNotFound(record.status())) continue;
      if (!record.ok()) return record.status();
      if (!write(*record)) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::HoldersReply> Holders(const Rooms& rooms, const v1::HoldersRequest& request) {
  auto snapshot = rooms.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto newest = HeldRecord(**snapshot, request.id());
  if (!newest.ok()) return newest.status();
  auto subject = record::ParseStatement(newest->view.statement);
  if (!subject.ok()) return subject.status();
  auto revisions = (*snapshot)->Revisions({subject->author_fpr, subject->record_id});
  if (!revisions.ok()) return revisions.status();
  v1::HoldersReply reply;
  reply.set_id(request.id());
  for (const uint64_t seq : *revisions) {
    auto record = (*snapshot)->GetRecord(seq);
    if (!record.ok()) return record.status();
    auto statement = record::ParseStatement(record->view.statement);
    if (!statement.ok()) return statement.status();
    const record::Kind* kind = record::Catalogue::FindKind(statement->kind, statement->schema_version);
    auto holders = rooms.disclosures.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      v1::Holder* out = reply.add_holders();
      out->set_organisation(holding.partner);
      out->set_state(std::string(ledger::HoldingStateName(holding.state)));
      out->set_since(FormatTime(holding.since_ms));
      if (holding.receipt_index) out->set_receipt(absl::StrCat(*holding.receipt_index));
      for (const store::SlotRung& opening : holding.openings) {
        if (kind == nullptr || opening.slot >= kind->slots.size()) continue;
        const record::Slot& slot = kind->slots[opening.slot];
        if (opening.rung < slot.rungs.size()) {
          out->add_openings(absl::StrCat(std::string(slot.name), "@", std::string(slot.rungs[opening.rung])));
        }
      }
      switch (holding.state) {
        case ledger::HoldingState::kErased:
          reply.set_erased(reply.erased() + 1);
          break;
        case ledger::HoldingState::kDelivered:
          reply.set_held(reply.held() + 1);
          break;
        case ledger::HoldingState::kRefused:
          break;
        case ledger::HoldingState::kIntended:
        case ledger::HoldingState::kUnanswered:
          reply.set_unanswered(reply.unanswered() + 1);
          break;
      }
    }
  }
  return reply;
}

}  // namespace tidegate::api
