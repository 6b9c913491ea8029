// A spreadsheet file (XLSX or ODS) as sheets of rows: INTAKE.md, "Spreadsheets".
//
// It reads what the cells show, as a person sees it: the results of formulas and not the formulas, dates as dates,
// numbers in plain digits. Of merged cells the first has the value. Rows come one after the other, and memory does not
// grow with their number.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_WORKBOOK_H_
#define TIDEGATE_NODE_INTAKE_SHEET_WORKBOOK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/intake.h"
#include "node/intake/sheet/cell.h"

namespace tidegate::intake {

inline constexpr std::size_t kMostSheets = 1024;
inline constexpr std::uint64_t kMostSheetRows = std::uint64_t{1} << 20;      // of one sheet, as spreadsheets have
inline constexpr std::size_t kMostSharedTexts = std::size_t{4} << 20;        // of an XLSX file
inline constexpr std::size_t kMostSharedTextBytes = std::size_t{128} << 20;  // all of them together
inline constexpr std::size_t kMostCellFormats = std::size_t{1} << 16;        // of an XLSX file

struct SheetInfo {
  std::string name;
  bool hidden = false;
};

// The rows of one sheet that have any cell, from the first to the last.
class SheetRows {
 public:
  virtual ~SheetRows() = default;
  // False at the end. A row that is beyond Limits::row_bytes or Limits::columns has a fault and no cells.
  virtual absl::StatusOr<bool> Next(SheetRow* row) = 0;
  // Warnings for the person who imports the sheet, without contents. Complete after Next returned false.
  virtual std::vector<std::string> Warnings() const = 0;
};

class Workbook {
 public:
  // InvalidArgument, with what to do, if the source is no spreadsheet that can be read: an old `.xls`, one that is
  // protected with a password, a text file by that name. `limits` must outlive it, and so must in-memory bytes.
  static absl::StatusOr<std::unique_ptr<Workbook>> Open(const Source& source, const Limits& limits);
  virtual ~Workbook() = default;

  virtual const std::vector<SheetInfo>& sheets() const = 0;
  // The rows of `sheets()[sheet]`. The workbook must outlive them. May be called again, also for the same sheet.
  virtual absl::StatusOr<std::unique_ptr<SheetRows>> Rows(std::size_t sheet) const = 0;
};

// True if the source is to be opened as a workbook: by its first bytes it is a ZIP archive or an old Office file, or it
// is a web page by the name of a spreadsheet, of which Open says so.
absl::StatusOr<bool> IsWorkbook(const Source& source);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_WORKBOOK_H_
