// Questions to the index (query.h): a tree of conditions becomes a tree of cursors, paid for from one budget.
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/store/transaction.h"

namespace tidegate::store {
namespace {

// Whether every number that answers stands in the index as one that is shown. A list of revisions knows superseded ones
// too, and what is not in a set may be anything.
bool ImpliesShown(const Where& where) {
  switch (where.is()) {
    case Where::Is::kTerm:
      return where.term().slot != record::kRecordTerm;
    case Where::Is::kKind:
    case Where::Is::kOrigin:
    case Where::Is::kLabel:
      return true;
    case Where::Is::kAll:
      return std::any_of(where.of().begin(), where.of().end(), ImpliesShown);
    case Where::Is::kAny:
      return std::all_of(where.of().begin(), where.of().end(), ImpliesShown);
    case Where::Is::kNot:
    case Where::Is::kAfter:
      return false;
  }
  return false;
}

class Questioner {
 public:
  Questioner(const Transaction& transaction, const index::PostingIndex& postings, index::Budget& budget)
      : transaction_(transaction), postings_(postings), budget_(budget) {}

  // Null for a set that is surely empty.
  absl::StatusOr<index::CursorPtr> Cursor(const Where& where) const {
    switch (where.is()) {
      case Where::Is::kTerm:
        return TermCursor(where.term());
      case Where::Is::kKind: {
        const record::Kind* kind = record::Catalogue::FindKind(where.name());
        if (kind == nullptr) return absl::InvalidArgumentError("store: the catalogue has no such kind");
        return TermCursor(record::KindTerm(*kind));
      }
      case Where::Is::kOrigin:
        return Walk(kOriginBlind, where.name());
      case Where::Is::kLabel:
        return Walk(kLabelBlind, where.name());
      case Where::Is::kAfter:
        return index::Above(where.arrival(), transaction_.last_seq(), budget_);
      case Where::Is::kAll:
      case Where::Is::kAny:
        return Several(where);
      case Where::Is::kNot: {
        if (where.of().size() != 1) return absl::InvalidArgumentError("store: a `not` is of one condition");
        absl::StatusOr<index::CursorPtr> excluded = Cursor(where.of().front());
        if (!excluded.ok()) return excluded.status();
        if (*excluded == nullptr) return index::UpTo(transaction_.last_seq(), budget_);
        return index::Not(*std::move(excluded), transaction_.last_seq(), budget_);
      }
    }
    return absl::InternalError("store: unknown condition");
  }

 private:
  absl::StatusOr<index::CursorPtr> Several(const Where& where) const {
    const bool all = where.is() == Where::Is::kAll;
    if (all && where.of().empty()) return index::UpTo(transaction_.last_seq(), budget_);
    std::vector<index::CursorPtr> sets, excluded;
    const bool walks = std::any_of(where.of().begin(), where.of().end(), IsNoNegation);
    for (const Where& one : where.of()) {
      // Beside a set to go along, what is excluded is only looked up.
      const bool out = all && walks && !IsNoNegation(one);
      absl::StatusOr<index::CursorPtr> set = Cursor(out && one.of().size() == 1 ? one.of().front() : one);
      if (!set.ok()) return set.status();
      if (*set != nullptr) {
        (out ? excluded : sets).push_back(*std::move(set));
      } else if (all && !out) {
        return index::CursorPtr();
      }
    }
    if (sets.empty()) return index::CursorPtr();
    if (sets.size() == 1 && excluded.empty()) return std::move(sets.front());
    return all ? index::And(std::move(sets), std::move(excluded)) : index::Union(std::move(sets), budget_);
  }
  static bool IsNoNegation(const Where& where) { return where.is() != Where::Is::kNot; }

  absl::StatusOr<index::CursorPtr> TermCursor(const record::Term& term) const {
    if (term.slot != record::kRecordTerm) return Walk(term.slot, term.text);
    const absl::StatusOr<record::RecordId> id = record::ParseRecordId(term.text);
    if (!id.ok()) return id.status();
    absl::StatusOr<std::vector<uint64_t>> revisions =
        transaction_.Chain(transaction_.shared().IndexTermOf(kRecordBlind, crypto::View(*id)));
    if (!revisions.ok()) return revisions.status();
    if (revisions->empty()) return index::CursorPtr();
    return index::These(*std::move(revisions), budget_);
  }

  absl::StatusOr<index::CursorPtr> Walk(uint16_t slot, std::string_view text) const {
    const Term term = transaction_.shared().IndexTermOf(slot, text);
    if (IsName(slot) && !transaction_.MayHoldName(term)) return index::CursorPtr();
    return std::make_unique<index::PostingCursor>(postings_.Walk(term, &budget_));
  }

  const Transaction& transaction_;
  const index::PostingIndex& postings_;
  index::Budget& budget_;
};

}  // namespace

absl::StatusOr<Page> Reader::Find(const Query& query) const {
  const absl::StatusOr<index::PostingIndex*> postings = transaction_->OpenIndex();
  if (!postings.ok()) return postings.status();
  index::Budget budget(std::max(query.work, kLeastWork));
  const absl::StatusOr<index::CursorPtr> cursor = Questioner(*transaction_, **postings, budget).Cursor(query.where);
  if (!cursor.ok()) return cursor.status();
  Page page;
  if (*cursor == nullptr) return page;
  const bool look = !ImpliesShown(query.where);
  std::string buffer;
  uint64_t limit = std::min(query.before - (query.before > 0 ? 1 : 0), LastSeq());
  while (limit > 0 && page.seqs.size() < query.limit && !page.stopped) {
    const absl::StatusOr<index::Answer> found = (*cursor)->AtOrBelow(limit);
    if (!found.ok()) return found.status();
    page.stopped = !found->known || (look && found->number != 0 && !budget.Take());
    limit = found->number;
    if (limit == 0 || page.stopped) break;
    --limit;
    if (look) {
      // A damaged row counts as an answer: opening it will say that it is damaged. Where the disk fails, nobody knows
      // whether the row is one.
      const absl::StatusOr<Row> row = transaction_->ReadRow(found->number, buffer);
      if (!row.ok() && !Damaged(row.status())) return row.status();
      if (row.ok() && !IsShown(*row)) continue;
    }
    page.seqs.push_back(found->number);
  }
  page.work = budget.used();
  // There is no more answer above `limit`.
  if (page.stopped || (limit > 0 && !page.seqs.empty())) page.next = limit + 1;
  return page;
}

}  // namespace tidegate::store
