// Which field of a kind a column may give, and how its values are to be read.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_COLUMNS_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_COLUMNS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "node/intake/suggest/profile.h"
#include "node/record/draft.h"

namespace tidegate::intake {

// One use that a mapping could make of a column.
struct Offer {
  std::string target;                  // `report.observed`, `handling.tlp`
  const record::Slot* slot = nullptr;  // of a field
  // `locality` of a place, `coordinates` (both degrees), `first` and `last` of a period, `value` and `currency` of an
  // amount, `reference`; `joined`: one of several columns that make the value
  std::string part;
  std::vector<std::string> dates;                            // the forms of its dates, if it needs any
  bool many = false;                                         // several columns may write it
  std::vector<std::pair<std::string, std::string>> options;  // name and TOML value, in a mapping's words
  std::vector<std::pair<std::string, std::string>> codes;    // a code map: text of the cell, code
  std::vector<std::string> doubts;                           // what a person should look at, a sentence each
  bool asleep = false;                                       // written as a comment: a person must say more first
  bool zoneless = false;                                     // its times say no zone
  int name_score = 0;                                        // words.h, NameScore
  std::uint64_t fits = 0, of = 0;  // cells whose values this use can read, and how many there are

  double share() const { return of == 0 ? 0 : static_cast<double>(fits) / static_cast<double>(of); }
  double score() const { return 0.6 * name_score + 40 * share(); }
  bool sure() const { return doubts.empty() && score() >= 90; }
};

// All uses of the column that are worth a thought, none of them twice. `home` is the country whose national telephone
// numbers and order of day and month the table has; empty if nobody said.
std::vector<Offer> OffersFor(const record::Kind& kind, const ColumnProfile& column, const std::string& home);

// The least score at which an offer is taken.
inline constexpr double kLeastScore = 55;

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_COLUMNS_H_
