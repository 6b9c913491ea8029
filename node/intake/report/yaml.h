// YAML as front matter uses it: one mapping of names to texts and lists of texts. libyaml reads it event by event
// (docs/decisions/0053): an alias is never followed, and nothing is built that is larger than the text.
#ifndef TIDEGATE_NODE_INTAKE_REPORT_YAML_H_
#define TIDEGATE_NODE_INTAKE_REPORT_YAML_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

struct YamlEntry {
  std::string key;                  // as it is written
  std::vector<std::string> values;  // one, or the items of a list; none if nothing is said
  bool list = false;
  std::size_t line = 0;  // of the key, from 0
  std::string unread;    // why it has no values although it says something; empty if it has what it says
};

struct YamlMapping {
  std::vector<YamlEntry> entries;  // in the order of the text; a key may be there twice
  bool mapping = true;             // false: it is YAML, and no mapping
  std::string fault;               // why it is no YAML; then `entries` are those before the fault
  std::size_t line = 0;            // of the fault, from 0
};

// Bounded: at most 512 entries and 1,024 items of a list; what is nested in a value is passed over, not built, and is a
// fault if it nests deeper than 64.
YamlMapping ReadYaml(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_REPORT_YAML_H_
