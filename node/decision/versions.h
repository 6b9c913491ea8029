// The bytes of versions and of pending applications, and the names they are stored under. Private to the room.
#ifndef TIDEGATE_NODE_DECISION_VERSIONS_H_
#define TIDEGATE_NODE_DECISION_VERSIONS_H_

#include <string>
#include <string_view>

#include "node/decision/decision.h"

namespace tidegate::decision {

inline constexpr std::string_view kVersionScope = "policy";
inline constexpr std::string_view kNewest = "newest";
inline constexpr std::string_view kPendingScope = "pending";  // items: the plan in hex
inline constexpr size_t kMostSources = 256;

std::string VersionKey(uint32_t number);

// A version that one person put in force is written as it always was; a second person follows after the sources.
std::string EncodeVersion(const PolicyVersion& version);
absl::StatusOr<PolicyVersion> DecodeVersion(std::string_view bytes);

std::string EncodePending(const PendingApplication& pending);
absl::StatusOr<PendingApplication> DecodePending(std::string_view bytes);

}  // namespace tidegate::decision

#endif  // TIDEGATE_NODE_DECISION_VERSIONS_H_
