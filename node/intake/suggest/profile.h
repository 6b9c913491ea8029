// The profile of a table's columns: their names, and the values of the first rows.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_PROFILE_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/csv/form.h"
#include "node/intake/rows.h"

namespace tidegate::intake {

// How many of the first rows are looked at, and how many bytes of them.
inline constexpr std::uint64_t kProfiledRows = 2000;
inline constexpr std::size_t kProfiledBytes = std::size_t{16} << 20;
inline constexpr std::size_t kProfiledValueBytes = 200;  // a longer value is not kept: it is prose

class ColumnProfile {
 public:
  explicit ColumnProfile(std::string name) : name_(std::move(name)) {}

  void Take(std::string_view text, bool date);

  const std::string& name() const { return name_; }
  // The same values under another name.
  ColumnProfile Called(std::string name) const {
    ColumnProfile column = *this;
    column.name_ = std::move(name);
    return column;
  }
  std::uint64_t filled() const { return filled_; }
  std::size_t longest() const { return longest_; }  // bytes of a cell
  std::uint64_t dates() const { return dates_; }    // cells that a spreadsheet knows as dates
  bool distinct() const { return filled_ > 0 && !repeated_; }
  // Mostly longer than a name or a code is.
  bool IsProse() const { return filled_ > 0 && bytes_ / filled_ > kProseBytes; }
  // The different values that were kept, and how often each was there; without those that say "not known".
  const std::map<std::string, std::uint64_t>& values() const { return values_; }
  const std::map<std::string, std::uint64_t>& unknown_words() const { return unknown_words_; }
  bool kept_all() const { return kept_all_; }
  // How many of the kept cells pass, and how many there are.
  std::uint64_t Passing(const std::function<bool(const std::string&)>& test) const;
  std::uint64_t kept() const;

 private:
  static constexpr std::uint64_t kProseBytes = 60;

  std::string name_;
  std::uint64_t filled_ = 0, dates_ = 0, bytes_ = 0;
  std::size_t longest_ = 0;
  bool repeated_ = false, kept_all_ = true;
  std::map<std::string, std::uint64_t> values_, unknown_words_;
};

// Rows that are no records: they are left out if the column says one of the texts.
struct OddRows {
  std::size_t column = 0;
  std::vector<std::string> texts;
  std::string why;  // for people: what these rows are
};

struct TableProfile {
  Header header;
  std::uint64_t rows = 0;              // that were looked at
  bool whole = false;                  // these are all
  std::vector<ColumnProfile> columns;  // beside header.columns
  std::vector<OddRows> odd;            // of the whole table
};

// The row that names the columns of a table about which nobody said anything: the first that is as wide as the table
// and has different texts in its cells. 0 if the first wide row looks like data. Rewinds the rows.
absl::StatusOr<std::uint64_t> GuessHeaderRow(RowSource& rows);

// Reads the first rows behind the header, where `rows` stands, and looks through the others for totals, notes and
// headers that are repeated.
absl::StatusOr<TableProfile> ProfileTable(RowSource& rows, Header header);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_PROFILE_H_
