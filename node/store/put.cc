// Storing records: preparation outside the transaction, then one row with its place among the revisions.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "node/store/claims.h"
#include "node/store/kin.h"
#include "node/store/prepared.h"
#include "node/store/shed.h"

namespace tidegate::store {
namespace {

// Sets flags of a row; a superseded one leaves search and counts. A row that cannot be read stays as it is: it must not
// stand in the way of what comes after it.
absl::Status Mark(Transaction& transaction, uint64_t seq, bool superseded, bool forked) {
  std::string buffer;
  absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
  if (absl::IsDataLoss(row.status())) return absl::OkStatus();
  if (!row.ok()) return row.status();
  if ((row->superseded || !superseded) && (row->forked || !forked)) return absl::OkStatus();
  std::string retention;
  if (!row->erased && row->event != Event::kRecall) {
    absl::StatusOr<Description> description = DescribeRow(transaction, *row);
    if (!description.ok()) return description.status();
    retention = description->retention;
    if (superseded && !row->superseded) {
      absl::Status status = Unindex(transaction, seq, row->label, *description);
      if (!status.ok()) return status;
    } else if (forked && !row->forked && !row->superseded) {
      IndexFork(transaction, seq);
    }
  }
  row->superseded |= superseded;
  row->forked |= forked;
  return transaction.WriteRow(seq, *row, retention);
}

Event EventOf(record::Act act) {
  switch (act) {
    case record::Act::kPut:
      return Event::kPut;
    case record::Act::kAmend:
      return Event::kAmend;
    case record::Act::kRecall:
      return Event::kRecall;
  }
  return Event::kPut;
}

}  // namespace

PreparedPut::PreparedPut() : fields_(std::make_unique<Fields>()) {}
PreparedPut::PreparedPut(PreparedPut&&) noexcept = default;
PreparedPut& PreparedPut::operator=(PreparedPut&&) noexcept = default;
PreparedPut::~PreparedPut() = default;
const crypto::Hash& PreparedPut::leaf() const { return fields_->leaf; }
std::optional<uint64_t> PreparedPut::expiry_ms() const { return fields_->expiry_ms; }
size_t PreparedPut::bytes() const { return fields_->view.size() + fields_->local.size(); }
const std::string& ReceivedRecord::label() const { return put_.fields_->description.label; }
void PreparedPut::set_log_index(uint64_t index) { fields_->log_index = index; }
void PreparedPut::set_proof_id(uint64_t id) { fields_->proof_id = id; }

absl::StatusOr<PreparedPut> ReceivedRecord::Admit(policy::Admission admission) && {
  if (!admission.Allows(put_.leaf(), put_.fields_->giver)) {
    return absl::PermissionDeniedError("store: the admission is for another record or another giver");
  }
  return std::move(put_);
}

absl::StatusOr<PreparedPut> PreparedPut::Make(const PutRequest& request, Shared& shared) {
  if (request.view == nullptr) return absl::InvalidArgumentError("store: a put needs a view");
  PreparedPut prepared;
  Fields& fields = *prepared.fields_;
  const record::VerifiedView& view = *request.view;
  fields.statement = view.statement();
  fields.leaf = view.leaf();
  const vault::Vault& vault = shared.vault();
  fields.leaf_term = IndexTerm(kLeafBlind, vault.BlindTerm(kLeafBlind, crypto::View(fields.leaf)));
  fields.record_term = IndexTerm(kRecordBlind, vault.BlindTerm(kRecordBlind, crypto::View(fields.statement.record_id)));
  fields.view = record::EncodeHeld(view);
  absl::StatusOr<std::string> local = record::EncodeLocalFacts(request.local);
  if (!local.ok()) return local.status();
  fields.local = *std::move(local);
  fields.origin = request.origin;
  fields.giver = request.giver;
  fields.log_index = request.log_index;
  fields.proof_id = request.proof_id;
  fields.arrived_ms = request.arrived_ms;
  if (!view.recall()) fields.expiry_ms = view.handling().expiry_ms;
  fields.openings = record::OpeningsOf(view.view());
  if (!view.recall()) {
    const bool own = request.giver.empty();
    std::vector<std::string> givers;
    if (!own) givers.push_back(request.giver);
    fields.description =
        Describe({view, request.local, request.origin, own, request.arrived_ms, std::move(givers), false}, shared);
  }
  return prepared;
}

namespace {

// What the store holds of the record that is about to be stored, as far as Put needs it.
struct Place {
  Kin kin;
  int author = -1;                 // in `kin`
  std::vector<uint64_t> forks;     // rows with the same predecessor
  std::optional<uint64_t> parent;  // the predecessor
  bool superseded = false;         // a successor came first
};

// The row that this one names as its predecessor, if it is held and of the same record.
absl::StatusOr<std::optional<uint64_t>> ParentOf(const Transaction& transaction, const PreparedPut::Fields& fields) {
  const record::Statement& statement = fields.statement;
  if (statement.prev_leaf == crypto::Hash{}) return std::optional<uint64_t>();
  const Term leaf = transaction.shared().IndexTermOf(kLeafBlind, crypto::View(statement.prev_leaf));
  absl::StatusOr<std::optional<uint64_t>> seq = transaction.FindLeaf(leaf);
  if (!seq.ok() || !seq->has_value()) return seq;
  std::string buffer;
  absl::StatusOr<Row> row = transaction.ReadRow(**seq, buffer);
  if (absl::IsDataLoss(row.status())) return std::optional<uint64_t>();
  if (!row.ok()) return row.status();
  absl::StatusOr<record::View> view = record::DecodeHeld(row->view);
  if (!view.ok()) return view.status();
  absl::StatusOr<Identity> identity = IdentityOf(*view);
  if (!identity.ok()) return identity.status();
  const bool same =
      identity->statement.author_fpr == statement.author_fpr && identity->statement.record_id == statement.record_id;
  return same ? seq : std::optional<uint64_t>();
}

// Whether a damaged row has no author that we know of, and the received recall may take it back: its author has another
// row under the id, or names the damaged row's leaf. Somebody else who does so gains nothing: nobody can read the row.
absl::StatusOr<bool> TakesBackUnread(const Transaction& transaction, const PreparedPut::Fields& fields,
                                     const Place& place) {
  const std::vector<uint64_t>& unread = place.kin.unread_others();
  if (unread.empty() || place.author >= 0) return !unread.empty();
  const Term leaf = transaction.shared().IndexTermOf(kLeafBlind, crypto::View(fields.statement.prev_leaf));
  absl::StatusOr<std::optional<uint64_t>> newest = transaction.FindLeaf(leaf);
  if (!newest.ok()) return newest.status();
  return newest->has_value() && std::find(unread.begin(), unread.end(), **newest) != unread.end();
}

// The rows that a recall takes back.
absl::StatusOr<std::vector<uint64_t>> RecalledRows(const Transaction& transaction, const PreparedPut::Fields& fields,
                                                   const Place& place) {
  std::vector<uint64_t> rows;
  if (place.author >= 0) {
    absl::StatusOr<std::vector<uint64_t>> held = place.kin.Rows(transaction, static_cast<size_t>(place.author));
    if (!held.ok()) return held.status();
    rows = *std::move(held);
  }
  std::vector<uint64_t> unread = place.kin.unread_own();
  if (!fields.giver.empty()) {
    absl::StatusOr<bool> takes = TakesBackUnread(transaction, fields, place);
    if (!takes.ok()) return takes.status();
    unread = *takes ? place.kin.unread_others() : std::vector<uint64_t>();
  }
  rows.insert(rows.end(), unread.begin(), unread.end());
  return rows;
}

// Finds the place of the new revision among those held. If there is none, `refused` says why.
absl::StatusOr<Place> FindPlace(Transaction& transaction, const PreparedPut::Fields& fields,
                                std::optional<PutResult>& refused) {
  const record::Statement& statement = fields.statement;
  const bool received = !fields.giver.empty();
  const bool recall = statement.act == record::Act::kRecall;
  absl::StatusOr<Kin> kin = Kin::Keep(transaction, fields.record_term);
  if (!kin.ok()) return kin.status();
  Place place{*std::move(kin), -1, {}, std::nullopt, false};
  place.author = place.kin.Find(statement.author_fpr);
  // Everybody who was given a record knows its id. Only its author may use that id. An old store may hold a twin all
  // the same, and the twin's author may take it back.
  const bool takes_back = recall && place.author >= 0;
  if (received && place.kin.HasOwn() && !takes_back) {
    refused = PutResult{PutOutcome::kTwin, 0, false, {}};
    return place;
  }
  if (received && !recall && !place.kin.damage().ok() && place.kin.size() >= kMostBesideUnread) {
    refused = PutResult{PutOutcome::kLimit, 0, false, {}};
    return place;
  }
  if (place.author < 0) {
    if (received && place.kin.authors().size() >= kMostAuthors) refused = PutResult{PutOutcome::kLimit, 0, false, {}};
    return place;
  }
  const auto author = static_cast<size_t>(place.author);
  const Kinsman& held = place.kin.authors()[author];
  if (!held.recalls.empty()) {
    refused = PutResult{recall ? PutOutcome::kKnown : PutOutcome::kRefused, held.recalls.front(), false, {}};
    return place;
  }
  if (recall) return place;
  absl::StatusOr<std::vector<uint64_t>> forks = place.kin.Children(transaction, author, statement.prev_leaf);
  if (!forks.ok()) return forks.status();
  place.forks = *std::move(forks);
  if (received && (held.rows >= kMostRevisions || place.forks.size() >= kMostForks)) {
    refused = PutResult{PutOutcome::kLimit, 0, false, {}};
    return place;
  }
  absl::StatusOr<std::vector<uint64_t>> after = place.kin.Children(transaction, author, fields.leaf);
  if (!after.ok()) return after.status();
  place.superseded = !after->empty();
  absl::StatusOr<std::optional<uint64_t>> parent = ParentOf(transaction, fields);
  if (!parent.ok()) return parent.status();
  place.parent = *parent;
  return place;
}

// Marks those that the new row changes.
absl::Status MarkNeighbours(Transaction& transaction, const Place& place) {
  // If there are more than two, all but the new one are marked already.
  if (place.forks.size() <= 1) {
    for (uint64_t seq : place.forks) {
      if (absl::Status status = Mark(transaction, seq, false, true); !status.ok()) return status;
    }
  }
  return place.parent.has_value() ? Mark(transaction, *place.parent, true, false) : absl::OkStatus();
}

// Erases what others gave us of a revision that its author has replaced.
absl::Status DropReplaced(Transaction& transaction, const PreparedPut::Fields& fields, const Place& place,
                          uint64_t seq) {
  if (fields.giver.empty()) return absl::OkStatus();
  absl::Status status = absl::OkStatus();
  if (place.parent.has_value()) status = EraseHeld(transaction, *place.parent, fields.arrived_ms, false).status();
  if (status.ok() && place.superseded) status = EraseHeld(transaction, seq, fields.arrived_ms, false).status();
  return status;
}

absl::StatusOr<uint64_t> AppendRecord(Transaction& transaction, const PreparedPut::Fields& fields, Row& row) {
  row.at_ms = fields.arrived_ms;
  row.own = fields.giver.empty();
  row.log_index = fields.log_index;
  row.proof = fields.proof_id;
  row.local = fields.local;
  row.view = fields.view;
  absl::StatusOr<uint32_t> origin = transaction.Intern(Interned::kParty, fields.origin);
  if (!origin.ok()) return origin.status();
  row.origin = *origin;
  if (!fields.giver.empty()) {
    absl::StatusOr<uint32_t> giver = transaction.Intern(Interned::kParty, fields.giver);
    if (!giver.ok()) return giver.status();
    row.claims.push_back({*giver, {}});
  }
  if (row.event != Event::kRecall) {
    absl::StatusOr<uint32_t> label = transaction.Intern(Interned::kLabel, fields.description.label);
    if (!label.ok()) return label.status();
    row.label = *label;
  }
  absl::StatusOr<uint64_t> seq = transaction.AppendRow(row, fields.description.retention);
  if (!seq.ok()) return seq.status();
  transaction.AddRevision(fields.leaf_term, fields.record_term, *seq);
  if (row.event == Event::kRecall || row.superseded) return seq;
  if (absl::Status status = Index(transaction, *seq, row.label, fields.description); !status.ok()) return status;
  if (row.forked) IndexFork(transaction, *seq);
  return seq;
}

absl::Status EraseRecalled(Transaction& transaction, const std::vector<uint64_t>& revisions, uint64_t at_ms,
                           std::vector<uint64_t>& erased_rows) {
  for (uint64_t seq : revisions) {
    // Before it is marked: that may seal it under another key.
    absl::Status status = NoteErased(transaction, Dbi::kArrivals, Key64(seq), at_ms);
    if (status.ok()) status = Mark(transaction, seq, true, false);
    if (!status.ok()) return status;
    absl::StatusOr<bool> erased = EraseHeld(transaction, seq, at_ms, true);
    if (!erased.ok()) return erased.status();
    if (*erased) erased_rows.push_back(seq);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PutResult> WriteTransaction::Put(const PreparedPut& prepared) {
  if (prepared.fields_ == nullptr) return absl::InvalidArgumentError("store: a put was moved away");
  const PreparedPut::Fields& fields = *prepared.fields_;
  Row row;
  row.event = EventOf(fields.statement.act);
  absl::StatusOr<bool> chain = transaction_->HasChain(fields.record_term);
  if (!chain.ok()) return chain.status();
  if (!*chain) {
    absl::StatusOr<uint64_t> seq = AppendRecord(*transaction_, fields, row);
    if (!seq.ok()) return seq.status();
    return PutResult{PutOutcome::kStored, *seq, false, {}};
  }
  // A leaf is of one record: where no revision is held, this one is not either.
  absl::StatusOr<std::optional<uint64_t>> held = transaction_->FindLeaf(fields.leaf_term);
  if (!held.ok()) return held.status();
  if (held->has_value()) return MergeIntoHeld(*transaction_, **held, fields);

  std::optional<PutResult> refused;
  absl::StatusOr<Place> place = FindPlace(*transaction_, fields, refused);
  if (!place.ok()) return place.status();
  if (refused.has_value()) return *std::move(refused);
  const bool recall = row.event == Event::kRecall;
  std::vector<uint64_t> recalled;
  if (recall) {
    absl::StatusOr<std::vector<uint64_t>> rows = RecalledRows(*transaction_, fields, *place);
    if (!rows.ok()) return rows.status();
    recalled = *std::move(rows);
  }
  row.superseded = place->superseded;
  row.forked = !place->forks.empty();
  if (absl::Status status = MarkNeighbours(*transaction_, *place); !status.ok()) return status;
  absl::StatusOr<uint64_t> seq = AppendRecord(*transaction_, fields, row);
  if (!seq.ok()) return seq.status();
  absl::Status status = place->kin.Add(*transaction_, fields.statement, row.origin, row.own, *seq);
  if (!status.ok()) return status;
  PutResult result{PutOutcome::kStored, *seq, row.forked, {}};
  if (recall) {
    status = EraseRecalled(*transaction_, recalled, fields.arrived_ms, result.erased);
  } else {
    status = DropReplaced(*transaction_, fields, *place, *seq);
  }
  if (!status.ok()) return status;
  return result;
}

}  // namespace tidegate::store
