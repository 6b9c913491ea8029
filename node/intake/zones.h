// Named time zones, from the tz database of this machine.
#ifndef TIDEGATE_NODE_INTAKE_ZONES_H_
#define TIDEGATE_NODE_INTAKE_ZONES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tidegate::intake {

// By its name in the tz database: `Europe/London`.
absl::StatusOr<absl::TimeZone> FindZone(const std::string& name);

// Loads each zone that the text of a mapping names. Call it while files may still be opened; from then on FindZone
// opens none, and knows only these.
void PrepareZones(std::string_view mapping);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_ZONES_H_
