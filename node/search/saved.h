// Queries that people keep under a name. Reached by search.h; QUERY.md, "Saved searches".
#ifndef TIDEGATE_NODE_SEARCH_SAVED_H_
#define TIDEGATE_NODE_SEARCH_SAVED_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/store/store.h"

namespace tidegate::search {

inline constexpr size_t kMostSaved = 1000;
inline constexpr size_t kMostNameBytes = 64;

struct SavedSearch {
  std::string name;
  std::string query;
  std::string user;       // who kept it
  uint64_t saved_ms = 0;  // 0: it comes with the program
  bool operator==(const SavedSearch&) const = default;
};

// By name. The one called `alerts` comes with the program.
absl::StatusOr<std::vector<SavedSearch>> SavedSearches(const store::Reader& reader);
// In place of one of that name. InvalidArgument for a name that is none, a query that is wrong, the name of one that
// comes with the program, and one more than kMostSaved.
absl::Status Save(store::WriteTransaction& transaction, const SavedSearch& search);
// NotFound names the nearest.
absl::Status RemoveSaved(store::WriteTransaction& transaction, std::string_view name);

// A row. Strict: what EncodeSaved writes is read, and nothing else. The name is the row's key.
std::string EncodeSaved(const SavedSearch& search);
absl::StatusOr<SavedSearch> DecodeSaved(std::string_view name, std::string_view bytes);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SAVED_H_
