// policy/review: what people look at before and after they change policies. The door of the room.
//
//   Takes    engines, policy files and case files as text, what a store counts
//   Gives    findings, explanations, plans, matrices, results of cases
//   May call policy and the inside of its engine, policy/cedar, policy/label, text
//   Never    decide what leaves, enters or is read; do I/O; see a record's contents
//   Threads  functions and values; nothing is kept
//   Spec     policy/POLICY.md
#ifndef TIDEGATE_POLICY_REVIEW_REVIEW_H_
#define TIDEGATE_POLICY_REVIEW_REVIEW_H_

#include "policy/review/case_file.h"  // IWYU pragma: export
#include "policy/review/cases.h"      // IWYU pragma: export
#include "policy/review/check.h"      // IWYU pragma: export
#include "policy/review/explain.h"    // IWYU pragma: export
#include "policy/review/matrix.h"     // IWYU pragma: export
#include "policy/review/plan.h"       // IWYU pragma: export

#endif  // TIDEGATE_POLICY_REVIEW_REVIEW_H_
