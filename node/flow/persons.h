// persons: how many persons a change about a partner would name to it.
#ifndef TIDEGATE_NODE_FLOW_PERSONS_H_
#define TIDEGATE_NODE_FLOW_PERSONS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/store/store.h"
#include "policy/policy.h"

namespace tidegate::flow {

// This counts the names in fields that go with `after` and not with `before`. In a record of kind `person` that is its
// name, in any other kind each text of class personal (holder, drivers, persons_named). One name is one person, in
// upper or lower case. A person whose record goes without its name counts as one more person. So two persons of one
// name count once, and one person under two names counts twice.
struct PersonsNamed {
  uint64_t persons = 0;
  bool all = true;  // false: the node holds more records than were opened for this, and there may be more persons
};

// Counts in our own records as they are now. It looks at the newest arrivals, at most so many.
inline constexpr uint64_t kMostOpenedForPersons = 20000;
absl::StatusOr<PersonsNamed> CountPersons(const store::Reader& reader,
                                          const std::shared_ptr<const policy::Engine>& engine,
                                          const policy::Party& before, const policy::Party& after, int64_t now_ms,
                                          uint64_t most = kMostOpenedForPersons);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_PERSONS_H_
