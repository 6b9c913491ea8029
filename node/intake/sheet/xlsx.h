// The parts that the sheets of one XLSX file share, and the rows of one sheet.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_XLSX_H_
#define TIDEGATE_NODE_INTAKE_SHEET_XLSX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/intake/sheet/archive.h"
#include "node/intake/sheet/cell.h"
#include "node/intake/sheet/workbook.h"

namespace tidegate::intake {

// The texts that cells name by number, in one block of memory.
class SharedTexts {
 public:
  // False beyond the bounds of workbook.h.
  bool Append(std::string_view text);
  bool End();
  std::optional<std::string_view> operator[](std::size_t index) const;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

struct XlsxFacts {
  bool from_1904 = false;             // dates count from the start of 1904
  std::vector<NumberFormat> formats;  // by a cell's style
  SharedTexts texts;
};

// `facts` and `limits` must outlive the rows.
absl::StatusOr<std::unique_ptr<SheetRows>> XlsxRows(std::unique_ptr<ArchivePart> part, const XlsxFacts& facts,
                                                    const Limits& limits, const std::string& file);

// The column of a cell's address, from 0: 0 for `A1`, 27 for `AB12`. None if it is no address.
std::optional<std::size_t> ColumnOfAddress(std::string_view address);
// The text of a cell without the escapes of XLSX: `_x000D_` is a carriage return.
std::string UnescapedCellText(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_XLSX_H_
