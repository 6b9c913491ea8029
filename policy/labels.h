// Makes the names of policy/label names of this room too: `policy::Label`, `policy::Party` and all others. Policies
// decide on labels, so code that decides needs no second namespace.
#ifndef TIDEGATE_POLICY_LABELS_H_
#define TIDEGATE_POLICY_LABELS_H_

#include "policy/label/label.h"  // IWYU pragma: export

namespace tidegate::policy {

using namespace label;

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_LABELS_H_
