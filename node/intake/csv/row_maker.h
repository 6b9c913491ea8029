// Makes an item of a CSV row, by the rules of a mapping.
#ifndef TIDEGATE_NODE_INTAKE_CSV_ROW_MAKER_H_
#define TIDEGATE_NODE_INTAKE_CSV_ROW_MAKER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/csv/mapping.h"
#include "node/intake/rows.h"

namespace tidegate::intake {

inline constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

// Where each column of the mapping is in the file.
struct Binding {
  std::vector<std::size_t> index;  // beside Rules::columns; kAbsent if the file has no such column
  std::size_t least_fields = 0;    // without the columns that RejectsFile adds
  std::size_t most_fields = 0;
  std::string file;              // its name without folder, and without what RejectsFile put behind it
  std::string system;            // Source::system
  std::string home;              // Defaults::home
  std::string sheet;             // of a workbook, if the mapping names one; else empty
  std::size_t row = kAbsent;     // the column in which RejectsFile keeps the number that a row had
  std::size_t broken = kAbsent;  // the column in which RejectsFile keeps a row whose quotes were broken
};

// Values of a column that were left out because they did not fit.
struct LeftOutCells {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> rows;  // the first of them
};
inline constexpr std::size_t kMostLeftOutRows = 5;

class RowMaker {
 public:
  // Both must outlive it. One RowMaker serves all rows of a file.
  RowMaker(const Mapping::Rules& rules, const Binding& binding) : rules_(rules), binding_(binding) {}

  // True if the mapping says to leave this row out.
  bool Skips(const TableRow& row) const;
  // Fills `item`. False, with all faults that were found, if the row cannot become a record.
  bool Make(const TableRow& row, Item* item, std::vector<Fault>* faults);
  // True if the last row gave no field and no fault.
  bool said_nothing() const { return said_nothing_; }
  // How many values were taken as they are and were perhaps meant otherwise, by column and what is in doubt.
  using Doubts = std::map<std::pair<std::string, std::string>, std::uint64_t>;
  const Doubts& doubts() const { return doubts_; }
  // By column.
  const std::map<std::string, LeftOutCells>& left_out() const { return left_out_; }

 private:
  std::string_view CellText(const TableRow& row, std::size_t column) const;
  // The spreadsheet's note about the cell, beside its text; null if there is none.
  const CellNote* NoteOf(std::size_t column) const;
  absl::StatusOr<std::string> TranslateDate(const Cell& cell, const std::string& text) const;
  bool Fail(const std::string& column, const absl::Status& status, std::string_view value = {});
  bool Fail(const Cell& cell, const absl::Status& status);
  // The value of the cell does not fit: true if it may be left out, else a fault.
  bool Misfit(const Cell& cell, const absl::Status& status);
  bool SkipsBy(const SkipRule& rule, std::string_view text) const;
  bool IsUnknownWord(std::string_view text) const;
  bool Take(const Cell& cell, std::string_view* text);
  absl::StatusOr<std::string> Translate(const Cell& cell, std::string_view text) const;
  static std::string NearCode(const CodeMap& codes, std::string_view text);
  // One item of what a rule makes, in the words of its target.
  struct Part {
    const Cell* cell;
    std::string text;
  };
  void Refer(const TextRule& rule, const Cell& cell, std::string_view text);
  bool TakeParts(const TextRule& rule, const Cell& cell);
  const std::string& JoinedParts();  // valid until the parts change or it is called again
  bool WriteParts(const TextRule& rule);
  void Doubt(const TextRule& rule);
  bool MakeText(const TextRule& rule);
  bool MakeHandling();
  bool MakePartConstants();
  bool TakePart(const std::optional<Cell>& cell, std::string* out);
  bool TakeDegrees(const Cell& cell, const std::string& text, double most, std::int32_t* degrees_e6);
  bool MakePlace(const PlaceRule& rule);
  static const Cell& FirstCell(const PlaceRule& rule);
  bool MakePair(const PairRule& rule);
  std::string ExternalKey(std::string_view system, std::string_view kind, std::string_view identity) const;
  std::string_view System() const { return binding_.system.empty() ? rules_.source : binding_.system; }
  bool TakeIdentity(std::string* identity);
  bool TakeIdentityCell(std::size_t column, std::string* identity);
  bool LacksIdentity() const;
  std::string Place() const;
  std::string HashOfCells();
  bool Identify();

  const Mapping::Rules& rules_;
  const Binding& binding_;
  const TableRow* row_ = nullptr;
  Item* item_ = nullptr;
  std::vector<Fault>* faults_ = nullptr;
  std::vector<Part> parts_;  // of the rule at hand
  std::string written_;      // several of them, joined
  std::string joined_;       // the text of a cell of several columns
  std::string cells_;        // what a row's hash is over
  bool said_nothing_ = false;
  Doubts doubts_;
  std::map<std::string, LeftOutCells> left_out_;

  // The handling that each combination of texts gave before. An organisation marks its records in a few ways, and
  // checking a marking is costly because each word is checked with all others.
  std::vector<std::pair<const TextRule*, std::string>> handling_texts_;
  std::map<std::string, record::Handling, std::less<>> handlings_;
};

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_CSV_ROW_MAKER_H_
