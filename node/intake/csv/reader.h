// Rows of a comma-separated file, RFC 4180, pulled one at a time from bytes that stay where they are.
//
// Accepted: CRLF or LF line ends, a UTF-8 byte order mark, quoted fields with commas, line breaks and doubled quotes,
// a last row without a line end. Empty lines are skipped.
// A row that breaks the grammar costs only itself: it ends at the next line end after its *start*, so an unclosed quote
// cannot swallow the rest of the file.
#ifndef TIDEGATE_NODE_INTAKE_CSV_READER_H_
#define TIDEGATE_NODE_INTAKE_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

struct CsvRow {
  std::uint64_t number = 0;              // as a spreadsheet counts: the header is row 1
  std::string_view raw;                  // the bytes of the row, without its line end
  std::vector<std::string_view> fields;  // valid until the next call of Next()
  std::string fault;                     // not empty: the row breaks the grammar, and `fields` is empty
};

class CsvReader {
 public:
  // `bytes` must outlive the reader. Rows longer than `max_row_bytes` and rows with more than `max_columns` fields are
  // faulty.
  CsvReader(std::string_view bytes, std::size_t max_row_bytes, std::size_t max_columns);

  // Goes on in `bytes`, which begin where the last row ended; the numbers of the rows go on too.
  void Continue(std::string_view bytes);
  // How many of the bytes the rows so far took, with what lay between them.
  std::size_t consumed() const { return position_; }

  // False at the end of the bytes. A faulty row is returned with its reason in `row->fault`.
  bool Next(CsvRow* row);

 private:
  bool ParseFields(CsvRow* row, std::size_t* end);
  bool ParseQuoted(std::size_t* at, std::size_t limit, CsvRow* row);
  std::size_t LineEnd(std::size_t from) const;
  std::size_t SkipLineEnd(std::size_t at) const;

  std::string_view bytes_;
  std::size_t position_ = 0;
  std::uint64_t number_ = 0;
  std::size_t max_row_bytes_;
  std::size_t max_columns_;
  std::deque<std::string> unescaped_;  // fields of the current row that held doubled quotes; stable addresses
};

// Appends `field` so that a reader gives it back unchanged: quoted where it must be.
void AppendCsvField(std::string_view field, std::string* out);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_READER_H_
