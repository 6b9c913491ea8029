// The rules of a mapping file, read and checked: INTAKE.md, "CSV and mapping files".
#ifndef TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_
#define TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node/intake/csv/encoding.h"
#include "node/intake/dates.h"
#include "node/intake/intake.h"
#include "node/intake/target.h"
#include "re2/re2.h"

namespace tidegate::intake {

using CodeMap = std::map<std::string, std::string, std::less<>>;  // by lower-case source text
inline constexpr std::string_view kAllOthers = "*";               // the source text that stands for all others
inline constexpr std::string_view kKeep = "keep";                 // the code of all others: what the source says

// How the text of one cell becomes the text for its target.
struct Cell {
  std::size_t column = 0;                // index in Rules::columns
  const CodeMap* codes = nullptr;        // in Rules::code_maps
  std::vector<std::size_t> joined;       // further columns, whose texts follow
  std::string with;                      // between the texts of joined columns
  std::shared_ptr<const RE2> pattern;    // the part of the text that is taken
  std::optional<std::string> otherwise;  // what an empty cell says, in the words of the target
  DateRules date;                        // without forms: no date
  char decimal = '\0';                   // the decimal sign of a number; none: as the target reads it
  std::string scheme;                    // of an identifier
  std::string calling_code;              // of the country whose national telephone numbers the column has
  std::string unit;                      // of a quantity
  std::string prefix;                    // of any text
  std::vector<std::string> refers;       // the target is a reference: the kinds of which the cell names a record
  char split = ';';                      // between the items of a list
  bool required = false;                 // an empty cell rejects the row
  bool optional = false;                 // the file may lack the column
  bool leaves_out = false;               // a value that does not fit is left out, and counted
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

// A row is left out if the text of the column, or without one of any cell, is one of `equals` or fits `matches`.
struct SkipRule {
  std::optional<std::size_t> column;
  std::vector<std::string> equals;     // lower case
  std::shared_ptr<const RE2> matches;  // null: none
};

// How to identify a row whose identity columns are all empty.
enum class EmptyIdentity : std::uint8_t { kRefuse, kHash, kRow };

// A record that says what two records have to do with each other: both of one row, or one of another row.
struct LinkRule {
  std::string from, to;  // Rules::name
  record::Draft draft;   // of the kind `link`, but for the two ends
  // Of the row's own record: the column that holds the identities of the records `to`, which are of other rows.
  struct OtherRow {
    std::size_t column = 0;  // index in Rules::columns
    char split = ';';        // between several identities
  };
  std::optional<OtherRow> other_row;
};

struct Mapping::Rules {
  const record::Kind* kind = nullptr;
  std::string sheet;              // of a workbook; empty: the one that has the columns
  std::optional<char> separator;  // of the table's cells; this and the next two: told from the table if not said
  const Encoding* encoding = nullptr;
  std::optional<std::uint64_t> header_row;  // 0: there is none
  std::string source;                       // the name of the system that the identities are from
  crypto::Hash digest{};                    // of the mapping file
  std::vector<std::string> columns;         // every column that the mapping names
  std::vector<bool> optional;               // beside `columns`: the file may lack it
  std::vector<std::size_t> identity;
  EmptyIdentity empty_identity = EmptyIdentity::kRefuse;
  // Each row is a thing of its own: its place in the file is its identity. The source key of a further record is then
  // the row's own key and the name of the `[[also]]`.
  bool each_row = false;
  std::vector<std::string> ignored;  // columns that are left out on purpose
  std::vector<std::string> unknown;  // lower-case texts that mean "looked, and not known"
  std::map<std::string, CodeMap, std::less<>> code_maps;
  std::vector<TextRule> texts;
  std::vector<PlaceRule> places;
  std::vector<PairRule> pairs;
  std::vector<SkipRule> skips;
  record::Draft constants;                                     // what every row begins with
  std::vector<std::pair<Target, std::string>> part_constants;  // of parts and attributes: set where the field is
  bool marks = false;                        // it says something of the handling; otherwise the row's own record does
  std::string name;                          // of the record among those of a row
  std::vector<std::unique_ptr<Rules>> also;  // further records of each row
  std::vector<LinkRule> links;               // between records of a row
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_MAPPING_H_
