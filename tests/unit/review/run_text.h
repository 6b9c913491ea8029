// A file of cases from its text to its results, as a command and a node do it between them.
#ifndef TIDEGATE_TESTS_UNIT_REVIEW_RUN_TEXT_H_
#define TIDEGATE_TESTS_UNIT_REVIEW_RUN_TEXT_H_

#include <string>
#include <string_view>

#include "policy/review/review.h"

namespace tidegate::review {

inline absl::StatusOr<CaseReport> RunText(const policy::Engine& engine, std::string_view text, const std::string& file,
                                          const policy::KnownWords& words = {}) {
  const absl::StatusOr<CaseNode> root = ParseCases(text, file);
  if (!root.ok()) return root.status();
  return RunCases(engine, *root, text, file, words);
}

}  // namespace tidegate::review

#endif  // TIDEGATE_TESTS_UNIT_REVIEW_RUN_TEXT_H_
