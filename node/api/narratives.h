// Narratives that say what policy withholds, and examples of what a plan changes.
#ifndef TIDEGATE_NODE_API_NARRATIVES_H_
#define TIDEGATE_NODE_API_NARRATIVES_H_

#include <memory>
#include <string>
#include <vector>

#include "node/api/rooms.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// How many of the newest arrivals a plan looks at for examples and warnings; its counts are of everything.
inline constexpr size_t kExamined = 500;

// One sentence for each narrative that goes at `rungs` and contains the value of a field that does not, or goes coarser
// (policy/POLICY.md, "Narratives"). Names fields and never quotes values.
absl::StatusOr<std::vector<std::string>> NarrativesThatTell(const record::View& view, const policy::Rungs& rungs);

// For each partner of the plan examples of records that change, and warnings of narratives that would begin to tell.
absl::Status AddExamples(const Rooms& rooms, const std::shared_ptr<const policy::Engine>& after,
                         v1::PlanPoliciesReply* plan);

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_NARRATIVES_H_
