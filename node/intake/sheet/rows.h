// The common part of reading rows of XLSX and of ODS: the bounds of a row, and a queue between the XML that is pushed
// and the rows that are pulled.
#ifndef TIDEGATE_NODE_INTAKE_SHEET_ROWS_H_
#define TIDEGATE_NODE_INTAKE_SHEET_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/intake/sheet/cell.h"
#include "node/intake/sheet/workbook.h"
#include "node/intake/sheet/xml.h"

namespace tidegate::intake {

// A row that is being read. It holds no more than a row may have.
class RowBuilder {
 public:
  explicit RowBuilder(const Limits& limits) : limits_(limits) {}

  void Begin(std::uint64_t number);
  // Puts a cell at `column`, from 0. An empty one is not kept. `repeated`: so often, side by side.
  void Put(std::size_t column, const SheetCell& cell, std::size_t repeated = 1);
  // True if there is a cell, or a fault.
  bool HasCells() const { return !row_.cells.empty() || !row_.fault.empty(); }
  SheetRow Take() { return std::move(row_); }

 private:
  const Limits& limits_;
  SheetRow row_;
  std::size_t bytes_ = 0;
};

// The text of one cell, at most as long as a row may be. It remembers whether the text was longer.
class CellText {
 public:
  explicit CellText(std::size_t most) : most_(most) {}
  void Clear();
  void Append(std::string_view text);
  const std::string& text() const { return text_; }
  bool beyond() const { return beyond_; }

 private:
  std::size_t most_;
  std::string text_;
  bool beyond_ = false;
};

// The text of all rows is beyond Limits::unpacked_bytes: a few repeated or shared texts can stand for any amount.
absl::Status TooMuchText(std::string_view file, std::uint64_t most);

struct QueuedRow {
  SheetRow row;
  std::uint64_t repeated = 1;  // the row stands there so often, one below the other
};

// Pulls rows out of a part whose events `Handler` turns into rows: `std::deque<QueuedRow>& rows()`,
// `std::vector<std::string> warnings()`, and XmlHandler's events.
template <typename Handler>
class PulledRows : public SheetRows {
 public:
  PulledRows(std::unique_ptr<ArchivePart> part, std::unique_ptr<Handler> handler, const Limits& limits,
             std::string file)
      : handler_(std::move(handler)),
        reader_(std::move(part), handler_.get(), file),
        file_(std::move(file)),
        most_(limits.unpacked_bytes) {}

  absl::StatusOr<bool> Next(SheetRow* row) override {
    std::deque<QueuedRow>& rows = handler_->rows();
    while (rows.empty() && !ended_) {
      absl::StatusOr<bool> more = reader_.Step();
      if (!more.ok()) return more.status();
      ended_ = !*more;
    }
    if (rows.empty()) return false;
    QueuedRow& first = rows.front();
    for (const SheetCell& cell : first.row.cells) given_ += cell.text.size();
    if (given_ > most_) return TooMuchText(file_, most_);
    if (first.repeated > 1) {
      *row = first.row;
      ++first.row.number;
      --first.repeated;
      return true;
    }
    *row = std::move(first.row);
    rows.pop_front();
    return true;
  }

  std::vector<std::string> Warnings() const override { return handler_->warnings(); }

 private:
  std::unique_ptr<Handler> handler_;
  XmlReader reader_;
  std::string file_;
  std::uint64_t most_;
  bool ended_ = false;
  std::uint64_t given_ = 0;  // bytes of text
};

// The two formats. `archive` is one of theirs.
absl::StatusOr<std::unique_ptr<Workbook>> OpenXlsx(std::unique_ptr<Archive> archive, const Limits& limits);
absl::StatusOr<std::unique_ptr<Workbook>> OpenOds(std::unique_ptr<Archive> archive, const Limits& limits);
inline constexpr char kXlsxRelations[] = "_rels/.rels";
inline constexpr char kOdsContent[] = "content.xml";

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SHEET_ROWS_H_
