#include "node/command/csv.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace tidegate::command {
namespace {

// The full-width forms too: some spreadsheets take them for the others.
constexpr std::string_view kFormulaStarts[] = {"=",  "+",      "-",      "@",      "\t",    "\r",
                                               "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

bool BeginsLikeAFormula(std::string_view cell) {
  // Leading spaces are stripped by some readers.
  const size_t first = cell.find_first_not_of(' ');
  if (first == std::string_view::npos) return false;
  const std::string_view rest = cell.substr(first);
  return std::any_of(std::begin(kFormulaStarts), std::end(kFormulaStarts),
                     [rest](std::string_view start) { return rest.substr(0, start.size()) == start; });
}

}  // namespace

std::string CsvCell(std::string_view cell) {
  std::string text = BeginsLikeAFormula(cell) ? absl::StrCat("'", std::string(cell)) : std::string(cell);
  if (text.find_first_of(",;\"\n\r\t'") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) absl::StrAppend(&line, i == 0 ? "" : ",", CsvCell(cells[i]));
  return line + "\n";
}

}  // namespace tidegate::command
