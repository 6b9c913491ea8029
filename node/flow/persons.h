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

// This counts the names in fields that go with `after` and not with `before`: of a record of kind `person` its name, of
// any other kind each text of class personal (holder, drivers, persons_named). One name is one person, in whatever case
// it is written. A person whose record goes without its name counts as one of its own. So two persons of one name count
// once, and one person under two names counts twice.
struct PersonsNamed {
  uint64_t persons = 0;
  bool all = true;  // false: the node holds more records than were opened for this, and there may be more persons
};

// Of our own records as they stand now. Opens at most kMostOpenedForPersons of them, the newest.
inline constexpr uint64_t kMostOpenedForPersons = 20000;
absl::StatusOr<PersonsNamed> CountPersons(const store::Reader& reader,
                                          const std::shared_ptr<const policy::Engine>& engine,
                                          const policy::Party& before, const policy::Party& after, int64_t now_ms);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_PERSONS_H_
