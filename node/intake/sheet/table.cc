#include "node/intake/sheet/table.h"

#include <algorithm>
#include <utility>

#include "node/intake/csv/mapping.h"
#include "node/intake/csv/reader.h"
#include "node/intake/csv/table.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostRawBytes = std::size_t{4} << 20;
constexpr std::size_t kMostNamedSheets = 12;  // in one message

std::string NamesOfSheets(const std::vector<SheetInfo>& sheets) {
  std::string names;
  for (std::size_t i = 0; i < std::min(sheets.size(), kMostNamedSheets); ++i) {
    names.append(Cat({i == 0 ? "`" : ", `", sheets[i].name, "`"}));
  }
  if (sheets.size() > kMostNamedSheets) names.append(" and more");
  return names;
}

// How many of `wanted` are among `columns`.
std::size_t CountOf(const std::vector<std::string>& wanted, const std::vector<std::string>& columns) {
  return static_cast<std::size_t>(std::count_if(wanted.begin(), wanted.end(), [&columns](const std::string& column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SheetTable>> SheetTable::Open(const Source& source, const std::string& name,
                                                             const Wanted& wanted,
                                                             const std::vector<std::string>& needed,
                                                             const Limits& limits) {
  absl::StatusOr<std::unique_ptr<Workbook>> workbook = Workbook::Open(source, limits);
  if (!workbook.ok()) return workbook.status();
  std::unique_ptr<SheetTable> table(new SheetTable(*std::move(workbook)));
  absl::Status chosen =
      name.empty() ? table->Choose(wanted, needed, source.name) : table->ChooseNamed(name, source.name);
  if (!chosen.ok()) return chosen;
  return table;
}

absl::Status SheetTable::Choose(const Wanted& wanted, const std::vector<std::string>& needed, const std::string& file) {
  const std::vector<SheetInfo>& sheets = workbook_->sheets();
  if (sheets.size() == 1) return Begin(0);
  std::size_t best = 0;
  std::size_t most = 0;
  for (const bool hidden : {false, true}) {
    std::vector<std::size_t> whole;
    for (std::size_t sheet = 0; sheet < sheets.size(); ++sheet) {
      if (sheets[sheet].hidden != hidden) continue;
      absl::StatusOr<std::vector<std::string>> columns = Columns(sheet, wanted, file);
      if (!columns.ok()) return columns.status();
      const std::size_t matches = CountOf(wanted.columns, *columns);
      if (matches > 0 && CountOf(needed, *columns) == needed.size()) whole.push_back(sheet);
      if (matches <= most) continue;
      most = matches;
      best = sheet;
    }
    if (whole.size() == 1) return Begin(whole.front());
    if (whole.size() > 1) {
      return Refused({"intake: `", file, "`: sheet `", sheets[whole[0]].name, "` and sheet `", sheets[whole[1]].name,
                      "` could both be meant; write `sheet = \"NAME\"` in the mapping"});
    }
  }
  if (most > 0) return Begin(best);
  return Refused({"intake: `", file, "`: no sheet has a column of the mapping. There are ", NamesOfSheets(sheets),
                  "; if the right one has other columns, write `sheet = \"NAME\"` in the mapping"});
}

absl::Status SheetTable::ChooseNamed(const std::string& name, const std::string& file) {
  const std::vector<SheetInfo>& sheets = workbook_->sheets();
  std::vector<std::string> names;
  for (std::size_t sheet = 0; sheet < sheets.size(); ++sheet) {
    if (EqualIgnoringCase(TrimBlank(sheets[sheet].name), TrimBlank(name))) return Begin(sheet);
    names.push_back(sheets[sheet].name);
  }
  return Refused({"intake: `", file, "` has no sheet `", name, "`", text::DidYouMean(name, names), "; there are ",
                  NamesOfSheets(sheets)});
}

absl::StatusOr<std::vector<std::string>> SheetTable::Columns(std::size_t sheet, const Wanted& wanted,
                                                             const std::string& file) {
  if (absl::Status begun = Begin(sheet); !begun.ok()) return begun;
  TableRow first;
  absl::StatusOr<Step> any = Next(&first);  // a fault of the file ends the choice, a sheet without rows does not
  if (!any.ok()) return any.status();
  if (*any == Step::kEnd) return std::vector<std::string>();
  if (absl::Status back = Rewind(); !back.ok()) return back;
  absl::StatusOr<Header> header = FindHeader(*this, wanted, file);
  return header.ok() ? header->columns : std::vector<std::string>();
}

absl::Status SheetTable::Begin(std::size_t sheet) {
  sheet_ = sheet;
  width_ = 0;
  return Rewind();
}

absl::StatusOr<RowSource::Step> SheetTable::Next(TableRow* row) {
  if (raw_bytes_ > kMostRawBytes) return Step::kFull;
  absl::StatusOr<bool> more = rows_->Next(&cells_);
  if (!more.ok()) return more.status();
  if (!*more) return Step::kEnd;
  *row = {};
  row->number = cells_.number;
  row->fault = cells_.fault;
  std::string& raw = raw_.emplace_back();
  for (std::size_t i = 0; i < cells_.cells.size(); ++i) {
    SheetCell& cell = cells_.cells[i];
    if (cell.type == SheetCell::Type::kFault) {
      // The person who corrects the rejects writes the value into the empty cell.
      row->notes.push_back({i, std::move(cell.text)});
      cell.text.clear();
    } else if (cell.type == SheetCell::Type::kDate) {
      row->notes.push_back({i, ""});
    }
    if (i > 0) raw.push_back(',');
    AppendCsvField(cell.text, &raw);
    row->fields.push_back(cell.text);
  }
  width_ = std::max(width_, row->fields.size());
  if (row->fault.empty()) row->fields.resize(width_);
  raw_bytes_ += raw.size();
  row->raw = raw;
  return Step::kRow;
}

absl::Status SheetTable::Release() {
  raw_.clear();
  raw_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status SheetTable::Rewind() {
  absl::StatusOr<std::unique_ptr<SheetRows>> rows = workbook_->Rows(sheet_);
  if (!rows.ok()) return rows.status();
  rows_ = *std::move(rows);
  return Release();
}

std::string SheetTable::Form() const { return Cat({"sheet `", workbook_->sheets()[sheet_].name, "`"}); }

absl::Status ReadSheet(const Source& source, const Mapping& mapping, Batch* batch) {
  const Wanted wanted = WantedBy(mapping.rules());
  const Mapping::Rules& rules = mapping.rules();
  std::vector<std::string> needed;
  for (std::size_t i = 0; i < rules.columns.size(); ++i) {
    if (!rules.optional[i]) needed.push_back(rules.columns[i]);
  }
  absl::StatusOr<std::unique_ptr<SheetTable>> table =
      SheetTable::Open(source, rules.sheet, wanted, needed, batch->limits());
  if (!table.ok()) return table.status();
  if (rules.each_row && rules.sheet.empty() && (*table)->HasOthers()) {
    return Refused({"intake: `", source.name,
                    "` has several sheets, and with `each_row` the sheet is a part of what a row "
                    "is known by: write `sheet = \"NAME\"` in the mapping"});
  }
  absl::Status read = ReadTable(**table, wanted, {(*table)->Form(), "UTF-8"}, source, mapping, batch);
  for (const std::string& warning : (*table)->Warnings()) batch->Warn(warning);
  return read;
}

}  // namespace tidegate::intake
