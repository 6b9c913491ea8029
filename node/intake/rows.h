// The rows of a table, from a text (csv/text_rows.h) or from a sheet of a workbook.
#ifndef TIDEGATE_NODE_INTAKE_ROWS_H_
#define TIDEGATE_NODE_INTAKE_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tidegate::intake {

// What a spreadsheet says about a cell beside its text.
struct CellNote {
  std::size_t field = 0;  // index in TableRow::fields
  std::string fault;  // empty: the cell is a date, `2026-03-04` or the like (sheet/cell.h); else why it has no value
};

// One row. All of it is UTF-8, except where bytes of a text could not be decoded.
struct TableRow {
  std::uint64_t number = 0;              // as a spreadsheet counts, from 1, banner and header included
  std::string_view raw;                  // the row for the rejects file: cells with commas, or if broken its own text
  std::vector<std::string_view> fields;  // valid until the next call of Next()
  std::string fault;                     // not empty: the row is broken, and `fields` is empty
  std::vector<CellNote> notes = {};      // of few cells, ascending

  // Null if nothing is said of the field.
  const CellNote* NoteOf(std::size_t field) const {
    const auto found =
        std::find_if(notes.begin(), notes.end(), [field](const CellNote& n) { return n.field == field; });
    return found == notes.end() ? nullptr : &*found;
  }
};

// Gives the rows of one table in their order. Not thread-safe.
class RowSource {
 public:
  enum class Step : std::uint8_t { kRow, kFull, kEnd };

  virtual ~RowSource() = default;
  // kRow: `row` is the next one. kFull: the source needs the memory that `raw` of the rows so far shows; hand over
  // what shows it, call Release(), and call Next() again. An error ends the reading.
  virtual absl::StatusOr<Step> Next(TableRow* row) = 0;
  // `raw` of the rows so far is invalid afterwards.
  virtual absl::Status Release() = 0;
  // Begins again with the first row; implies Release().
  virtual absl::Status Rewind() = 0;

  // For a caller that keeps no `raw`: the next row, with a Release() wherever the source needs one. False at the end.
  absl::StatusOr<bool> NextRow(TableRow* row) {
    while (true) {
      absl::StatusOr<Step> step = Next(row);
      if (!step.ok()) return step.status();
      if (*step != Step::kFull) return *step == Step::kRow;
      if (absl::Status released = Release(); !released.ok()) return released;
    }
  }
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_ROWS_H_
