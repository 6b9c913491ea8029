// The rules of a mapping file, read and checked: INTAKE.md, "CSV and mapping files".
#ifndef TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_
#define TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/intake/csv/encoding.h"
#include "node/intake/intake.h"
#include "node/intake/target.h"

namespace tidegate::intake {

using CodeMap = std::map<std::string, std::string, std::less<>>;  // by lower-case source text; "*" is for all others

// How the text of one cell becomes the text for its target.
struct Cell {
  std::size_t column = 0;          // index in Rules::columns
  const CodeMap* codes = nullptr;  // in Rules::code_maps
  std::string date;                // date format, empty if none
  std::string offset = "Z";        // of times without one
  std::string scheme;              // of an identifier
  std::string calling_code;        // of the country whose national telephone numbers the column has
  std::string unit;                // of a quantity
  std::string prefix;              // of any text
  std::string refers;              // the target is a reference: the kind of the record that the cell names
  char split = ';';                // between the items of a list
  bool required = false;           // an empty cell rejects the row
};

struct TextRule {
  Target target;
  std::vector<Cell> cells;  // more than one only if target.many
};

struct PlaceRule {
  const record::Slot* slot = nullptr;
  std::optional<Cell> name, locality, region, country, latitude, longitude;
};

// Two cells make one value: the two ends of a period, or a quantity and its unit.
struct PairRule {
  enum class Form : std::uint8_t { kPeriod, kAmount };
  Form form = Form::kPeriod;
  Target target;
  std::optional<Cell> first, second;
};

struct SkipRule {
  std::size_t column = 0;
  std::vector<std::string> equals;  // lower case
};

struct Mapping::Rules {
  const record::Kind* kind = nullptr;
  std::optional<char> separator;  // of the table's cells; this and the next two: told from the table if not said
  const Encoding* encoding = nullptr;
  std::optional<std::uint64_t> header_row;  // 0: there is none
  std::string source;                       // the name of the system that the identities are from
  crypto::Hash digest{};                    // of the mapping file
  std::vector<std::string> columns;         // every column that the mapping names
  std::vector<bool> optional;               // beside `columns`: the file may lack it
  std::vector<std::size_t> identity;
  bool each_row = false;             // each row is a thing of its own, known by its place in its file
  std::vector<std::string> ignored;  // columns that are left out on purpose
  std::vector<std::string> unknown;  // lower-case texts that mean "looked, and not known"
  std::map<std::string, CodeMap, std::less<>> code_maps;
  std::vector<TextRule> texts;
  std::vector<PlaceRule> places;
  std::vector<PairRule> pairs;
  std::vector<SkipRule> skips;
  record::Draft constants;                                     // what every row begins with
  std::vector<std::pair<Target, std::string>> part_constants;  // of parts and attributes: set where the field is
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_
