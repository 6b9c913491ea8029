// Narratives that say what policy withholds. Private to the room.
#ifndef TIDEGATE_NODE_READING_NARRATIVES_H_
#define TIDEGATE_NODE_READING_NARRATIVES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node/record/record.h"
#include "policy/policy.h"

namespace tidegate::reading {

// One sentence for each narrative that goes at `rungs` and contains the value of a field that does not, or goes coarser
// (policy/POLICY.md, "Narratives"). Names fields and never quotes values.
absl::StatusOr<std::vector<std::string>> NarrativesThatTell(const record::View& view, const policy::Rungs& rungs);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_NARRATIVES_H_
