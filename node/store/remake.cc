#include "node/store/remake.h"

#include <algorithm>
#include <limits>

#include "crypto/bytes.h"
#include "node/record/index_terms.h"
#include "node/store/describe.h"

namespace tidegate::store {
namespace {

// A portion of rows is one transaction: some megabytes of postings.
constexpr uint64_t kRowsOfAPortion = 4096;

// Whether this error says that nobody can tell the terms of the row. A row whose author's name is lost is one of them.
bool TermsAreUnknown(const absl::Status& status) { return Damaged(status) || absl::IsNotFound(status); }

// DataLoss for a row that cannot be read.
absl::StatusOr<std::vector<Term>> TermsOfRow(const Transaction& transaction, uint64_t seq) {
  std::string buffer;
  const absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
  return row.ok() ? IndexedUnder(transaction, *row) : row.status();
}

// What the rows say of everything that the holes may have held, in order.
absl::StatusOr<std::vector<Posting>> PostingsOf(const Transaction& transaction, const std::vector<index::Hole>& holes) {
  uint64_t lowest = std::numeric_limits<uint64_t>::max(), highest = 0;
  for (const index::Hole& hole : holes) {
    lowest = std::min(lowest, hole.lowest);
    highest = std::max(highest, hole.highest);
  }
  highest = std::min(highest, transaction.last_seq());
  std::vector<Posting> postings;
  for (uint64_t seq = std::max<uint64_t>(lowest, 1); seq <= highest; ++seq) {
    const absl::StatusOr<std::vector<Term>> terms = TermsOfRow(transaction, seq);
    if (!terms.ok() && !TermsAreUnknown(terms.status())) return terms.status();
    for (const index::Hole& hole : holes) {
      const auto add = [&](const Posting& posting) {
        if (hole.MayHaveHeld(posting)) postings.push_back(posting);
      };
      if (terms.ok()) {
        for (const Term& term : *terms) add(Posting(term, seq));
        continue;
      }
      for (const Posting& said : hole.said) {
        if (said.seq == seq) add(said);
      }
    }
  }
  index::SortPostings(postings);
  return postings;
}

absl::Status BeyondMending() {
  return absl::DataLossError("store: the list of the index is damaged; restart the node, which makes the index anew");
}

// Rows whose terms TermsOfRow will not give, found without the work of verifying each record.
absl::StatusOr<absl::flat_hash_set<uint64_t>> UnreadRows(const Transaction& transaction) {
  absl::flat_hash_set<uint64_t> unread;
  std::string buffer;
  for (uint64_t seq = 1; seq <= transaction.last_seq(); ++seq) {
    const absl::StatusOr<Row> row = transaction.ReadRow(seq, buffer);
    absl::Status read = row.status();
    if (row.ok() && IsShown(*row)) read = transaction.InternedBytes(Interned::kParty, row->origin).status();
    if (!read.ok() && !TermsAreUnknown(read)) return read;
    if (!read.ok()) unread.insert(seq);
  }
  return unread;
}

}  // namespace

absl::StatusOr<std::span<const Posting>> LostPostings::InPlaceOf(std::string_view key) {
  transaction_.shared().NoteDamagedChunk(key);
  met_ = true;
  if (transaction_.writing())
    return absl::DataLossError("store: a chunk of the index is damaged; run `tidegate verify`");
  if (!postings_.has_value()) {
    const absl::StatusOr<index::PostingIndex*> index = transaction_.OpenIndex();
    if (!index.ok()) return index.status();
    const absl::StatusOr<index::Survey> survey = (*index)->LookForHoles();
    if (!survey.ok()) return survey.status();
    if (survey->beyond_mending) return BeyondMending();
    absl::StatusOr<std::vector<Posting>> postings = PostingsOf(transaction_, survey->holes);
    if (!postings.ok()) return postings.status();
    postings_ = *std::move(postings);
  }
  return std::span<const Posting>(*postings_);
}

absl::Status SetIndexEdition(Transaction& transaction) {
  return transaction.PutSealed(Dbi::kMeta, kEditionKey, record::IndexEdition());
}

absl::StatusOr<IndexState> StateOfIndex(const Transaction& transaction) {
  const absl::StatusOr<std::string> edition = transaction.GetSealed(Dbi::kMeta, kEditionKey);
  if (Damaged(edition.status())) return IndexState::kLost;
  if (!edition.ok() && !absl::IsNotFound(edition.status())) return edition.status();
  if (!edition.ok() || *edition != record::IndexEdition()) return IndexState::kOfOtherTerms;
  const absl::StatusOr<std::optional<std::string_view>> being_made = transaction.PeekRaw(Dbi::kMeta, kAnewKey);
  if (!being_made.ok()) return being_made.status();
  if (being_made->has_value()) return IndexState::kBeingMade;
  const absl::Status checks = ReadChecks(transaction);
  const absl::StatusOr<index::PostingIndex*> index = transaction.OpenIndex();
  for (const absl::Status& read : {index.status(), checks}) {
    if (Damaged(read)) return IndexState::kLost;
    if (!read.ok()) return read;
  }
  const absl::StatusOr<bool> counted = transaction.HasAllEntries(Dbi::kPostings);
  if (!counted.ok()) return counted.status();
  if (!*counted) return IndexState::kLost;
  const absl::StatusOr<index::Survey> survey = (*index)->LookForHoles();
  if (!survey.ok()) return survey.status();
  if (survey->beyond_mending) return IndexState::kLost;
  return survey->holes.empty() ? IndexState::kWhole : IndexState::kHoles;
}

absl::StatusOr<size_t> MendIndex(Transaction& transaction) {
  const absl::StatusOr<index::PostingIndex*> index = transaction.OpenIndex();
  if (!index.ok()) return index.status();
  const absl::StatusOr<index::Survey> survey = (*index)->LookForHoles();
  if (!survey.ok()) return survey.status();
  if (survey->beyond_mending) return BeyondMending();
  if (survey->holes.empty()) return size_t{0};
  const absl::StatusOr<std::vector<Posting>> postings = PostingsOf(transaction, survey->holes);
  if (!postings.ok()) return postings.status();
  size_t chunks = 0;
  for (const index::Hole& hole : survey->holes) {
    for (const std::string& key : hole.keys) transaction.shared().NoteUnreadable(Dbi::kPostings, key);
    chunks += hole.keys.size();
    if (absl::Status taken = (*index)->TakeOut(hole); !taken.ok()) return taken;
  }
  // Runs overlap in their arrivals: what another run holds was not in the hole.
  for (const Posting& posting : *postings) {
    const absl::StatusOr<bool> held = (*index)->SurelyHolds(posting);
    if (!held.ok()) return held.status();
    if (!*held) transaction.AddTerm(posting.term(), posting.seq);
  }
  return chunks;
}

absl::StatusOr<size_t> BeginIndexAnew(Transaction& transaction) {
  const absl::StatusOr<absl::flat_hash_set<uint64_t>> unread = UnreadRows(transaction);
  if (!unread.ok()) return unread.status();
  size_t chunks = 0;
  std::vector<Posting> kept;
  absl::Status read = transaction.ForEach(Dbi::kPostings, "", "", false,
                                          [&](std::string_view, std::string_view chunk) -> absl::StatusOr<bool> {
                                            ++chunks;
                                            for (index::ChunkReader reader(chunk); reader.Next();) {
                                              if (unread->contains(reader.posting().seq))
                                                kept.push_back(reader.posting());
                                            }
                                            return true;
                                          });
  if (!read.ok()) return read;
  if (absl::Status cleared = transaction.ClearIndex(); !cleared.ok()) return cleared;
  for (const Posting& posting : kept) transaction.AddTerm(posting.term(), posting.seq);
  absl::Status put = transaction.PutSealed(Dbi::kMeta, kAnewKey, Key64(1));
  if (put.ok()) put = SetIndexEdition(transaction);
  if (!put.ok()) return put;
  return chunks;
}

absl::StatusOr<uint64_t> ContinueIndexAnew(Transaction& transaction) {
  const absl::StatusOr<std::string> kept = transaction.GetSealed(Dbi::kMeta, kAnewKey);
  const absl::StatusOr<uint64_t> from = kept.ok() ? NumberFrom(*kept) : kept.status();
  if (!from.ok()) {
    if (!Damaged(from.status())) return from.status();
    const absl::StatusOr<size_t> again = BeginIndexAnew(transaction);
    if (!again.ok()) return again.status();
    return uint64_t{1};
  }
  const uint64_t end = std::min(*from + kRowsOfAPortion, transaction.last_seq() + 1);
  for (uint64_t seq = *from; seq < end; ++seq) {
    const absl::StatusOr<std::vector<Term>> terms = TermsOfRow(transaction, seq);
    if (!terms.ok() && !TermsAreUnknown(terms.status())) return terms.status();
    if (!terms.ok()) continue;
    for (const Term& term : *terms) transaction.AddTerm(term, seq);
  }
  if (end <= transaction.last_seq()) {
    absl::Status put = transaction.PutSealed(Dbi::kMeta, kAnewKey, Key64(end));
    if (!put.ok()) return put;
    return end;
  }
  if (absl::Status done = transaction.DeleteRaw(Dbi::kMeta, kAnewKey); !done.ok()) return done;
  return uint64_t{0};
}

absl::Status ReadChecks(const Transaction& transaction) {
  const absl::StatusOr<std::string> bytes = transaction.GetSealed(Dbi::kMeta, kChecksKey);
  if (absl::IsNotFound(bytes.status())) {
    transaction.shared().checked_runs = std::numeric_limits<uint32_t>::max();
    return absl::OkStatus();
  }
  if (!bytes.ok()) return bytes.status();
  crypto::ByteReader reader(*bytes);
  transaction.shared().checked_runs = reader.U32();
  return reader.Finish("checks");
}

absl::Status BeginChecks(Transaction& transaction) {
  const absl::StatusOr<std::optional<std::string_view>> known = transaction.PeekRaw(Dbi::kMeta, kChecksKey);
  if (!known.ok()) return known.status();
  if (known->has_value()) return absl::OkStatus();
  const absl::StatusOr<index::PostingIndex*> index = transaction.OpenIndex();
  if (Damaged(index.status())) return absl::OkStatus();  // the index is made anew, and then it has checks
  if (!index.ok()) return index.status();
  return transaction.PutSealed(Dbi::kMeta, kChecksKey, crypto::ByteWriter(4).U32((*index)->runs().next).view());
}

}  // namespace tidegate::store
