#ifndef TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_
#define TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_

// The inside of PolicySet. Private to the room.

#include <string>
#include <vector>

#include "policy/cedar/policy_set.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {

struct PolicySetImpl {
  std::vector<Policy> policies;
  std::vector<Policy> templates;
  TextMap<size_t> policy_index;
  TextMap<size_t> template_index;
  bool HasId(std::string_view id) const { return policy_index.contains(id) || template_index.contains(id); }
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_POLICY_SET_IMPL_H_
