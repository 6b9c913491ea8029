// ODS (OpenDocument 1.2, ISO/IEC 26300): all sheets lie in one part, and a cell holds its value beside the text it
// shows.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/ascii.h"
#include "node/intake/sheet/rows.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr char kManifest[] = "META-INF/manifest.xml";
constexpr char kMimetype[] = "mimetype";
constexpr std::string_view kSpreadsheetType = "application/vnd.oasis.opendocument.spreadsheet";
// The attributes of OpenDocument, each behind the end of its namespace.
constexpr std::string_view kValueType = ":office:1.0|value-type";
constexpr std::string_view kValue = ":office:1.0|value";
constexpr std::string_view kDateValue = ":office:1.0|date-value";
constexpr std::string_view kTimeValue = ":office:1.0|time-value";
constexpr std::string_view kBooleanValue = ":office:1.0|boolean-value";
constexpr std::string_view kStringValue = ":office:1.0|string-value";
constexpr std::string_view kName = ":table:1.0|name";
constexpr std::string_view kFormula = ":table:1.0|formula";
constexpr std::string_view kRowsRepeated = ":table:1.0|number-rows-repeated";
constexpr std::string_view kColumnsRepeated = ":table:1.0|number-columns-repeated";
constexpr std::string_view kRowsSpanned = ":table:1.0|number-rows-spanned";
constexpr std::string_view kShownType = ":calcext:1.0|value-type";
constexpr std::string_view kSpaces = ":text:1.0|c";

class ManifestReader : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes&) override {
    encrypted_ = encrypted_ || name == "encryption-data";
  }
  void End(std::string_view) override {}
  void Text(std::string_view) override {}
  bool encrypted() const { return encrypted_; }

 private:
  bool encrypted_ = false;
};

class SheetNamesReader : public XmlHandler {
 public:
  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name != "table" || depth_++ > 0) return;  // a table within a cell is no sheet
    if (sheets_.size() == kMostSheets) return Stop(Refused({"intake: a spreadsheet has more than 1,024 sheets"}));
    sheets_.push_back({std::string(attributes[kName])});
  }
  void End(std::string_view name) override {
    if (name == "table") --depth_;
  }
  void Text(std::string_view) override {}
  std::vector<SheetInfo> Take() { return std::move(sheets_); }

 private:
  std::vector<SheetInfo> sheets_;
  std::size_t depth_ = 0;
};

std::string TextOfClock(std::string_view duration) {
  // PT10H20M30S, maybe with a fraction of the seconds.
  int parts[3] = {0, 0, 0};
  std::size_t part = 0;
  if (!StartsWith(duration, "PT")) return std::string(duration);
  duration.remove_prefix(2);
  for (char mark : {'H', 'M', 'S'}) {
    const std::size_t at = duration.find(mark);
    if (at != std::string_view::npos) {
      std::from_chars(duration.data(), duration.data() + at, parts[part]);
      duration.remove_prefix(at + 1);
    }
    ++part;
  }
  constexpr int kMostHours = 1'000'000;
  std::string text;
  for (const int number : parts) {
    std::string digits = std::to_string(std::clamp(number, 0, kMostHours));
    text.append(text.empty() ? "" : ":").append(digits.size() < 2 ? "0" : "").append(digits);
  }
  return text;
}

// True if `shown` writes the number in plain digits: `00123` shows 123.
bool ShowsPlainly(std::string_view shown, std::string_view number) {
  if (StartsWith(shown, "+")) shown.remove_prefix(1);
  while (shown.size() > 1 && shown[0] == '0') shown.remove_prefix(1);
  return !shown.empty() && shown == number;
}

// Comments, notes, readings and drawings of a cell have paragraphs too, which are not its text.
bool IsBesideTheText(std::string_view name) {
  constexpr std::array<std::string_view, 7> kBeside = {"annotation", "note", "ruby-text",   "shapes",
                                                       "frame",      "g",    "custom-shape"};
  return std::find(kBeside.begin(), kBeside.end(), name) != kBeside.end();
}

class OdsSheetHandler : public XmlHandler {
 public:
  OdsSheetHandler(std::size_t sheet, const Limits& limits, std::string file)
      : wanted_(sheet), file_(std::move(file)), row_(limits), text_(limits.row_bytes) {}

  std::deque<QueuedRow>& rows() { return rows_; }
  std::vector<std::string> warnings() const {
    if (!merged_) return {};
    return {
        "cells are merged over several rows; only the first of these rows has their value. Split them if each row "
        "needs it"};
  }

  void Start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "table") {
      if (tables_++ == 0) ++sheet_;
      return;
    }
    if (tables_ != 1 || sheet_ != wanted_ + 1) return;
    if (apart_ > 0 || IsBesideTheText(name)) {
      ++apart_;  // until its end, nothing is the text of the cell
      return;
    }
    if (name == "table-row") return BeginRow(attributes);
    if (name == "table-cell" || name == "covered-table-cell") return BeginCell(attributes, name != "table-cell");
    if (!in_cell_) return;
    if (name == "p") BeginParagraph();
    if (paragraph_ == 0) return;
    if (name == "s") text_.Append(std::string(std::min<std::size_t>(attributes.Number(kSpaces, 1), 1000), ' '));
    if (name == "tab") text_.Append("\t");
    if (name == "line-break") text_.Append("\n");
  }

  void End(std::string_view name) override {
    if (name == "table") {
      --tables_;
      return;
    }
    if (tables_ != 1 || sheet_ != wanted_ + 1) return;
    if (apart_ > 0) {
      --apart_;
      return;
    }
    if (name == "p" && paragraph_ > 0) --paragraph_;
    if (name == "table-cell" || name == "covered-table-cell") EndCell();
    if (name == "table-row") EndRow();
  }

  void Text(std::string_view text) override {
    if (paragraph_ > 0 && apart_ == 0 && tables_ == 1) text_.Append(text);
  }

 private:
  void BeginRow(const XmlAttributes& attributes) {
    repeated_ = std::max<std::size_t>(attributes.Number(kRowsRepeated, 1), 1);
    row_.Begin(number_ + 1);
    column_ = 0;
  }

  void EndRow() {
    if (!row_.HasCells()) {
      number_ += std::min<std::uint64_t>(repeated_, kMostSheetRows);
      return;
    }
    if (repeated_ > kMostSheetRows || number_ > kMostSheetRows - repeated_) {
      return Stop(Refused({"intake: `", file_, "`: a sheet has more than 1,048,576 rows"}));
    }
    number_ += repeated_;
    rows_.push_back({row_.Take(), repeated_});
  }

  void BeginCell(const XmlAttributes& attributes, bool covered) {
    in_cell_ = true;
    covered_ = covered;
    columns_ = std::max<std::size_t>(attributes.Number(kColumnsRepeated, 1), 1);
    type_ = attributes[kValueType];
    formula_ = !attributes[kFormula].empty();
    error_ = attributes[kShownType] == "error";
    value_ = attributes[type_ == "date"      ? kDateValue
                        : type_ == "time"    ? kTimeValue
                        : type_ == "boolean" ? kBooleanValue
                        : type_ == "string"  ? kStringValue
                                             : kValue];
    merged_ = merged_ || attributes.Number(kRowsSpanned, 1) > 1;
    text_.Clear();
    paragraph_ = 0;
    paragraphs_ = 0;
  }

  void BeginParagraph() {
    if (paragraph_++ == 0 && paragraphs_++ > 0) text_.Append("\n");
  }

  void EndCell() {
    in_cell_ = false;
    paragraph_ = 0;
    if (!covered_) row_.Put(column_, Cell(), columns_);
    // Only cells that a row may have are counted, so that no count overflows.
    column_ += std::min(columns_, kMostColumns);
    column_ = std::min(column_, kMostColumns);
  }

  SheetCell Cell() const {
    if (error_) return {SheetCell::Type::kFault, "holds the error of a formula, and no value"};
    if (text_.beyond()) return {SheetCell::Type::kFault, "longer than a row may be"};
    const std::string& shown = text_.text();
    if (type_ == "date") {
      std::optional<std::string> date = IsoDateText(value_);
      if (date.has_value()) return {SheetCell::Type::kDate, *std::move(date)};
      return {SheetCell::Type::kText, value_};
    }
    if (type_ == "time") return {SheetCell::Type::kText, TextOfClock(value_)};
    if (type_ == "boolean") return {SheetCell::Type::kText, value_ == "true" ? "true" : "false"};
    if (type_ == "percentage") return NumberCell(value_, ReadNumberFormat("0%"), false);
    if (type_ == "float" || type_ == "currency") {
      SheetCell number = NumberCell(value_, {}, false);
      if (number.type == SheetCell::Type::kText && ShowsPlainly(shown, number.text)) number.text = shown;
      return number;
    }
    if (shown.empty() && value_.empty() && formula_ && type_.empty()) {
      return {
          SheetCell::Type::kFault,
          "holds a formula without its result; open the file in a spreadsheet program, save it and import it again"};
    }
    return {SheetCell::Type::kText, shown.empty() ? value_ : shown};
  }

  static constexpr std::size_t kMostColumns = std::size_t{1} << 20;

  const std::size_t wanted_;
  const std::string file_;
  std::deque<QueuedRow> rows_;
  RowBuilder row_;
  std::size_t sheet_ = 0;   // how many have begun
  std::size_t tables_ = 0;  // that are open
  std::size_t apart_ = 0;   // elements that are open beside the text
  std::uint64_t number_ = 0;
  std::size_t repeated_ = 1;
  bool merged_ = false;
  // The cell that is being read.
  std::size_t column_ = 0, columns_ = 1, paragraph_ = 0, paragraphs_ = 0;
  bool in_cell_ = false, covered_ = false, formula_ = false, error_ = false;
  std::string type_, value_;
  CellText text_;
};

class OdsWorkbook : public Workbook {
 public:
  OdsWorkbook(std::unique_ptr<Archive> archive, const Limits& limits) : archive_(std::move(archive)), limits_(limits) {}

  absl::Status Open() {
    if (absl::Status checked = CheckType(); !checked.ok()) return checked;
    ManifestReader manifest;
    if (archive_->Has(kManifest)) {
      if (absl::Status read = ReadXml(*archive_, kManifest, &manifest); !read.ok()) return read;
    }
    if (manifest.encrypted()) {
      return Refused({"intake: `", archive_->file(),
                      "` is protected with a password; save it without one and import it ", "again"});
    }
    SheetNamesReader names;
    if (absl::Status read = ReadXml(*archive_, kOdsContent, &names); !read.ok()) return read;
    sheets_ = names.Take();
    if (!sheets_.empty()) return absl::OkStatus();
    return Refused({"intake: `", archive_->file(), "` has no sheet"});
  }

  const std::vector<SheetInfo>& sheets() const override { return sheets_; }
  absl::StatusOr<std::unique_ptr<SheetRows>> Rows(std::size_t sheet) const override {
    absl::StatusOr<std::unique_ptr<ArchivePart>> part = archive_->Part(kOdsContent);
    if (!part.ok()) return part.status();
    auto handler = std::make_unique<OdsSheetHandler>(sheet, limits_, archive_->file());
    return std::make_unique<PulledRows<OdsSheetHandler>>(*std::move(part), std::move(handler), limits_,
                                                         archive_->file());
  }

 private:
  // A text document also has a content.xml, with tables.
  absl::Status CheckType() const {
    if (!archive_->Has(kMimetype)) return absl::OkStatus();
    absl::StatusOr<std::unique_ptr<ArchivePart>> part = archive_->Part(kMimetype);
    if (!part.ok()) return part.status();
    absl::StatusOr<std::string_view> type = (*part)->Next();
    if (!type.ok()) return type.status();
    if (StartsWith(*type, kSpreadsheetType)) return absl::OkStatus();
    return Refused({"intake: `", archive_->file(), "` is a document, but no spreadsheet"});
  }

  std::unique_ptr<Archive> archive_;
  const Limits& limits_;
  std::vector<SheetInfo> sheets_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Workbook>> OpenOds(std::unique_ptr<Archive> archive, const Limits& limits) {
  auto workbook = std::make_unique<OdsWorkbook>(std::move(archive), limits);
  if (absl::Status opened = workbook->Open(); !opened.ok()) return opened;
  return workbook;
}

}  // namespace tidegate::intake
