#ifndef TIDEGATE_POLICY_CEDAR_ENTITY_STORE_H_
#define TIDEGATE_POLICY_CEDAR_ENTITY_STORE_H_

// The inside of Entities. Private to the room.

#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "policy/cedar/entities.h"
#include "policy/cedar/value.h"

namespace tidegate::cedar {

struct Entities::Node {
  Value attrs;                     // a record
  Value tags;                      // a record
  std::vector<EntityUid> parents;  // sorted
  absl::flat_hash_set<EntityUid> ancestors;
};

struct Entities::Layers {
  absl::node_hash_map<EntityUid, Node> nodes;
  std::shared_ptr<const Layers> base;
  const Node* Find(const EntityUid& uid) const;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_ENTITY_STORE_H_
