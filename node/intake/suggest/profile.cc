#include "node/intake/suggest/profile.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "node/intake/suggest/words.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

std::size_t FilledCells(const TableRow& row) {
  return static_cast<std::size_t>(std::count_if(row.fields.begin(), row.fields.end(),
                                                [](std::string_view cell) { return !TrimBlank(cell).empty(); }));
}

// Names have letters, differ, and are no dates, numbers or long texts.
bool LooksLikeNames(const TableRow& row) {
  constexpr std::size_t kMostNameBytes = 120;
  std::set<std::string> names;
  std::size_t filled = 0;
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const std::string_view cell = TrimBlank(row.fields[i]);
    if (cell.empty()) continue;
    ++filled;
    if (cell.size() > kMostNameBytes || !HasLetters(cell) || row.NoteOf(i) != nullptr) return false;
    names.insert(Lower(cell));
  }
  return filled > 0 && names.size() == filled;
}

}  // namespace

void ColumnProfile::Take(std::string_view text, bool date) {
  text = TrimBlank(text);
  if (text.empty()) return;
  ++filled_;
  dates_ += date ? 1 : 0;
  bytes_ += text.size();
  if (text.size() > kProfiledValueBytes) {
    kept_all_ = false;
    return;
  }
  if (MeansUnknown(text)) {
    ++unknown_words_[std::string(text)];
    return;
  }
  const auto found = values_.find(std::string(text));
  if (found != values_.end()) {
    repeated_ = true;
    ++found->second;
  } else if (values_.size() < kProfiledRows) {
    values_.emplace(text, 1);
  } else {
    kept_all_ = false;
  }
}

std::uint64_t ColumnProfile::Passing(const std::function<bool(const std::string&)>& test) const {
  std::uint64_t passing = 0;
  for (const auto& [value, count] : values_) passing += test(value) ? count : 0;
  return passing;
}

std::uint64_t ColumnProfile::kept() const {
  return Passing([](const std::string&) { return true; });
}

absl::StatusOr<std::uint64_t> GuessHeaderRow(RowSource& rows) {
  struct Looked {
    std::uint64_t number;
    std::size_t filled;
    bool names;
  };
  std::vector<Looked> looked;
  TableRow row;
  std::size_t widest = 0;
  while (looked.size() < kHeaderRows) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    looked.push_back({row.number, FilledCells(row), LooksLikeNames(row)});
    widest = std::max(widest, looked.back().filled);
  }
  if (absl::Status back = rows.Rewind(); !back.ok()) return back;
  for (const Looked& one : looked) {
    // A header may lack the name of a column or two; a banner has a cell or two in all.
    const bool wide = one.filled * 4 >= widest * 3;
    if (wide) return one.names ? one.number : 0;
  }
  return looked.empty() ? 1 : looked.front().number;
}

absl::StatusOr<TableProfile> ProfileTable(RowSource& rows, Header header) {
  TableProfile profile;
  for (const std::string& name : header.columns) profile.columns.emplace_back(name);
  profile.header = std::move(header);
  TableRow row;
  std::size_t bytes = 0;
  while (profile.rows < kProfiledRows && bytes < kProfiledBytes) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    profile.whole = !*more;
    if (!*more) break;
    if (FilledCells(row) == 0) continue;
    ++profile.rows;
    bytes += row.raw.size();
    for (std::size_t i = 0; i < std::min(row.fields.size(), profile.columns.size()); ++i) {
      const CellNote* note = row.NoteOf(i);
      profile.columns[i].Take(row.fields[i], note != nullptr && note->fault.empty());
    }
  }
  return profile;
}

}  // namespace tidegate::intake
