// search: what is asked of the records held here, as the store's index answers it.
//   Takes    a Question in words
//   Gives    a Plan: the store's query, and what of it stands in the register
//   May call record, store
//   Must     name what is wrong with a question
//   Never    open a record: it deals in arrival numbers alone (reading opens what they stand for)
//   Threads  any; values are values
//   Spec     node/store/FORMAT.md, "Postings"
#ifndef TIDEGATE_NODE_SEARCH_SEARCH_H_
#define TIDEGATE_NODE_SEARCH_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::search {

inline constexpr size_t kDefaultPage = 50;
inline constexpr size_t kMostFound = 10000;

// All that is given must hold.
struct Question {
  std::string kind;
  std::string origin;      // an author's organisation
  std::string identifier;  // SCHEME:VALUE, exact after it was brought into its canonical form
  std::string cursor;      // of the page before; empty for the first
  size_t limit = 0;        // 0: kDefaultPage
};

struct Plan {
  store::Query query;
  std::vector<record::Term> asked;  // identifiers that were searched for
};

// InvalidArgument names what is wrong: a kind that there is not, no identifier, no cursor.
absl::StatusOr<Plan> PlanFor(const Question& question);

// SCHEME:VALUE as a term of the index.
absl::StatusOr<record::Term> IdentifierTerm(const std::string& identifier);

// Where the next page begins, as PlanFor reads it; empty for 0: there is none.
std::string PrintCursor(uint64_t next);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SEARCH_H_
