// Queries that people keep under a name. search.h includes this. QUERY.md, "Saved searches".
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
  uint64_t saved_ms = 0;  // 0: it is part of the program
  bool operator==(const SavedSearch&) const = default;
};

// Sorted by name. The search `alerts` is part of the program.
absl::StatusOr<std::vector<SavedSearch>> SavedSearches(const store::Reader& reader);
// Replaces a search of the same name. InvalidArgument for a wrong name, a wrong query, the name of a search that is
// part of the program, and for one more than kMostSaved.
absl::Status Save(store::WriteTransaction& transaction, const SavedSearch& search);
// NotFound names the nearest name.
absl::Status RemoveSaved(store::WriteTransaction& transaction, std::string_view name);

// A row. Strict: what EncodeSaved writes is read, and nothing else. The name is the row's key.
std::string EncodeSaved(const SavedSearch& search);
absl::StatusOr<SavedSearch> DecodeSaved(std::string_view name, std::string_view bytes);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SAVED_H_
