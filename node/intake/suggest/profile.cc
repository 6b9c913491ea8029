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
  longest_ = std::max(longest_, text.size());
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

namespace {

// Collects the rows that are no records.
class OddRowFinder {
 public:
  explicit OddRowFinder(const std::vector<std::string>& names) : names_(names) {
    named_ = static_cast<std::size_t>(
        std::count_if(names.begin(), names.end(), [](const std::string& name) { return !name.empty(); }));
  }

  // True if the row is odd.
  bool Take(const TableRow& row) { return !row.fields.empty() && (IsTotal(row) || IsHeader(row) || IsNote(row)); }

  void Tell(TableProfile* profile) const {
    for (const auto& [column, texts] : totals_) Add({column, {texts.begin(), texts.end()}, "totals"}, profile);
    if (repeated_header_) Add({0, {names_.front()}, "the header again"}, profile);
    // Few rows with one cell are notes; many are what the table is about.
    constexpr std::size_t kFew = 3;
    constexpr std::size_t kShare = 10;
    if (notes_.empty() || profile->columns.empty() || notes_.size() > std::max(kFew, profile->rows / kShare)) return;
    std::vector<std::string> notes(notes_.begin(), notes_.end());
    std::erase_if(notes, [profile](const std::string& text) { return profile->columns[0].values().count(text) != 0; });
    if (!notes.empty()) Add({0, std::move(notes), "notes in a row of one cell"}, profile);
  }

 private:
  static constexpr std::size_t kMostTexts = 20;

  static void Add(OddRows rows, TableProfile* profile) { profile->odd.push_back(std::move(rows)); }

  bool IsTotal(const TableRow& row) {
    for (std::size_t i = 0; i < std::min(row.fields.size(), names_.size()); ++i) {
      const std::string_view cell = TrimBlank(row.fields[i]);
      if (names_[i].empty() || !MeansTotal(cell)) continue;
      if (totals_[i].size() < kMostTexts) totals_[i].insert(Lower(cell));
      return true;
    }
    return false;
  }

  bool IsHeader(const TableRow& row) {
    const bool same =
        named_ > 1 && row.fields.size() >= names_.size() && !names_.front().empty() &&
        std::equal(names_.begin(), names_.end(), row.fields.begin(),
                   [](const std::string& name, std::string_view cell) { return name == TrimBlank(cell); });
    repeated_header_ |= same;
    return same;
  }

  // One cell of several words in the first column of a wide table.
  bool IsNote(const TableRow& row) {
    constexpr std::size_t kWide = 3;
    const std::string_view cell = TrimBlank(row.fields.front());
    const bool words = cell.find(' ') != std::string_view::npos && HasLetters(cell);
    if (named_ < kWide || names_.front().empty() || !words || FilledCells(row) != 1 ||
        cell.size() > kProfiledValueBytes) {
      return false;
    }
    if (notes_.size() < kMostTexts) notes_.insert(std::string(cell));
    return true;
  }

  const std::vector<std::string>& names_;
  std::size_t named_ = 0;
  std::map<std::size_t, std::set<std::string>> totals_;
  std::set<std::string> notes_;
  bool repeated_header_ = false;
};

}  // namespace

absl::StatusOr<TableProfile> ProfileTable(RowSource& rows, Header header) {
  TableProfile profile;
  for (const std::string& name : header.columns) profile.columns.emplace_back(name);
  profile.header = std::move(header);
  OddRowFinder odd(profile.header.columns);
  TableRow row;
  std::size_t bytes = 0;
  profile.whole = true;
  while (true) {
    absl::StatusOr<bool> more = rows.NextRow(&row);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (FilledCells(row) == 0 || odd.Take(row)) continue;
    if (profile.rows >= kProfiledRows || bytes >= kProfiledBytes) {
      profile.whole = false;
      continue;
    }
    ++profile.rows;
    bytes += row.raw.size();
    for (std::size_t i = 0; i < std::min(row.fields.size(), profile.columns.size()); ++i) {
      const CellNote* note = row.NoteOf(i);
      profile.columns[i].Take(row.fields[i], note != nullptr && note->fault.empty());
    }
  }
  odd.Tell(&profile);
  return profile;
}

}  // namespace tidegate::intake
