// The policies and the schema that every node starts from, compiled in. Private to the room.
#ifndef TIDEGATE_POLICY_BASELINE_BASELINE_H_
#define TIDEGATE_POLICY_BASELINE_BASELINE_H_

#include <span>
#include <string_view>

namespace tidegate::policy {

struct BaselineFile {
  std::string_view name;  // `baseline/tlp.cedar`
  std::string_view text;
};

// The policy files, in alphabetical order. Constant data.
std::span<const BaselineFile> BaselinePolicies();
// The schema in Cedar's human syntax.
const BaselineFile& BaselineSchema();

// Every id of a baseline policy begins with this text, and the id of no other policy may.
inline constexpr std::string_view kBaselinePrefix = "baseline.";

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_BASELINE_BASELINE_H_
