// The form of a table: how a text says where cells and rows end, and which row names the columns. Told from the table,
// as far as a mapping does not say it.
#ifndef TIDEGATE_NODE_INTAKE_CSV_FORM_H_
#define TIDEGATE_NODE_INTAKE_CSV_FORM_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/csv/encoding.h"
#include "node/intake/csv/reader.h"
#include "node/intake/intake.h"
#include "node/intake/rows.h"

namespace tidegate::intake {

// A header is looked for in so many rows.
inline constexpr std::size_t kHeaderRows = 32;
inline constexpr std::uint64_t kMostHeaderRow = 1'000'000;

// The form of a table, as far as it is known before reading.
struct Wanted {
  std::optional<char> separator;
  const Encoding* encoding = nullptr;
  std::optional<std::uint64_t> header_row;  // 0: no row names the columns
  std::vector<std::string> columns;         // those that a mapping names; empty: nobody said
};

// The form of a text.
struct TextForm {
  Dialect dialect;
  const Encoding* encoding = &Utf8();
  std::size_t mark = 0;               // bytes of the byte order mark
  bool separator_line = false;        // the first row is `sep=;`
  bool rejects = false;               // an import wrote it (RejectsFile)
  std::vector<std::string> warnings;  // without contents
};

// Reads the beginning of the source, and all of it if its encoding is not plain. `wanted` decides, except for a rejects
// file, which has a form of its own. InvalidArgument if the bytes are surely not in the wanted encoding.
absl::StatusOr<TextForm> FindTextForm(const Source& source, const Wanted& wanted, const Limits& limits);

struct Header {
  std::uint64_t row = 0;             // 0: the table has none, and its columns are `#1`, `#2` and so on
  std::vector<std::string> columns;  // trimmed; empty names where a cell is empty
};

// The wanted header row, else the row with most of the wanted columns among the first kHeaderRows, else the first row.
// The next row of `rows` is then the one after it. InvalidArgument if there is no such row.
absl::StatusOr<Header> FindHeader(RowSource& rows, const Wanted& wanted, const std::string& file);

// "separator `;`, Windows-1252, header in row 3", for people.
std::string Describe(const TextForm& form);
std::string Describe(const Header& header);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_FORM_H_
