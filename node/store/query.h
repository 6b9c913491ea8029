// A question to the store's index: a tree of conditions, a page, and what the answer may cost. Reached by store.h.
#ifndef TIDEGATE_NODE_STORE_QUERY_H_
#define TIDEGATE_NODE_STORE_QUERY_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "node/record/record.h"

namespace tidegate::store {

// The conditions on a record. Without conditions: any record that search shows.
class Where {
 public:
  enum class Is : uint8_t { kAll, kAny, kNot, kTerm, kKind, kOrigin, kLabel, kAfter };

  Where() = default;
  // From record/terms.h and record/index_terms.h.
  static Where Has(record::Term term) {
    Where where(Is::kTerm, {});
    where.term_ = std::move(term);
    return where;
  }
  static Where OfKind(std::string kind) { return Where(Is::kKind, {}, std::move(kind)); }
  // An author's organisation.
  static Where By(std::string organisation) { return Where(Is::kOrigin, {}, std::move(organisation)); }
  // What policies read of a record, as Reader::LabelBytes gives it.
  static Where Labelled(std::string label) { return Where(Is::kLabel, {}, std::move(label)); }
  // The newest revision arrived after this number.
  static Where After(uint64_t arrival) {
    Where where(Is::kAfter, {});
    where.arrival_ = arrival;
    return where;
  }
  static Where All(std::vector<Where> of) { return Where(Is::kAll, std::move(of)); }
  // If `of` is empty, no record fulfils it.
  static Where Any(std::vector<Where> of) { return Where(Is::kAny, std::move(of)); }
  static Where Not(Where what) {
    std::vector<Where> of;
    of.push_back(std::move(what));
    return Where(Is::kNot, std::move(of));
  }

  Is is() const { return is_; }
  const std::vector<Where>& of() const { return of_; }  // of all, any and not
  const record::Term& term() const { return term_; }    // of a term
  const std::string& name() const { return name_; }     // of a kind, an origin and a label
  uint64_t arrival() const { return arrival_; }         // of an after

 private:
  Where(Is is, std::vector<Where> of, std::string name = {}) : is_(is), of_(std::move(of)), name_(std::move(name)) {}

  Is is_ = Is::kAll;
  std::vector<Where> of_;
  record::Term term_;
  std::string name_;
  uint64_t arrival_ = 0;
};

struct Query {
  Where where;
  uint64_t before = std::numeric_limits<uint64_t>::max();  // only arrivals below: Page::next of the page before
  size_t limit = 100;
  // Entries of the index and rows that the answer may look at; at least kLeastWork are allowed.
  uint64_t work = std::numeric_limits<uint64_t>::max();
};
// With less work than this, an answer might make no progress.
inline constexpr uint64_t kLeastWork = 4096;

// Newest first.
struct Page {
  std::vector<uint64_t> seqs;  // descending
  uint64_t next = 0;           // for the next page's `before`; 0 when this was the last
  uint64_t work = 0;           // what it cost
  bool stopped = false;        // the work was used up before the page was full: `next` goes on from there
};

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_QUERY_H_
