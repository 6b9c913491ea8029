// A query as it is written: words, phrases, fields with values, and how they are joined. QUERY.md, "Grammar". Private
// to the room.
//
// Pure: it knows no field and no record. What it takes is bounded, so that no query makes it recurse deeply or keep
// much.
#ifndef TIDEGATE_NODE_SEARCH_SYNTAX_H_
#define TIDEGATE_NODE_SEARCH_SYNTAX_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::search {

inline constexpr size_t kMostQueryBytes = 4096;
inline constexpr size_t kMostConditions = 256;
inline constexpr size_t kMostDepth = 32;  // parentheses and negations inside each other

// One condition: `FIELD:VALUE`, a word or a phrase.
struct Written {
  std::string field;  // empty: a word or a phrase
  std::string value;  // without its quotes
  size_t at = 0;      // where it begins in the query
  size_t length = 0;
  size_t value_at = 0;
};

struct Syntax {
  enum class Is { kAll, kAny, kNot, kCondition };
  Is is = Is::kAll;
  std::vector<Syntax> of;  // of all, any and not
  Written written;         // of a condition
};

// InvalidArgument as Fault makes it. For a query without a condition: kAll without parts.
absl::StatusOr<Syntax> ParseSyntax(std::string_view query);

// InvalidArgument: `what`, then the query and below it a caret at the place that is meant.
absl::Status Fault(std::string_view query, size_t at, size_t length, std::string_view what);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SYNTAX_H_
