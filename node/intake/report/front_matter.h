// Front matter: the head of a report, between two lines `---` (YAML) or `+++` (TOML), or a JSON object: INTAKE.md,
// "Reports".
#ifndef TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_
#define TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

struct FrontMatterEntry {
  std::string key;                  // lower case, `-` written as `_`
  std::vector<std::string> values;  // one, or the items of a list; none if nothing is said
  bool list = false;
  std::size_t line = 0;  // in the file, from 1
  std::string unread;    // why there are no values although it says something; else empty
};

// Something in the head that cannot be read, so that nobody knows what it would say of the report.
struct FrontMatterFault {
  std::size_t line = 0;  // in the file, from 1
  std::string reason;
};

struct FrontMatter {
  std::vector<FrontMatterEntry> entries;  // in the order of the file; a key may be there twice
  std::vector<FrontMatterFault> faults;
  std::vector<std::size_t> taken_as_text;  // lines whose value is no YAML and was taken as it is
  std::string_view body;  // all bytes after the closing line, unchanged; all of them without front matter
};

// Reads a report with its head, or without one. If a YAML head has a fault, each key is read alone, so that a broken
// key does not spoil the others.
FrontMatter ParseFrontMatter(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_FRONT_MATTER_H_
