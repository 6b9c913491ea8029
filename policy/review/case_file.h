// A file of cases as a tree: it was parsed, and nobody has looked yet at what it means. A third-party parser parses
// TOML here. So this is done where a crash ends nothing else: in the command, never in the process that serves
// (tests/tidy holds it).
#ifndef TIDEGATE_POLICY_REVIEW_CASE_FILE_H_
#define TIDEGATE_POLICY_REVIEW_CASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tidegate::review {

inline constexpr size_t kMostCasesBytes = 4 << 20;
// A case needs five levels; a tree that is deeper is refused.
inline constexpr size_t kDeepestCase = 16;

struct CaseMember;

// A value, with the place where it begins. Lines and columns count from 1.
struct CaseNode {
  enum class Type : uint8_t { kOther, kText, kFlag, kList, kTable };

  Type type = Type::kOther;
  uint32_t line = 0;
  uint32_t column = 0;
  std::string text;
  bool flag = false;
  std::vector<CaseNode> items;      // of a list
  std::vector<CaseMember> members;  // of a table, each key once

  // Null if this is no table, or has no such key.
  const CaseNode* Find(std::string_view key) const;
};

struct CaseMember {
  std::string key;
  uint32_t line = 0;
  uint32_t column = 0;
  CaseNode value;
};

// Errors: kInvalidArgument in the form of a policy file's errors (cases.h): not TOML, more than kMostCasesBytes, beyond
// the bounds of text::TomlBeyondBounds, deeper than kDeepestCase.
absl::StatusOr<CaseNode> ParseCases(std::string_view text, const std::string& file);

}  // namespace tidegate::review

#endif  // TIDEGATE_POLICY_REVIEW_CASE_FILE_H_
