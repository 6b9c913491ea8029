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

// Several columns that make one value.
struct JoinedColumns {
  std::string target;
  std::vector<std::size_t> columns;                          // in the order of their texts
  std::string with;                                          // between the texts
  std::vector<std::pair<std::string, std::string>> options;  // as in Offer
  std::vector<std::string> doubts;
};

// The use that a proposed mapping makes of each column.
struct Choice {
  const record::Kind* kind = nullptr;
  TableProfile table;
  std::vector<std::optional<Offer>> uses;  // beside table.columns
  std::vector<JoinedColumns> joined;       // the uses of these columns have the part `joined`
  std::optional<std::size_t> identity;     // the column that tells the rows apart
  std::uint64_t without_identity = 0;      // rows in which it is empty
};

// Gives each column the best use that is left: no field is written twice that holds one value. `home` as OffersFor has
// it.
Choice ChooseUses(const record::Kind& kind, TableProfile table, const std::string& home);

// After the mapping was tried: `rejected` says for how many rows a column was at fault. Makes the values of these
// columns optional where a record may lack them. True if it changed anything.
bool MakeOptional(const std::map<std::string, std::uint64_t>& rejected, Choice* choice);

// The other facts that a proposal prints, beside the choice.
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
