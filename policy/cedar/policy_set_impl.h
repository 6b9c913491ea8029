#ifndef TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_
#define TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_

// The inside of PolicySet. Private to the room.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/shared_expressions.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

// Places in `policies`, ascending. A request needs to look at the policies of its action and at `others`, and at no
// more.
struct ActionIndex {
  absl::flat_hash_map<EntityUid, std::vector<uint32_t>> exact;  // `action == X`
  std::vector<uint32_t> others;
};

struct PolicySetImpl {
  std::vector<Policy> policies;
  ActionIndex by_action;
  SharedExpressions shared;
  std::vector<Policy> templates;
  TextMap<size_t> policy_index;
  TextMap<size_t> template_index;
  void AddPolicy(Policy policy);
  void AddTemplate(Policy policy);
  bool HasId(std::string_view id) const { return policy_index.contains(id) || template_index.contains(id); }
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_
