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
  bool zoneless = false;  // as in Offer
};

// The use that one record of a row makes of each column.
struct RecordUse {
  const record::Kind* kind = nullptr;
  std::string name;                                            // among the records of a row
  std::vector<std::optional<Offer>> uses;                      // beside the table's columns
  std::vector<JoinedColumns> joined;                           // the uses of these columns have the part `joined`
  std::vector<std::pair<std::string, std::string>> constants;  // target and value: what the names of its columns say
};

// A link that each row becomes.
struct ProposedLink {
  std::string from, verb, to;         // RecordUse::name
  std::optional<std::size_t> column;  // names the other end, which is a row too
  std::string split;                  // between several names in one cell; empty: `;`
};

// What a proposed mapping makes of each column.
struct Choice : RecordUse {
  TableProfile table;
  std::optional<std::size_t> identity;  // the column that tells the rows apart
  std::uint64_t without_identity = 0;   // rows in which it is empty
  std::vector<RecordUse> also;          // further records of each row
  std::vector<ProposedLink> links;
  std::vector<std::size_t> said;  // columns that the mapping does not read because it says itself what they say
};

// Gives each column the best use that is left: no field is written twice that holds one value. `home` as OffersFor has
// it.
Choice ChooseUses(const record::Kind& kind, TableProfile table, const std::string& home);

// The parts of ChooseUses that look at all columns together.
// Uses of one record of some columns, which count under the names `called`.
struct CalledColumn {
  std::size_t column;
  std::string name;
};
RecordUse UsesOf(const record::Kind& kind, const TableProfile& table, const std::vector<CalledColumn>& columns,
                 const std::string& home);
// Columns in pairs, such as `Phone 1` and `Phone 2`, or `Victim name` and `Suspect name`, are about several things
// (twins.cc). Gives the columns that do not belong to a further record.
std::vector<CalledColumn> TakeTwins(const std::string& home, Choice* choice);
// A column that names other rows by their identity is a link (relations.cc).
void TakeRelations(Choice* choice);
// The zone of times that say none, from a column's name or another column (zone_hints.cc).
void SayZones(const std::string& home, Choice* choice);
// What an empty cell of a column with few words means (defaults.cc).
void SayDefaults(Choice* choice);

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
// The use that any record makes of a column; null: none.
const Offer* UseOf(const Choice& choice, std::size_t column);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_CHOICE_H_
