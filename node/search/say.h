// Sentences of several parts. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_SAY_H_
#define TIDEGATE_NODE_SEARCH_SAY_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tidegate::search {

inline std::string Say(std::initializer_list<std::string_view> parts) {
  std::string said;
  for (const std::string_view part : parts) said.append(part);
  return said;
}

// Says what value was expected. The caller adds the place in the query.
inline absl::Status Expected(std::initializer_list<std::string_view> parts) {
  return absl::InvalidArgumentError(Say(parts));
}

inline std::string MessageOf(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_SAY_H_
