// Front matter: the head of a report. It has lines `key: value` between two lines `---`, a small part of YAML
// (INTAKE.md, "Reports").
#ifndef TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_
#define TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::intake {

struct FrontMatterEntry {
  std::string key;                  // lower case, `-` written as `_`
  std::vector<std::string> values;  // one, or the items of a list; empty if nothing follows the colon
  bool list = false;
  std::size_t line = 0;  // in the file, from 1
};

struct FrontMatter {
  std::vector<FrontMatterEntry> entries;  // in the order of the file, each key once
  std::string_view body;                  // all bytes after the closing line, unchanged
};

// Reads a report with its head. InvalidArgument names the line.
absl::StatusOr<FrontMatter> ParseFrontMatter(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_
