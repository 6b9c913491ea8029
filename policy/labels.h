// The names of the room below. Policies decide on labels. So `policy::Label`, `policy::Party` and all other names of
// policy/label are names of this room too, and code that decides needs no second namespace.
#ifndef TIDEGATE_POLICY_LABELS_H_
#define TIDEGATE_POLICY_LABELS_H_

#include "policy/label/label.h"  // IWYU pragma: export

namespace tidegate::policy {

using namespace label;

}  // namespace tidegate::policy

#endif  // TIDEGATE_POLICY_LABELS_H_
