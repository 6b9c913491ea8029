// Whether a record, as somebody may see it, is an answer to a query. search.h includes this.
#ifndef TIDEGATE_NODE_SEARCH_MATCH_H_
#define TIDEGATE_NODE_SEARCH_MATCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/record.h"
#include "node/search/meaning.h"

namespace tidegate::search {

// A record as the person who asks may see it. It has nothing else, so no answer can depend on what they may not see.
struct Subject {
  const record::Statement& statement;
  const record::VerifiedView* view = nullptr;  // null: no field of it is left
  std::string_view origin;
  std::string_view state;  // current, forked, expired, ...
  bool own = false;
  uint64_t arrived_ms = 0;
  const std::vector<std::string>& givers;
  const std::vector<std::string>& tags;
  uint64_t arrival = 0;  // of the revision that is seen
};

// kMay: the record is less exact than the question. "March" may be the 4th of March.
enum class Match : uint8_t { kNo = 0, kMay = 1, kYes = 2 };
Match MatchOf(const Meaning& meaning, const Subject& subject);

// When the things that the record tells were seen or happened, by its fields. `first_seen` and `last_seen` are the ends
// of one span.
std::vector<Span> SeenSpans(const Subject& subject);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_MATCH_H_
