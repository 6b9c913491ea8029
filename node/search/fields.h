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
  // Each refusal says what was expected, without the name of the room before it.
  absl::StatusOr<Condition> (*read)(std::string_view value, const Asked& asked);
};
std::span<const FieldEntry> Fields();
// What `is:` takes.
std::vector<std::string_view> StatesOfIs();

// `KIND.FIELD:VALUE`; the name has a dot. The refusal of an unknown kind or field names the nearest one.
absl::StatusOr<Condition> ReadInField(std::string_view name, std::string_view value, const Asked& asked);
// Whether a query may ask for a field of a kind: an indexed field may be asked for, and a quantity that is not about a
// source.
bool MayAskFor(const record::Slot& slot);

// All schemes of identifiers, each once.
std::vector<std::string_view> Schemes();

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_FIELDS_H_
