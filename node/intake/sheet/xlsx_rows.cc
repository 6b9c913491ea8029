// The rows of one XLSX sheet.
#include <charconv>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/sheet/rows.h"
#include "node/intake/sheet/xlsx.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::string_view kMergedRows =
    "cells are merged over several rows; only the first of these rows has their value. Split them if each row needs it";
constexpr std::string_view kNoResult =
    "holds a formula without its result; open the file in a spreadsheet program, save it and import it again";
constexpr std::string_view kErrorResult = "holds the error of a formula, and no value";

// The row of a cell's address, from 1; 0 if it is none.
std::uint64_t RowOfAddress(std::string_view address) {
  const std::size_t digits = std::min(address.find_first_of("0123456789"), address.size());
  std::uint64_t row = 0;
  std::from_chars(address.data() + digits, address.data() + address.size(), row);
  return row;
}

class XlsxSheetHandler : public XmlHandler {
 public:
  XlsxSheetHandler(const XlsxFacts& facts, const Limits& limits, std::string file)
      : facts_(facts), file_(std::move(file)), row_(limits), value_(limits.row_bytes), text_(limits.row_bytes) {}

  std::deque<QueuedRow>& rows() { return rows_; }
  std::vector<std::string> warnings() const {
    return merged_ ? std::vector<std::string>{std::string(kMergedRows)} : std::vector<std::string>();
  }

  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "row") return BeginRow(attributes);
    if (name == "mergeCell") return NoteMerge(attributes["ref"]);
    if (!in_row_) return;
    if (name == "c") return BeginCell(attributes);
    if (name == "f") formula_ = true;
    if (name == "rPh") ++phonetic_;
    if (name == "v") into_ = &value_;
    if (name == "t" && phonetic_ == 0) into_ = &text_;
  }

  void End(std::string_view name) override {
    if (name == "v" || name == "t") into_ = nullptr;
    if (name == "rPh" && phonetic_ > 0) --phonetic_;
    if (name == "c" && in_row_) EndCell();
    if (name == "row") EndRow();
  }

  void Text(std::string_view text) override {
    if (into_ != nullptr) into_->Append(text);
  }

 private:
  void BeginRow(const XmlAttributes& attributes) {
    const std::uint64_t number = attributes.Number("r", number_ + 1);
    if (number <= number_ || number > kMostSheetRows) {
      return Stop(
          Refused({"intake: `", file_, "`: the rows of a sheet are not numbered from 1 to 1,048,576 in order"}));
    }
    number_ = number;
    row_.Begin(number);
    in_row_ = true;
    next_column_ = 0;
  }

  void EndRow() {
    in_row_ = false;
    if (row_.HasCells()) rows_.push_back({row_.Take(), 1});
  }

  void BeginCell(const XmlAttributes& attributes) {
    column_ = ColumnOfAddress(attributes["r"]).value_or(next_column_);
    next_column_ = column_ + 1;
    type_ = attributes["t"];
    style_ = attributes.Number("s", 0);
    formula_ = false;
    value_.Clear();
    text_.Clear();
    into_ = nullptr;
    phonetic_ = 0;
  }

  void EndCell() {
    if (value_.beyond() || text_.beyond()) {
      return row_.Put(column_, {SheetCell::Type::kFault, "longer than a row may be"});
    }
    row_.Put(column_, Cell());
  }

  SheetCell Cell() const {
    const std::string_view value = value_.text();
    if (type_ == "inlineStr") return {SheetCell::Type::kText, UnescapedCellText(text_.text())};
    if (type_ == "e") return {SheetCell::Type::kFault, std::string(kErrorResult)};
    // A formula whose result is an empty text has the type of a text.
    if (type_ == "str") return {SheetCell::Type::kText, UnescapedCellText(value)};
    if (value.empty() && formula_) return {SheetCell::Type::kFault, std::string(kNoResult)};
    if (value.empty()) return {};
    if (type_ == "s") return SharedText(value);
    if (type_ == "b") return {SheetCell::Type::kText, value == "1" || value == "true" ? "true" : "false"};
    if (type_ == "d") {
      std::optional<std::string> date = IsoDateText(value);
      if (date.has_value()) return {SheetCell::Type::kDate, *std::move(date)};
      return {SheetCell::Type::kText, std::string(value)};
    }
    static const NumberFormat kGeneral;
    return NumberCell(value, style_ < facts_.formats.size() ? facts_.formats[style_] : kGeneral, facts_.from_1904);
  }

  SheetCell SharedText(std::string_view value) const {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), index);
    std::optional<std::string_view> text;
    if (error == std::errc() && end == value.data() + value.size()) text = facts_.texts[index];
    if (!text.has_value()) return {SheetCell::Type::kFault, "names a text that the file does not hold"};
    return {SheetCell::Type::kText, UnescapedCellText(*text)};
  }

  void NoteMerge(std::string_view range) {
    const std::size_t colon = range.find(':');
    if (colon == std::string_view::npos) return;
    merged_ = merged_ || RowOfAddress(range.substr(0, colon)) != RowOfAddress(range.substr(colon + 1));
  }

  const XlsxFacts& facts_;
  const std::string file_;
  std::deque<QueuedRow> rows_;
  RowBuilder row_;
  std::uint64_t number_ = 0;
  bool in_row_ = false;
  bool merged_ = false;
  // The cell that is being read.
  std::size_t column_ = 0, next_column_ = 0, style_ = 0, phonetic_ = 0;
  std::string type_;
  bool formula_ = false;
  CellText value_, text_;
  CellText* into_ = nullptr;
};

}  // namespace

std::optional<std::size_t> ColumnOfAddress(std::string_view address) {
  constexpr std::size_t kMostLetters = 3;
  std::size_t column = 0;
  std::size_t letters = 0;
  while (letters < address.size() && address[letters] >= 'A' && address[letters] <= 'Z') {
    if (letters == kMostLetters) return std::nullopt;
    column = column * 26 + static_cast<std::size_t>(address[letters] - 'A') + 1;
    ++letters;
  }
  if (letters == 0 || letters == address.size()) return std::nullopt;
  return column - 1;
}

std::string UnescapedCellText(std::string_view text) {
  constexpr std::size_t kEscape = 7;  // _xHHHH_
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned unit = 0;
    if (text[i] == '_' && text.size() - i >= kEscape && text[i + 1] == 'x' && text[i + kEscape - 1] == '_') {
      const auto [end, error] = std::from_chars(text.data() + i + 2, text.data() + i + kEscape - 1, unit, 16);
      if (error != std::errc() || end != text.data() + i + kEscape - 1) unit = 0;
    }
    // Excel writes only some units in this way: those that are no text of their own. Any other escape stays as it is.
    const bool known = unit == '\t' || unit == '\n' || unit == '\r' || unit == '_';
    if (known) i += kEscape - 1;
    out.push_back(known ? static_cast<char>(unit) : text[i]);
  }
  return out;
}

absl::StatusOr<std::unique_ptr<SheetRows>> XlsxRows(std::unique_ptr<ArchivePart> part, const XlsxFacts& facts,
                                                    const Limits& limits, const std::string& file) {
  auto handler = std::make_unique<XlsxSheetHandler>(facts, limits, file);
  return std::make_unique<PulledRows<XlsxSheetHandler>>(std::move(part), std::move(handler), limits, file);
}

}  // namespace tidegate::intake
