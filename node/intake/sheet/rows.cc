#include "node/intake/sheet/rows.h"

#include <algorithm>

#include "node/intake/text.h"

namespace tidegate::intake {

void RowBuilder::Begin(std::uint64_t number) {
  row_ = {};
  row_.number = number;
  bytes_ = 0;
}

void RowBuilder::Put(std::size_t column, const SheetCell& cell, std::size_t repeated) {
  if (cell.text.empty() || !row_.fault.empty() || repeated == 0) return;
  if (column >= limits_.columns || repeated > limits_.columns - column) {
    row_.fault = Cat({"more than ", std::to_string(limits_.columns), " columns"});
  } else if (cell.text.size() > (limits_.row_bytes - std::min(bytes_, limits_.row_bytes)) / repeated) {
    row_.fault = Cat({"longer than ", std::to_string(limits_.row_bytes), " bytes"});
  }
  if (!row_.fault.empty()) return row_.cells.clear();
  bytes_ += cell.text.size() * repeated;
  row_.cells.resize(std::max(row_.cells.size(), column + repeated));
  std::fill_n(row_.cells.begin() + static_cast<std::ptrdiff_t>(column), repeated, cell);
}

void CellText::Clear() {
  text_.clear();
  beyond_ = false;
}

void CellText::Append(std::string_view text) {
  beyond_ = beyond_ || text.size() > most_ - text_.size();
  if (!beyond_) text_.append(text);
}

absl::Status TooMuchText(std::string_view file, std::uint64_t most) {
  return Refused({"intake: the cells of a sheet of `", file, "` have more than ", std::to_string(most),
                  " bytes of text; divide the sheet"});
}

}  // namespace tidegate::intake
