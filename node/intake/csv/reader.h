// Reads the rows of a comma-separated file (RFC 4180), one after the other, from bytes that stay where they are.
//
// It accepts CRLF or LF line ends, a UTF-8 byte order mark, quoted fields with commas, line breaks and doubled quotes,
// and a last row without a line end. It skips empty lines. A row that breaks the grammar ends at the next line end
// after its *start*, so an unclosed quote costs one row and not the rest of the file.
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
  // `bytes` must outlive the reader. A row is faulty if it has more than `max_row_bytes` bytes or `max_columns` fields.
  CsvReader(std::string_view bytes, std::size_t max_row_bytes, std::size_t max_columns);

  // Goes on with `bytes`, which begin where the last row ended. The numbers of the rows go on too.
  void Continue(std::string_view bytes);
  // How many bytes the rows took so far, with what lay between them.
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

// Appends `field`, in quotes if a reader needs them to give it back unchanged.
void AppendCsvField(std::string_view field, std::string* out);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_READER_H_
