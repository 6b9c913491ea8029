// policy: the decision. The door of the room; include this header and no other of it.
//
//   Takes    labels, partners' facts, kind shapes, policy files as text
//   Gives    the three gates (Disclosure, Admission, Access), masks, explanations, plans, diagnostics
//   May call policy/cedar
//   Never    do I/O, read a clock, see a record's contents, know of node/ or crypto/
//   Threads  an Engine is immutable and thread-safe; values are values
//   Spec     policy/POLICY.md
#ifndef TIDEGATE_POLICY_POLICY_H_
#define TIDEGATE_POLICY_POLICY_H_

#include "policy/cases.h"      // IWYU pragma: export
#include "policy/engine.h"     // IWYU pragma: export
#include "policy/gates.h"      // IWYU pragma: export
#include "policy/label.h"      // IWYU pragma: export
#include "policy/matrix.h"     // IWYU pragma: export
#include "policy/plan.h"       // IWYU pragma: export
#include "policy/principal.h"  // IWYU pragma: export

#endif  // TIDEGATE_POLICY_POLICY_H_
