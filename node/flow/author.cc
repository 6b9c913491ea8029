#include "node/flow/author.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/flow/commit.h"

namespace tidegate::flow {
namespace {

constexpr uint64_t kIntroduceTimeoutMs = 5000;
constexpr size_t kMostUserBytes = 200;
constexpr size_t kMostReasonBytes = 2000;

absl::Status CheckAsker(const v1::Asker& asker) {
  if (asker.user().size() <= kMostUserBytes && asker.reason().size() <= kMostReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError("flow: the user or the reason is too long");
}

// A record has one TLP. Of two that contradict each other the last would hold, be it the looser; whoever types them is
// there to say which is meant.
template <typename Assignments>
absl::Status OneTlp(const Assignments& assignments) {
  const std::string* first = nullptr;
  for (const v1::Assignment& assignment : assignments) {
    if (assignment.field() != "tlp") continue;
    if (first != nullptr && !absl::EqualsIgnoreCase(*first, assignment.value())) {
      return absl::InvalidArgumentError("flow: contradictory markings: `tlp` is set twice, to two values; set it once");
    }
    first = &assignment.value();
  }
  return absl::OkStatus();
}

// The chance of one revision.
struct Fresh {
  Fresh() { Draw({&chance, 1}); }
  ~Fresh() { crypto::Zeroise(&chance, sizeof(chance)); }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  Chance chance;
};

template <typename Assignments>
absl::Status AssignAll(record::Draft& draft, const Assignments& assignments) {
  if (auto status = OneTlp(assignments); !status.ok()) return status;
  for (const v1::Assignment& assignment : assignments) {
    if (auto status = Assign(draft, assignment.field(), assignment.value()); !status.ok()) return status;
  }
  return absl::OkStatus();
}

ledger::Change ChangeBy(ledger::Deed deed, const v1::Asker& asker, std::string_view source,
                        std::vector<record::RecordId> records) {
  ledger::Change change;
  change.deed = deed;
  change.user = asker.user();
  change.reason = asker.reason();
  change.source = std::string(source);
  change.records = std::move(records);
  return change;
}

absl::StatusOr<store::StoredRecord> Current(const Rooms& rooms, const std::string& id) {
  auto record_id = record::ParseRecordId(id);
  if (!record_id.ok()) return record_id.status();
  auto snapshot = rooms.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto seq = (*snapshot)->FindById(*record_id);
  if (absl::IsNotFound(seq.status()))
    return absl::NotFoundError(absl::StrCat("flow: no record `", id, "` is held here"));
  if (!seq.ok()) return seq.status();
  return (*snapshot)->GetRecord(*seq);
}

v1::AuthoredReply ReplyFor(const record::VerifiedView& view, uint64_t log_index) {
  v1::AuthoredReply reply;
  reply.set_id(record::FormatRecordId(view.statement().record_id));
  reply.set_revision(view.statement().revision);
  reply.set_log_index(static_cast<double>(log_index));
  return reply;
}

// What is said about another record is handled as that record is, so that it reaches those who hold it and no others.
absl::Status HandleAs(record::Draft& draft, const store::StoredRecord& subject) {
  auto statement = record::ParseStatement(subject.view.statement);
  if (!statement.ok()) return statement.status();
  auto handling = record::DecodeHandling(statement->handling);
  if (!handling.ok()) return handling.status();
  draft.handling.tlp = handling->effective_tlp();
  draft.handling.purposes = handling->purposes;
  draft.handling.legal_basis = handling->legal_basis;
  return absl::OkStatus();
}

}  // namespace

Authoring::Authoring(const Rooms& rooms, Continuity& continuity, const Receiving& receive, std::string node_directory,
                     std::string reader)
    : rooms_(rooms),
      continuity_(continuity),
      receive_(receive),
      node_directory_(std::move(node_directory)),
      reader_(std::move(reader)) {}

void Authoring::Connect(exchange::FollowerOptions lines, const exchange::Server& server,
                        exchange::Followers& followers) {
  lines_ = std::move(lines);
  server_ = &server;
  followers_ = &followers;
}

absl::StatusOr<v1::AuthoredReply> Authoring::AuthorOne(record::Draft draft, const v1::Asker& asker,
                                                       std::string_view source) {
  if (auto status = CheckAsker(asker); !status.ok()) return status;
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  auto authored = CommitNew(rooms_, std::move(draft), Fresh().chance);
  if (!authored.ok()) return authored.status();
  std::vector<Authored> one;
  one.push_back(*std::move(authored));
  auto indices = StoreAuthored(rooms_, one,
                               ChangeBy(ledger::Deed::kCollection, asker, source, {one[0].view.statement().record_id}));
  if (!indices.ok()) return indices.status();
  return ReplyFor(one[0].view, indices->front());
}

absl::StatusOr<v1::AuthoredReply> Authoring::Add(const v1::AddRecordRequest& request) {
  auto draft = record::Draft::Create(request.kind());
  if (!draft.ok()) return draft.status();
  if (auto status = AssignAll(*draft, request.set()); !status.ok()) return status;
  return AuthorOne(*std::move(draft), request.asker(), "add");
}

absl::StatusOr<v1::AuthoredReply> Authoring::Amend(const v1::AmendRecordRequest& request) {
  if (auto status = CheckAsker(request.asker()); !status.ok()) return status;
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  auto predecessor = Current(rooms_, request.id());
  if (!predecessor.ok()) return predecessor.status();
  if (predecessor->erased)
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  auto draft = DraftOf(*predecessor);
  if (!draft.ok()) return draft.status();
  if (auto status = AssignAll(*draft, request.set()); !status.ok()) return status;
  auto authored = CommitAmendment(rooms_, *std::move(draft), *predecessor, Fresh().chance);
  if (!authored.ok()) return authored.status();
  std::vector<Authored> one;
  one.push_back(*std::move(authored));
  auto indices = StoreAuthored(
      rooms_, one, ChangeBy(ledger::Deed::kAlteration, request.asker(), "amend", {one[0].view.statement().record_id}));
  if (!indices.ok()) return indices.status();
  return ReplyFor(one[0].view, indices->front());
}

absl::StatusOr<v1::AuthoredReply> Authoring::Link(const v1::LinkRecordsRequest& request) {
  auto draft = record::Draft::Create("link");
  if (!draft.ok()) return draft.status();
  for (const std::string& id : {request.from(), request.to()}) {
    auto held = Current(rooms_, id);
    if (!held.ok()) return held.status();
  }
  if (auto status = draft->SetField("from", request.from()); !status.ok()) return status;
  if (auto status = draft->SetField("verb", request.verb()); !status.ok()) return status;
  if (auto status = draft->SetField("to", request.to()); !status.ok()) return status;
  if (auto status = AssignAll(*draft, request.set()); !status.ok()) return status;
  return AuthorOne(*std::move(draft), request.asker(), "link");
}

absl::StatusOr<v1::AuthoredReply> Authoring::Sight(const v1::SightRecordRequest& request) {
  auto subject = Current(rooms_, request.id());
  if (!subject.ok()) return subject.status();
  auto draft = record::Draft::Create("sighting");
  if (!draft.ok()) return draft.status();
  if (auto status = HandleAs(*draft, *subject); !status.ok()) return status;
  // The author is told whatever the TLP; others as policy says.
  if (!subject->own) draft->local.named_recipients = {subject->origin};
  if (auto status = draft->SetField("reference", request.id()); !status.ok()) return status;
  if (auto status = draft->SetField("outcome", request.outcome()); !status.ok()) return status;
  if (!request.note().empty()) {
    if (auto status = draft->SetField("note", request.note()); !status.ok()) return status;
  }
  return AuthorOne(*std::move(draft), request.asker(), "sighting");
}

absl::StatusOr<v1::RecallRecordReply> Authoring::Recall(const v1::RecallRecordRequest& request) {
  if (auto status = CheckAsker(request.asker()); !status.ok()) return status;
  if (request.reason().empty() || request.reason().size() > kMostReasonBytes) {
    return absl::InvalidArgumentError("flow: a recall needs a reason of at most 2000 bytes");
  }
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  auto newest = Current(rooms_, request.id());
  if (!newest.ok()) return newest.status();
  if (!newest->own) return absl::PermissionDeniedError("flow: only its author can recall a record");
  auto statement = record::ParseStatement(newest->view.statement);
  if (!statement.ok()) return statement.status();

  v1::RecallRecordReply reply;
  reply.set_id(request.id());
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto revisions = (*snapshot)->Revisions({statement->author_fpr, statement->record_id});
  if (!revisions.ok()) return revisions.status();
  for (const uint64_t seq : *revisions) {
    auto holders = rooms_.disclosures.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      const auto& named = reply.holders();
      if (std::find(named.begin(), named.end(), holding.partner) == named.end()) reply.add_holders(holding.partner);
    }
  }
  if (request.dry_run()) return reply;
  reply.set_recalled(true);
  if (statement->act == record::Act::kRecall) return reply;  // recalled already: the same answer again
  snapshot->reset();

  auto recall = record::CommitRecall(*statement, rooms_.directory.identity().log_fingerprint(), rooms_.now_ms());
  if (!recall.ok()) return recall.status();
  std::vector<Authored> one;
  one.push_back({*std::move(recall), {}});
  v1::Asker asker = request.asker();
  asker.set_reason(request.reason());
  auto indices = StoreAuthored(rooms_, one, ChangeBy(ledger::Deed::kRecall, asker, "recall", {statement->record_id}));
  if (!indices.ok()) return indices.status();
  return reply;
}

absl::Status Authoring::Introduce(const std::string& organisation) {
  if (followers_ == nullptr) return absl::UnavailableError("flow: the lines to partners are not open yet");
  auto partner = exchange::IntroduceOnce(organisation, Address(), rooms_.directory, lines_.reach, kIntroduceTimeoutMs);
  followers_->Hurry();
  return partner.status();
}

std::string Authoring::Address() const { return lines_.address; }

std::vector<v1::PartnerStatus> Authoring::Lines() const {
  std::vector<v1::PartnerStatus> lines;
  if (server_ == nullptr || followers_ == nullptr) return lines;
  const std::vector<std::string> following = server_->Following();
  const std::vector<exchange::FollowState> states = followers_->States();
  for (const partner::PartnerPtr& partner : rooms_.directory.List()) {
    v1::PartnerStatus& line = lines.emplace_back();
    line.set_organisation(partner->organisation);
    line.set_state(std::string(partner->state()));
    line.set_quantum_safe(partner->quantum_safe);
    line.set_sector(partner->sector);
    line.set_country(partner->country);
    line.set_claimed_sector(partner->keys.sector);
    line.set_claimed_country(partner->keys.country);
    line.set_address(partner->address);
    for (const std::string& purpose : partner->purposes) line.add_purposes(purpose);
    for (const std::string& basis : partner->legal_bases) line.add_legal_bases(basis);
    line.set_followed(std::find(following.begin(), following.end(), partner->organisation) != following.end());
    line.set_received(static_cast<double>(receive_.ReceivedFrom(partner->organisation)));
    for (const exchange::FollowState& state : states) {
      if (state.organisation != partner->organisation) continue;
      line.set_following(state.connected);
      line.set_caught_up(state.caught_up);
      line.set_last_contact_ms(static_cast<double>(state.last_contact_ms));
      line.set_last_error(state.last_error);
    }
  }
  return lines;
}

}  // namespace tidegate::flow
