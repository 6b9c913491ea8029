// Named time zones, from the tz database of this machine.
#ifndef TIDEGATE_NODE_INTAKE_ZONES_H_
#define TIDEGATE_NODE_INTAKE_ZONES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tidegate::intake {

// By its name in the tz database: `Europe/London`.
absl::StatusOr<absl::TimeZone> FindZone(const std::string& name);

// A zone as the database lists it.
struct ListedZone {
  std::string country;  // two letters
  std::string name;
};
// The zones that the database lists by country, in its order; none if this machine has no list. The first call reads
// it.
const std::vector<ListedZone>& ListedZones();

// Loads each zone that the text of a mapping names, and with `listed` each of ListedZones(), for a caller that looks
// for a zone in a table. Call it while the process may still open files. From then on FindZone opens none and knows
// only these.
void PrepareZones(std::string_view mapping, bool listed = false);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_ZONES_H_
