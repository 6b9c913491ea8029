// search: turns a question about the records that this node holds into a query of the store's index. For each record
// that the index gives, it says whether the record is an answer.
//   Takes    a Question in the query language; a record as its asker may see it
//   Gives    a Plan: the store's query, and what of it stands in the register; MatchOf and FacetValues of a record
//   May call crypto (bytes), record, value, store, text
//   Must     name what is wrong with a question, and say how much its answer may cost; give the store a query that each
//            record fulfils which answers, whatever part of it the asker may see
//   Never    open a record: it gives queries, and their answers are arrival numbers, which reading opens
//   Threads  any; values are values
//   Spec     node/search/QUERY.md; node/store/FORMAT.md, "Postings"
#ifndef TIDEGATE_NODE_SEARCH_SEARCH_H_
#define TIDEGATE_NODE_SEARCH_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "node/search/facets.h"   // IWYU pragma: export
#include "node/search/gone.h"     // IWYU pragma: export
#include "node/search/match.h"    // IWYU pragma: export
#include "node/search/meaning.h"  // IWYU pragma: export
#include "node/search/offers.h"   // IWYU pragma: export
#include "node/search/saved.h"    // IWYU pragma: export
#include "node/search/superset.h"
#include "node/store/store.h"

namespace tidegate::search {

inline constexpr size_t kDefaultPage = 50;
inline constexpr size_t kMostFound = 10000;
// Entries of the index and rows that one question may look at. Most questions look at a few for each record they find;
// one with an `and` of two large sets that seldom meet may look at many and find little.
inline constexpr uint64_t kMostWork = uint64_t{1} << 20;

// All that is given must hold.
struct Question {
  std::string kind;
  std::string origin;      // an author's organisation
  std::string identifier;  // SCHEME:VALUE; compared in its canonical form
  std::string cursor;      // of the page before; empty for the first
  size_t limit = 0;        // 0: kDefaultPage
  // As `is:` takes it: recalled or withdrawn, for records that are no longer held. Empty: as the query says.
  std::string state = {};
  std::string home = {};  // the asker's country, for national telephone numbers
  // Fields of `kind` and what they say, as `KIND.FIELD:` takes it.
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::string query = {};  // in the query language (QUERY.md)
  uint64_t now_ms = 0;     // the moment from which relative dates of `query` count
  // Whether the asker sees records as precisely as they are held.
  bool as_held = true;
  uint64_t looked = 0;  // the arrival up to which the asker has looked: what came later is new
};

struct Plan {
  store::Query query;
  std::vector<record::Term> asked;  // identifiers that were searched for
  // What is true of an answer as the asker may see it. `query` finds all answers, and other records.
  Meaning meaning;
  // Of whoever asks: for ExactOf and Uncertain.
  Sight sight;
  Gone gone;  // whether the question is about records that are no longer held; then `query` finds none
};

// InvalidArgument names what is wrong: an unknown kind, a text that is no identifier or no cursor. For a query it also
// says where.
absl::StatusOr<Plan> PlanFor(const Question& question);

// The author of every answer; empty if the meaning names none.
std::string OriginIn(const Meaning& meaning);

// The largest number of records of one page.
size_t PageOf(const Question& question);

// SCHEME:VALUE as a term of the index; `home` as in Question.
absl::StatusOr<record::Term> IdentifierTerm(std::string_view identifier, std::string_view home);

// The cursor of the next page, as PlanFor reads it. Empty for 0, which means that there is no next page.
std::string PrintCursor(uint64_t next);

// The fields and forms of the query language, as `find --help-query` prints them.
std::string QueryHelp();

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SEARCH_H_
