// Storing records: preparation outside the transaction, then one row with its place among the revisions.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "node/store/claims.h"
#include "node/store/prepared.h"

namespace tidegate::store {
namespace {

// One revision of the record at hand that is already held.
struct Sibling {
  uint64_t seq = 0;
  Identity identity;
  bool recall = false;
};

absl::StatusOr<std::vector<Sibling>> Siblings(const Transaction& transaction, const std::vector<uint64_t>& chain,
                                              const crypto::Hash& author) {
  std::vector<Sibling> siblings;
  std::string buffer;
  for (uint64_t seq : chain) {
    absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
    if (!row.ok()) return row.status();
    absl::StatusOr<record::View> view = record::DecodeHeld(row->view);
    if (!view.ok()) return view.status();
    absl::StatusOr<Identity> identity = IdentityOf(*view);
    if (!identity.ok()) return identity.status();
    // Ids are random, so another author's record under this id is that author's mistake or mischief, and no revision.
    if (identity->statement.author_fpr != author) continue;
    siblings.push_back({seq, *std::move(identity), row->event == Event::kRecall});
  }
  return siblings;
}

// Sets flags of a row; a superseded one leaves search and counts.
absl::Status Mark(Transaction& transaction, uint64_t seq, bool superseded, bool forked) {
  std::string buffer;
  absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
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
const std::string& PreparedPut::label() const { return fields_->description.label; }
void PreparedPut::set_log_index(uint64_t index) { fields_->log_index = index; }
void PreparedPut::set_proof_id(uint64_t id) { fields_->proof_id = id; }

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
  for (const record::Opened& opened : view.view().opened) fields.openings.push_back({opened.slot, opened.rung});
  if (!view.recall()) {
    fields.description = Describe(view, request.local, request.origin, request.giver.empty(), shared);
  }
  return prepared;
}

absl::StatusOr<PutResult> WriteTransaction::Put(const PreparedPut& prepared) {
  if (prepared.fields_ == nullptr) return absl::InvalidArgumentError("store: a put was moved away");
  const PreparedPut::Fields& fields = *prepared.fields_;
  absl::StatusOr<std::vector<uint64_t>> chain = transaction_->Chain(fields.record_term);
  if (!chain.ok()) return chain.status();
  // A leaf is of one record: where no revision is held, this one is not either.
  if (!chain->empty()) {
    absl::StatusOr<std::optional<uint64_t>> held = transaction_->FindLeaf(fields.leaf_term);
    if (!held.ok()) return held.status();
    if (held->has_value()) return MergeIntoHeld(*transaction_, **held, fields);
  }
  absl::StatusOr<std::vector<Sibling>> siblings = Siblings(*transaction_, *chain, fields.statement.author_fpr);
  if (!siblings.ok()) return siblings.status();

  PutResult result;
  Row row;
  row.event = EventOf(fields.statement.act);
  const bool recall = row.event == Event::kRecall;
  for (const Sibling& sibling : *siblings) {
    const record::Statement& other = sibling.identity.statement;
    if (sibling.recall && !recall) return PutResult{PutOutcome::kRefused, sibling.seq, false, {}};
    row.superseded |= other.prev_leaf == fields.leaf;
    if (recall || sibling.recall) continue;
    result.forked |= other.prev_leaf == fields.statement.prev_leaf;
  }
  row.forked = result.forked;
  for (const Sibling& sibling : *siblings) {
    const bool fork =
        result.forked && !sibling.recall && sibling.identity.statement.prev_leaf == fields.statement.prev_leaf;
    const bool successor = recall || sibling.identity.leaf == fields.statement.prev_leaf;
    if (absl::Status status = Mark(*transaction_, sibling.seq, successor, fork); !status.ok()) return status;
  }

  row.at_ms = fields.arrived_ms;
  row.own = fields.giver.empty();
  row.log_index = fields.log_index;
  row.proof = fields.proof_id;
  row.local = fields.local;
  row.view = fields.view;
  absl::StatusOr<uint32_t> origin = transaction_->Intern(Interned::kParty, fields.origin);
  if (!origin.ok()) return origin.status();
  row.origin = *origin;
  if (!fields.giver.empty()) {
    absl::StatusOr<uint32_t> giver = transaction_->Intern(Interned::kParty, fields.giver);
    if (!giver.ok()) return giver.status();
    row.claims.push_back({*giver, {}});
  }
  if (!recall) {
    absl::StatusOr<uint32_t> label = transaction_->Intern(Interned::kLabel, fields.description.label);
    if (!label.ok()) return label.status();
    row.label = *label;
  }
  absl::StatusOr<uint64_t> seq = transaction_->AppendRow(row, fields.description.retention);
  if (!seq.ok()) return seq.status();
  result.seq = *seq;
  transaction_->AddRevision(fields.leaf_term, fields.record_term, *seq);
  if (!recall && !row.superseded) {
    absl::Status status = Index(*transaction_, *seq, row.label, fields.description);
    if (!status.ok()) return status;
  }
  if (!recall) return result;
  for (const Sibling& sibling : *siblings) {
    if (sibling.recall) continue;
    absl::StatusOr<bool> erased = EraseHeld(*transaction_, sibling.seq, fields.arrived_ms, true);
    if (!erased.ok()) return erased.status();
    if (*erased) result.erased.push_back(sibling.seq);
  }
  return result;
}

}  // namespace tidegate::store
