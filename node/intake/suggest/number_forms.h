// How the numbers of a column are written: the decimal sign, and what stands around them.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_NUMBER_FORMS_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_NUMBER_FORMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "node/intake/suggest/profile.h"
#include "node/record/draft.h"

namespace tidegate::intake {

struct NumberGuess {
  char decimal = '\0';              // `decimal` of a mapping; none: the field reads the numbers as they are
  std::string pattern;              // `pattern` of a mapping; empty: the whole cell
  std::string unit;                 // `unit` of a mapping
  bool without_unit = false;        // money, and nothing says of which currency
  std::uint64_t fits = 0;           // cells that are read so
  std::vector<std::string> doubts;  // a sentence each
};

// `unit` is what the column's name says of the currency; empty if it says nothing.
NumberGuess GuessNumbers(const record::Slot& slot, const ColumnProfile& column, const std::string& unit);

// `,` if the numbers of the column can only have a decimal comma, or have blanks between thousands.
char GuessDecimal(const ColumnProfile& column);

// The two halves of cells that hold a latitude and a longitude (`51.5, -0.12`): patterns for a mapping.
inline constexpr const char* kLatitudePattern = R"(^\(?\s*([-+]?\d{1,2}[.]\d+)\s*[,;/ ])";
inline constexpr const char* kLongitudePattern = R"([,;/ ]\s*([-+]?\d{1,3}[.]\d+)\s*\)?$)";
// How many cells hold both.
std::uint64_t CoordinatePairs(const ColumnProfile& column);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_NUMBER_FORMS_H_
