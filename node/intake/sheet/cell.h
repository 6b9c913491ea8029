// The text of a spreadsheet's cell, as a person reads it.
//
// A date is `2026-03-04`, `2026-03`, `2026`, `2026-03-04T10:20:30` or `10:20:30`: as precise as the cell shows it. A
// number has no exponent and no thousands separators. Yes and no are `true` and `false`.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_CELL_H_
#define TIDEGATE_NODE_INTAKE_SHEET_CELL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

struct SheetCell {
  enum class Type : std::uint8_t {
    kText,   // also numbers, yes and no
    kDate,   // a date in the form above, whatever form the mapping expects of text
    kFault,  // no value that may be used; `text` says why, for people, without the contents
  };
  Type type = Type::kText;
  std::string text;
  bool operator==(const SheetCell&) const = default;
};

struct SheetRow {
  std::uint64_t number = 0;      // as the spreadsheet counts
  std::vector<SheetCell> cells;  // without empty ones at the end
  std::string fault;             // not empty: the row is beyond a bound, and has no cells
};

// How a number format shows a number.
struct NumberFormat {
  enum class Shows : std::uint8_t { kNumber, kPercent, kDate, kTime, kDuration };
  Shows shows = Shows::kNumber;
  // kDate
  bool month = false, day = false, clock = false;
  // kNumber: what stands around whole numbers, such as `00000` or `+0`; else empty.
  std::string digits;
};

// Reads a number format as spreadsheets write it: `dd/mm/yyyy`, `00000`, `0%`, `[$-409]mmm\-yy;@`.
NumberFormat ReadNumberFormat(std::string_view code);
// The formats that XLSX has without writing them, by their number. Which number is what: ECMA-376, part 1, 18.8.30.
NumberFormat BuiltInNumberFormat(std::uint64_t id);

// The cell that shows the number `text` (decimal, maybe with an exponent) by the format. Dates count days from the end
// of 1899, or from the start of 1904.
SheetCell NumberCell(std::string_view text, const NumberFormat& format, bool from_1904);

// The two texts that a date or time has in files: `2026-03-04T00:00:00.000` becomes `2026-03-04`. None if it is
// neither.
std::optional<std::string> IsoDateText(std::string_view text);

// The form, in the marks of dates.h, in which a date cell shows its date; empty if the text is no such date.
std::string_view SheetDateForm(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_CELL_H_
