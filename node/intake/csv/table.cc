#include "node/intake/csv/table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "node/intake/csv/mapping.h"
#include "node/intake/csv/row_parts.h"
#include "node/intake/rejects.h"
#include "node/intake/text.h"
#include "text/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostNamed = 8;          // columns in one reason
constexpr std::size_t kMostHeldBack = 20'000;  // links; others come with their row, and may wait for their end

// The file's name without its folder and without the ending that RejectsFile gives.
std::string OwnName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return std::string(WithoutRejectsEnding(path));
}

bool IsBlankRow(const TableRow& row) {
  return row.fault.empty() && std::all_of(row.fields.begin(), row.fields.end(),
                                          [](std::string_view field) { return TrimBlank(field).empty(); });
}

class TableImport {
 public:
  TableImport(const Mapping::Rules& rules, const TableFacts& facts, const Source& source, Batch* batch)
      : rules_(rules), facts_(facts), batch_(*batch) {
    binding_.system = source.system;
    binding_.home = batch->home();
    binding_.file = OwnName(batch->file());
    binding_.sheet = rules.sheet;
  }

  absl::Status Run(RowSource& rows, const Wanted& wanted) {
    absl::StatusOr<Header> header = FindHeader(rows, wanted, batch_.file());
    if (!header.ok()) return header.status();
    header_row_ = header->row;
    if (absl::Status bound = Bind(*header); !bound.ok()) return bound;
    RowParts parts(rules_, binding_, names_);
    TableRow row;
    while (true) {
      absl::StatusOr<RowSource::Step> step = rows.Next(&row);
      if (!step.ok()) return step.status();
      if (*step == RowSource::Step::kEnd) break;
      absl::Status taken = *step == RowSource::Step::kFull ? LetGo(rows) : TakeRow(row, &parts);
      if (!taken.ok()) return taken;
    }
    if (absl::Status added = AddLater(); !added.ok()) return added;
    TellValues(parts);
    if (absl::Status told = TellMissing(); !told.ok()) return told;
    return batch_.Flush();
  }

 private:
  absl::Status LetGo(RowSource& rows) {
    absl::Status flushed = batch_.Flush();
    return flushed.ok() ? rows.Release() : flushed;
  }

  absl::Status Bind(const Header& header) {
    names_ = header.columns;
    binding_.most_fields = names_.size();
    while (!names_.empty() && IsRejectColumn(names_.back())) {
      if (names_.back() == kRejectOriginal) binding_.broken = names_.size() - 1;
      if (names_.back() == kRejectRow) binding_.row = names_.size() - 1;
      names_.pop_back();
    }
    binding_.least_fields = names_.size();
    const std::vector<std::string> needed = NeededColumns(rules_);
    for (const std::string& column : AllColumns(rules_)) {
      const auto times = std::count(names_.begin(), names_.end(), column);
      if (times > 1) {
        return Refused({"intake: `", batch_.file(), "` row ", std::to_string(header.row), ": column `", column,
                        "` is there twice; rename one"});
      }
      if (times == 0) NoteMissing(column, std::count(needed.begin(), needed.end(), column) != 0);
    }
    if (missing_.empty()) WarnOfUnmapped();
    return batch_.Begin({names_, Cat({facts_.form, facts_.form.empty() ? "" : ", ", Describe(header)})});
  }

  void NoteMissing(const std::string& column, bool needed) {
    std::string reason = Cat({"the file has no column `", column, "`", text::DidYouMean(column, names_)});
    if (!needed) return batch_.Warn(reason);
    if (missing_.empty()) missing_reason_ = std::move(reason);
    missing_.push_back(column);
  }

  void WarnOfUnmapped() {
    const std::vector<std::string> mapped = AllColumns(rules_);
    for (const std::string& name : names_) {
      bool known = name.empty() || std::count(mapped.begin(), mapped.end(), name) != 0 ||
                   std::count(rules_.ignored.begin(), rules_.ignored.end(), name) != 0;
      if (!known) batch_.Warn(Cat({"column `", name, "` is not in the mapping and was left out"}));
    }
  }

  // Without a column that the mapping needs no row can be taken: that is said once.
  absl::Status TellMissing() {
    if (missing_.empty()) return absl::OkStatus();
    std::string reason = missing_reason_;
    const std::size_t more = std::min(missing_.size(), kMostNamed);
    for (std::size_t i = 1; i < more; ++i) reason.append(Cat({i == 1 ? "; nor `" : ", `", missing_[i], "`"}));
    if (missing_.size() > more) reason.append(Cat({" and ", std::to_string(missing_.size() - more), " more"}));
    reason.append(header_row_ == 0
                      ? ". The mapping says that the file has no header: its columns are `#1`, `#2` and so on"
                      : Cat({". The header was taken from row ", std::to_string(header_row_),
                             ": if it is another, say `header_row` in the mapping; if the file may lack a column, say "
                             "`optional`"}));
    if (rows_ == 0) batch_.Warn(reason);
    return rows_ == 0 ? absl::OkStatus() : batch_.AddRejects(rows_, header_row_, missing_.front(), reason);
  }

  // The fault of the row as a row; empty if there is none.
  std::string RowShapeFault(const TableRow& row) const {
    if (!row.fault.empty()) return row.fault;
    const std::size_t cells = row.fields.size();
    // Cells beyond the header may be there if nothing stands in them.
    const bool surplus = cells > binding_.most_fields &&
                         std::any_of(row.fields.begin() + static_cast<std::ptrdiff_t>(binding_.most_fields),
                                     row.fields.end(), [](std::string_view cell) { return !TrimBlank(cell).empty(); });
    if (cells < binding_.least_fields || surplus) {
      return Cat(
          {"has ", std::to_string(cells), " fields where the header has ", std::to_string(binding_.least_fields)});
    }
    if (!IsUtf8(row.raw)) {
      return Cat(
          {"has bytes that are not ", facts_.encoding, "; correct them, or say the right `encoding` in the mapping"});
    }
    if (binding_.broken < cells && !row.fields[binding_.broken].empty()) {
      return Cat({"its quotes were broken; write its cells into their columns and empty `", kRejectOriginal, "`"});
    }
    return "";
  }

  absl::Status TakeRow(const TableRow& row, RowParts* parts) {
    if (absl::Status counted = batch_.CheckCount(); !counted.ok()) return counted;
    if (IsBlankRow(row)) {
      batch_.Skip();
      return absl::OkStatus();
    }
    if (!missing_.empty()) {
      ++rows_;
      return absl::OkStatus();
    }
    std::vector<Fault> faults;
    if (std::string shape = RowShapeFault(row); !shape.empty()) {
      faults.push_back({"", std::move(shape), ""});
    } else if (parts->Skips(row)) {
      batch_.Skip();
      return absl::OkStatus();
    } else if (parts->Make(row, &items_, &faults)) {
      return AddAll(parts->own_at());
    } else {
      // Else a later row of its identity would be taken now, and overwritten once this one is corrected.
      batch_.Claim(parts->own_key(), row.number);
    }
    return batch_.AddReject(row.number, std::move(faults), row.raw, row.fault.empty());
  }

  // A row that is refused for its own record becomes nothing: neither further records nor links.
  absl::Status AddAll(std::size_t own) {
    if (batch_.Repeats(items_[own])) return batch_.Add(std::move(items_[own]));
    for (Item& item : items_) {
      if (item.may_dangle && later_.size() < kMostHeldBack) {
        later_.push_back(std::move(item));
        continue;
      }
      if (absl::Status added = batch_.Add(std::move(item)); !added.ok()) return added;
    }
    return absl::OkStatus();
  }

  // Links to other rows come when all rows are there.
  absl::Status AddLater() {
    for (Item& item : later_) {
      if (absl::Status added = batch_.Add(std::move(item)); !added.ok()) return added;
    }
    return absl::OkStatus();
  }

  void TellValues(const RowParts& parts) {
    for (const auto& [column, cells] : parts.LeftOut()) {
      std::string rows;
      for (std::uint64_t row : cells.rows) rows.append(Cat({rows.empty() ? "" : ", ", std::to_string(row)}));
      batch_.Warn(Cat(
          {"column `", column, "`: ", std::to_string(cells.count),
           cells.count == 1 ? " value did not fit and was left out (row " : " values did not fit and were left out (",
           cells.count == 1                  ? ""
           : cells.count > cells.rows.size() ? "the first in rows "
                                             : "rows ",
           rows, ")"}));
    }
    for (const auto& [doubt, count] : parts.Doubts()) {
      batch_.Warn(Cat({"column `", doubt.first, "`, ", std::to_string(count),
                       count == 1 ? " value: " : " values: ", doubt.second}));
    }
  }

  const Mapping::Rules& rules_;
  const TableFacts& facts_;
  Batch& batch_;
  Binding binding_;                 // without the places of columns
  std::vector<std::string> names_;  // of the file's columns, without those that RejectsFile adds
  std::vector<Item> items_;         // of the row at hand
  std::vector<Item> later_;         // links to records of other rows
  std::uint64_t header_row_ = 0;
  std::vector<std::string> missing_;  // columns that the file lacks and the mapping needs
  std::string missing_reason_;
  std::uint64_t rows_ = 0;  // that were refused for it
};

}  // namespace

Wanted WantedBy(const Mapping::Rules& rules) {
  Wanted wanted;
  wanted.separator = rules.separator;
  wanted.encoding = rules.encoding;
  wanted.header_row = rules.header_row;
  wanted.columns = AllColumns(rules);
  return wanted;
}

absl::Status ReadTable(RowSource& rows, const Wanted& wanted, const TableFacts& facts, const Source& source,
                       const Mapping& mapping, Batch* batch) {
  return TableImport(mapping.rules(), facts, source, batch).Run(rows, wanted);
}

}  // namespace tidegate::intake
