// Tables within the width of a terminal (print.h).
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "node/command/print.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kLeastWidth = 40;
constexpr size_t kGap = 2;
constexpr size_t kLeastColumn = 8;

// The beginning of `word` that fits into `width` columns: at least one character.
std::string HeadOf(const std::string& word, size_t width) {
  size_t at = 0;
  uint32_t c = 0;
  while (at < word.size()) {
    const size_t length = std::max<size_t>(text::DecodeUtf8(word, at, &c), 1);
    if (at > 0 && text::Width(std::string_view(word).substr(0, at + length)) > width) break;
    at += length;
  }
  return word.substr(0, at);
}

// Breaks one line at blanks; a word that is longer than a line is cut.
void Wrap(const std::string& line, size_t width, std::vector<std::string>& out) {
  std::string current;
  for (absl::string_view piece : absl::StrSplit(line, ' ')) {
    std::string word(piece);
    const size_t needed = text::Width(word) + (current.empty() ? 0 : text::Width(current) + 1);
    if (!current.empty() && needed > width) {
      out.push_back(std::move(current));
      current.clear();
    }
    while (text::Width(word) > width) {
      std::string head = HeadOf(word, width);
      word.erase(0, head.size());
      out.push_back(std::move(head));
    }
    if (!current.empty()) current += ' ';
    current += word;
  }
  out.push_back(std::move(current));
}

std::vector<std::string> WrappedCell(const std::string& cell, size_t width) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(text::Lines(cell, "| "), '\n')) Wrap(std::string(line), width, lines);
  return lines;
}

size_t NaturalWidth(const std::string& cell) {
  size_t width = 0;
  for (absl::string_view line : absl::StrSplit(text::Lines(cell, "| "), '\n')) {
    width = std::max(width, text::Width({line.data(), line.size()}));
  }
  return width;
}

// Drops columns that have only a heading.
void DropEmptyColumns(std::vector<std::vector<std::string>>& rows) {
  for (size_t column = rows.front().size(); rows.size() > 1 && column-- > 0;) {
    const bool empty = std::all_of(rows.begin() + 1, rows.end(), [column](const std::vector<std::string>& row) {
      return column >= row.size() || row[column].empty();
    });
    if (!empty) continue;
    for (auto& row : rows) {
      if (column < row.size()) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
    }
  }
}

// The widest columns give way first.
std::vector<size_t> WidthsWithin(const std::vector<std::vector<std::string>>& rows, size_t width) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], NaturalWidth(row[i]));
  }
  const size_t gaps = kGap * (widths.size() - 1);
  while (std::accumulate(widths.begin(), widths.end(), gaps) > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kLeastColumn) break;
    --*widest;
  }
  return widths;
}

}  // namespace

size_t OutputWidth(size_t otherwise) {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::max<size_t>(size.ws_col, kLeastWidth);
  const char* said = std::getenv("COLUMNS");
  uint32_t columns = 0;
  if (said != nullptr && absl::SimpleAtoi(said, &columns)) return std::max<size_t>(columns, kLeastWidth);
  return otherwise;
}

void PrintFitted(std::vector<std::vector<std::string>> rows, size_t width) {
  if (rows.empty() || rows.front().empty()) return;
  DropEmptyColumns(rows);
  const std::vector<size_t> widths = WidthsWithin(rows, width);
  for (const auto& row : rows) {
    const bool heading = &row == &rows.front();
    std::vector<std::vector<std::string>> cells;
    size_t height = 1;
    for (size_t i = 0; i < row.size(); ++i) {
      // Only our own lines begin at the margin.
      const bool margin = i == 0 && NaturalWidth(row[i]) > widths[i];
      std::vector<std::string>& lines = cells.emplace_back(WrappedCell(row[i], widths[i] - (margin ? 1 : 0)));
      for (size_t at = 1; margin && at < lines.size(); ++at) lines[at].insert(0, " ");
      height = std::max(height, lines.size());
    }
    for (size_t at = 0; at < height; ++at) {
      std::string line;
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string part = at < cells[i].size() ? cells[i][at] : std::string();
        line += part;
        if (i + 1 < cells.size()) line.append(widths[i] - std::min(widths[i], text::Width(part)) + kGap, ' ');
      }
      absl::StripTrailingAsciiWhitespace(&line);
      PrintLine(line, heading);
    }
  }
}

}  // namespace tidegate::command
