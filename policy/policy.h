// policy: the decision. The door of the room; include this header and no other of it.
//
//   Takes    labels, partners' facts, kind shapes, policy files as text
//   Gives    the four gates (Disclosure, Admission, Access, Right), masks, what is wrong with a policy file
//   May call policy/cedar, policy/label
//   Never    do I/O, read a clock, see a record's contents, know of node/ or crypto/
//   Threads  an Engine is immutable and thread-safe; values are values
//   Spec     policy/POLICY.md
//
// `policy/review` explains what the engine does, so it alone also reads the engine's inside: core.h, names.h, rules.h
// and world.h. tests/tidy holds it.
#ifndef TIDEGATE_POLICY_POLICY_H_
#define TIDEGATE_POLICY_POLICY_H_

#include "policy/engine.h"     // IWYU pragma: export
#include "policy/gates.h"      // IWYU pragma: export
#include "policy/labels.h"     // IWYU pragma: export
#include "policy/principal.h"  // IWYU pragma: export
#include "policy/rights.h"     // IWYU pragma: export

#endif  // TIDEGATE_POLICY_POLICY_H_
