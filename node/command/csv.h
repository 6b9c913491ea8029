// Rows of a CSV file (RFC 4180), safe to open in a spreadsheet.
#ifndef TIDEGATE_NODE_COMMAND_CSV_H_
#define TIDEGATE_NODE_COMMAND_CSV_H_

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::command {

// One cell. A spreadsheet would run a cell that begins like a formula, by any author. Such a cell gets an apostrophe in
// front, so that the spreadsheet reads it as text.
std::string CsvCell(std::string_view cell);
// One line, its end included.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_CSV_H_
