// The fields of the query language that do not come from the catalogue: one table, from which queries are read and
// `--help-query` is printed. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_FIELDS_H_
#define TIDEGATE_NODE_SEARCH_FIELDS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/search/meaning.h"

namespace tidegate::search {

struct FieldEntry {
  std::string_view name;
  std::string_view takes;
  std::string_view about;
  std::string_view example;
  // Refuses with what was expected, in a sentence without a room before it.
  absl::StatusOr<Condition> (*read)(std::string_view value, const Asked& asked);
};
std::span<const FieldEntry> Fields();

// `KIND.FIELD:VALUE`; the name has a dot. Refuses a kind or a field that there is not, with the nearest.
absl::StatusOr<Condition> ReadInField(std::string_view name, std::string_view value, const Asked& asked);
// Whether a query may ask for the field of a kind: it is indexed, or it is a quantity that is not about a source.
bool MayAskFor(const record::Slot& slot);

// The schemes of identifiers that there are, each once.
std::vector<std::string_view> Schemes();

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_FIELDS_H_
