// Reads what a mapping says of a cell: its column, and how its text becomes the text for its target.
#ifndef TIDEGATE_NODE_INTAKE_CSV_CELL_PARSER_H_
#define TIDEGATE_NODE_INTAKE_CSV_CELL_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "node/intake/csv/mapping.h"
#include "node/intake/csv/toml_keys.h"
#include "re2/re2.h"
#include "toml++/toml.h"

namespace tidegate::intake {

// Writes the columns and the code maps of `rules`; the rest is the caller's.
class CellParser : protected TomlKeys {
 public:
  CellParser(const TomlKeys& keys, Mapping::Rules* rules, std::optional<absl::TimeZone> zone = {})
      : TomlKeys(keys), rules_(*rules), zone_(zone) {}

 protected:
  // `keys`, and the keys that say how to read the cell.
  static Keys WithCellKeys(Keys keys);

  void ParseCodes(const toml::table& file);
  // Its index in Rules::columns.
  std::size_t Column(const std::string& name, bool optional);
  std::optional<absl::TimeZone> Zone(const toml::node& node);
  char Split(const toml::node& node);  // the sign between the items of a list
  std::shared_ptr<const RE2> Pattern(const toml::node& node);
  // The options of a cell; `table` may hold other keys too, which the caller has checked.
  Cell ParseOptions(const std::string& column, const toml::table& table);
  // A part of a composed value: a column, or a table with one and options.
  std::optional<Cell> ParsePart(const toml::table& table, std::string_view key);
  // Whether the target can take what the cell says.
  void CheckCell(const toml::node& at, const Target& target, Cell& cell);

  Mapping::Rules& rules_;
  std::optional<absl::TimeZone> zone_;  // of times whose column names none

 private:
  void ParseDates(const toml::table& table, Cell* cell);
  void ParseText(const toml::table& table, Cell* cell);
  void CheckReference(const toml::node& at, const Target& target, const Cell& cell);
  void CheckOptional(const toml::node& at, const Target& target, Cell& cell);
  static bool IsAttribute(const Target& target);
  void CheckCodes(const toml::node& at, const Target& target, const Cell& cell);

  std::map<const CodeMap*, std::map<std::string, std::uint64_t, std::less<>>> lines_;  // of each code
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_CELL_PARSER_H_
