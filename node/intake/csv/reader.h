// Reads the rows of a text table (RFC 4180, also with another separator), one after the other, from bytes that stay
// where they are.
//
// It accepts CRLF, LF or lone CR line ends, a UTF-8 byte order mark, quoted fields with separators, line breaks and
// doubled quotes, and a last row without a line end. It skips empty lines. A row that breaks the grammar ends at the
// next line end after its *start*, so an unclosed quote costs one row and not the rest of the file.
#ifndef TIDEGATE_NODE_INTAKE_CSV_READER_H_
#define TIDEGATE_NODE_INTAKE_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "node/intake/rows.h"

namespace tidegate::intake {

// How a text says where cells and rows end.
struct Dialect {
  char separator = ',';
  bool lone_cr = false;  // rows end with CR; otherwise with LF or CR LF
  bool operator==(const Dialect& other) const { return separator == other.separator && lone_cr == other.lone_cr; }
};

class CsvReader {
 public:
  // `bytes` must outlive the reader. A row is faulty if it has more than `max_row_bytes` bytes or `max_columns` fields.
  CsvReader(std::string_view bytes, std::size_t max_row_bytes, std::size_t max_columns, Dialect dialect = {});

  // Goes on with `bytes`, which begin where the last row ended. The numbers of the rows go on too.
  void Continue(std::string_view bytes);
  // How many bytes the rows took so far, with what lay between them.
  std::size_t consumed() const { return position_; }

  // False at the end of the bytes. A faulty row is returned with its reason in `row->fault`.
  bool Next(TableRow* row);

 private:
  bool ParseFields(TableRow* row, std::size_t* end);
  bool EndsLine(std::size_t at) const;
  bool ParseQuoted(std::size_t* at, std::size_t limit, TableRow* row);
  std::size_t LineEnd(std::size_t from) const;
  std::size_t SkipLineEnd(std::size_t at) const;

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::uint64_t number_ = 0;
  std::size_t max_row_bytes_;
  std::size_t max_columns_;
  Dialect dialect_;
  char line_end_;                      // the character that surely ends a row
  std::deque<std::string> unescaped_;  // fields of the current row that held doubled quotes; stable addresses
};

// Appends `field` to a row with commas, in quotes if a reader needs them to give it back unchanged.
void AppendCsvField(std::string_view field, std::string* out);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_READER_H_
