// A mapping that proposes itself, from the names and the values of a table's columns.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_CHOICE_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_CHOICE_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/intake/intake.h"
#include "node/intake/suggest/columns.h"
#include "node/intake/suggest/profile.h"

namespace tidegate::intake {

// The use that a proposed mapping makes of each column.
struct Choice {
  const record::Kind* kind = nullptr;
  TableProfile table;
  std::vector<std::optional<Offer>> uses;  // beside table.columns
  std::optional<std::size_t> identity;     // the column that tells the rows apart
};

// Gives each column the best use that is left: no field is written twice that holds one value.
Choice ChooseUses(const record::Kind& kind, TableProfile table);

// What a proposal is printed with, besides the choice.
struct ProposalHead {
  std::string file;     // its name, for people
  std::string source;   // the name of the system that the rows are from
  std::string read_as;  // how the table was read
  std::string sheet;    // of a workbook with several sheets; else empty
};
// The mapping as TOML. Each line that somebody should look at has a comment before it that begins with `# ?`.
std::string WriteMapping(const Choice& choice, const ProposalHead& head);
// The fields of the kind that no column gives.
std::vector<std::string> Unserved(const Choice& choice);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_CHOICE_H_
