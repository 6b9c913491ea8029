// The arrival order: each row opens and is what it says, each record is its author's and is found by its id.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "node/store/verify/run.h"

namespace tidegate::verify {
namespace {

std::string At(uint64_t seq) { return absl::StrCat("arrival ", seq); }

// Another revision as the flags depend on it.
struct Revision {
  uint64_t seq = 0;
  bool recall = false;
  record::Statement statement;
  crypto::Hash leaf{};
};

class Arrivals {
 public:
  explicit Arrivals(Run& run) : run_(run), disk_(run.disk), own_(run.IndexTerm(kOwnBlind, "")) {}

  void Row(uint64_t seq, std::string_view plain);
  uint64_t records() const { return records_; }

 private:
  void Found(std::string what) { disk_.Found("arrivals", At(seq_), std::move(what)); }
  void Record(const ArrivalRow& row);
  void Live(const ArrivalRow& row, const record::View& view, const std::string& origin);
  void Indexed(const ArrivalRow& row, const record::VerifiedView& view, const std::string& label,
               const std::string& origin, const record::LocalFacts& local);
  void Claims(const ArrivalRow& row, const record::View& view);
  void Flags(const ArrivalRow& row, const record::Statement& statement, const crypto::Hash& leaf);
  void Logged(const ArrivalRow& row, const crypto::Hash& leaf);
  std::optional<Revision> Load(uint64_t seq);

  Run& run_;
  Disk& disk_;
  const vault::BlindTermBytes own_;
  uint64_t seq_ = 0;
  uint64_t records_ = 0;
  // The proof last asked for: parcels hold neighbours.
  uint64_t proof_id_ = 0;
  std::map<uint64_t, crypto::Hash> proof_leaves_;
};

void Arrivals::Row(uint64_t seq, std::string_view plain) {
  seq_ = seq;
  ArrivalRow row;
  if (!DecodeArrival(plain, row)) return Found("is not laid out as FORMAT.md says");
  if (row.own || !row.is_record()) run_.expected_pairs.Add(run_.DigestOf(own_, seq_));
  if (row.is_record()) return Record(row);
  if (row.subject == 0 || row.subject >= seq || !disk_.Raw("arrivals", BigEndian(row.subject)).has_value()) {
    Found(absl::StrCat("is an event about arrival ", row.subject, ", which does not come before it"));
  }
}

void Arrivals::Record(const ArrivalRow& row) {
  ++records_;
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return Found(std::string(view.status().message()));
  absl::StatusOr<record::Statement> statement = record::ParseStatement(view->statement);
  if (!statement.ok()) return Found(std::string(statement.status().message()));
  if (static_cast<uint8_t>(statement->act) != row.event) Found("is another act than its statement says");
  const crypto::Hash leaf = record::LogLeaf(view->statement);
  for (const auto& term : run_.NamesOf(leaf, statement->record_id)) {
    run_.expected_pairs.Add(run_.DigestOf(term, seq_));
  }
  Flags(row, *statement, leaf);
  Logged(row, leaf);
  std::optional<std::string> origin = run_.Interned(kParties, row.origin, At(seq_));
  disk_.report().erased += row.erased ? 1 : 0;
  if (!row.erased && !row.recall()) {
    if (origin.has_value()) Live(row, *view, *origin);
    return;
  }
  const bool contents = !view->opened.empty() || !view->proof.empty() || row.label != 0;
  if (contents || (row.erased && !row.local.empty())) Found("is erased or a recall and still holds contents");
}

void Arrivals::Live(const ArrivalRow& row, const record::View& view, const std::string& origin) {
  Claims(row, view);
  absl::StatusOr<record::VerifiedView> verified = record::Verify(view);
  if (!verified.ok()) return Found(std::string(verified.status().message()));
  absl::StatusOr<record::LocalFacts> local = record::DecodeLocalFacts(row.local);
  if (!local.ok()) return Found(std::string(local.status().message()));
  const std::string label = label::EncodeLabel(record::LabelOf(*verified, *local, origin, row.own));
  std::optional<std::string> stored = run_.Interned(kLabels, row.label, At(seq_));
  if (stored.has_value() && *stored != label) Found("has a label that is not its own");
  if (row.shown()) Indexed(row, *verified, label, origin, *local);
}

void Arrivals::Indexed(const ArrivalRow& row, const record::VerifiedView& view, const std::string& label,
                       const std::string& origin, const record::LocalFacts& local) {
  for (const vault::BlindTermBytes& term : run_.TermsOf(row, view, origin, local)) {
    run_.expected_pairs.Add(run_.DigestOf(term, seq_));
  }
  const uint32_t label_id = run_.NumberOf(kLabels, label);
  const std::string head = BigEndian(label_id, 4) + BigEndian(view.statement().kind, 4);
  ++run_.expected_counts[BigEndian(0, 1) + head + BigEndian(0xffff, 2) + BigEndian(0, 2) + BigEndian(0, 4)];
  for (const record::HeldSlot& held : record::HeldSlotsOf(view)) {
    uint32_t marking = 0;
    if (!held.marking.empty()) marking = run_.NumberOf(kMarkings, label::EncodeMarking(held.marking));
    ++run_.expected_counts[BigEndian(1, 1) + head + BigEndian(held.slot, 2) + BigEndian(held.rungs, 2) +
                           BigEndian(marking, 4)];
  }
}

// Checks that the view opens exactly what its givers gave.
void Arrivals::Claims(const ArrivalRow& row, const record::View& view) {
  if (row.own) {
    if (!row.claims.empty()) Found("is our own and has a giver");
    return;
  }
  std::map<uint16_t, uint8_t> held, given;
  for (const record::Opened& opened : view.opened) held[opened.slot] = opened.rung;
  for (const ClaimRow& claim : row.claims) {
    run_.Interned(kParties, claim.giver, At(seq_));
    if (claim.openings.empty()) given = held;
    for (const auto& [slot, rung] : claim.openings) {
      auto [place, fresh] = given.try_emplace(slot, rung);
      if (!fresh) place->second = std::min(place->second, rung);
    }
  }
  if (given != held) Found("opens other fields than its givers gave");
}

std::optional<Revision> Arrivals::Load(uint64_t seq) {
  const std::string key = BigEndian(seq);
  std::optional<std::string_view> sealed = disk_.Raw("arrivals", key);
  if (!sealed.has_value()) return std::nullopt;
  absl::StatusOr<std::string> plain = disk_.Open("arrivals", key, *sealed);
  ArrivalRow row;
  if (!plain.ok() || !DecodeArrival(*plain, row) || !row.is_record()) return std::nullopt;
  absl::StatusOr<record::View> view = record::DecodeHeld(row.view);
  if (!view.ok()) return std::nullopt;
  absl::StatusOr<record::Statement> statement = record::ParseStatement(view->statement);
  if (!statement.ok()) return std::nullopt;
  return Revision{seq, row.recall(), *std::move(statement), record::LogLeaf(view->statement)};
}

void Arrivals::Flags(const ArrivalRow& row, const record::Statement& statement, const crypto::Hash& leaf) {
  bool listed = false, superseded = false, forked = false, recalled = false;
  for (uint64_t seq : run_.index.Arrivals(run_.IndexTerm(kRecordBlind, crypto::View(statement.record_id)))) {
    listed |= seq == seq_;
    if (seq == seq_) continue;
    std::optional<Revision> other = Load(seq);
    if (!other.has_value()) {
      disk_.Found("postings", At(seq_), absl::StrCat("is tied to arrival ", seq, ", which is no record"));
      continue;
    }
    if (other->leaf == leaf) Found(absl::StrCat("is held twice, as arrival ", seq, " too"));
    if (other->statement.author_fpr != statement.author_fpr) continue;
    superseded |= other->recall || other->statement.prev_leaf == leaf;
    recalled |= other->recall;
    forked |= !row.recall() && !other->recall && other->statement.prev_leaf == statement.prev_leaf;
  }
  if (!listed) disk_.Found("postings", At(seq_), "is not found by its record's id");
  if (row.recall()) return;
  if (row.superseded != superseded) Found("is marked wrongly as superseded or not");
  if (row.forked != forked) Found("is marked wrongly as forked or not");
  if (recalled && !row.final) Found("was recalled and is not erased for good");
}

void Arrivals::Logged(const ArrivalRow& row, const crypto::Hash& leaf) {
  if (row.own) {
    std::optional<crypto::Hash> logged = run_.author_log.Leaf(row.log_index);
    if (!logged.has_value()) return Found(absl::StrCat("has no leaf ", row.log_index, " in the author's log"));
    if (*logged != leaf) Found(absl::StrCat("is not leaf ", row.log_index, " of the author's log"));
    if (run_.log_seen[row.log_index]) Found(absl::StrCat("shares leaf ", row.log_index, " with another record"));
    run_.log_seen[row.log_index] = true;
    return;
  }
  ++disk_.report().received;
  if (row.proof == 0) return Found("was received and has no log proof");
  if (row.proof != proof_id_) {
    proof_id_ = row.proof;
    proof_leaves_.clear();
    const std::string key = BigEndian(row.proof);
    std::optional<std::string_view> sealed = disk_.Raw("proofs", key);
    if (sealed.has_value()) {
      absl::StatusOr<std::string> plain = disk_.Open("proofs", key, *sealed);
      ProofRow proof;
      if (plain.ok() && DecodeProof(*plain, proof)) {
        for (size_t i = 0; i < proof.positions.size(); ++i) proof_leaves_[proof.positions[i]] = proof.leaves[i];
      }
    }
  }
  auto proven = proof_leaves_.find(row.log_index);
  if (proven == proof_leaves_.end() || proven->second != leaf) {
    Found(absl::StrCat("is not proven by the log proof ", row.proof));
  }
}

}  // namespace

void CheckArrivals(Run& run) {
  run.log_seen.assign(run.author_log.size(), false);
  Arrivals arrivals(run);
  uint64_t expected = 1;
  run.disk.ForEach("arrivals", "", [&](std::string_view key, std::string_view sealed) {
    ++run.disk.report().arrivals;
    const uint64_t seq = Fields(key).Fixed(8);
    if (key.size() != 8 || seq != expected) {
      run.disk.Found("arrivals", At(expected), absl::StrCat("is missing: ", seq, " comes next"));
    }
    expected = seq + 1;
    std::optional<std::string> plain = run.disk.Unseal("arrivals", key, sealed, At(seq));
    if (plain.has_value()) arrivals.Row(seq, *plain);
    return true;
  });
  run.disk.report().records = arrivals.records();
  for (uint64_t i = 0; i < run.log_seen.size(); ++i) {
    if (!run.log_seen[i]) run.disk.Found("author log", absl::StrCat("leaf ", i), "belongs to no record");
  }
}

}  // namespace tidegate::verify
