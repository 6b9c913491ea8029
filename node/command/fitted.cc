// Tables within the width of a terminal (print.h).
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "node/command/print.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kLeastWidth = 40;
constexpr size_t kGap = 2;
constexpr size_t kLeastColumn = 8;
constexpr size_t kMostWord = 28;  // of a word that a column is made wide enough for
constexpr size_t kBelow = 4;      // columns before what stands below its row

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

size_t LongestWord(const std::string& cell) {
  size_t longest = 0;
  for (absl::string_view word : absl::StrSplit(text::Lines(cell, "| "), absl::ByAnyChar(" \n"))) {
    longest = std::max(longest, text::Width({word.data(), word.size()}));
  }
  return longest;
}

size_t TotalOf(const std::vector<size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
}

// The widths of the columns that stand beside each other. The columns after them go below each row.
// The widest columns become narrower first. No word is cut that a line could hold: instead the last columns go below
// their rows.
std::vector<size_t> WidthsWithin(const std::vector<std::vector<std::string>>& rows, size_t width) {
  std::vector<size_t> natural(rows.front().size()), least(rows.front().size(), kLeastColumn);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size() && i < natural.size(); ++i) {
      natural[i] = std::max(natural[i], NaturalWidth(row[i]));
      least[i] = std::max(least[i], std::min(LongestWord(row[i]), kMostWord));
    }
  }
  std::vector<size_t> widths = natural;
  while (TotalOf(widths) > width) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  if (TotalOf(widths) <= width) return widths;
  while (natural.size() > 1 && TotalOf(natural) > width) natural.pop_back();
  natural.front() = std::min(natural.front(), width);
  return natural;
}

// True if the text cannot be taken for the heading of another cell.
bool IsPlain(const std::string& cell) { return cell.find_first_of(":;\n\r") == std::string::npos; }

// The cells that stand below their row, each behind its heading: short ones beside each other.
void PrintBelow(const std::vector<std::string>& headings, const std::vector<std::string>& row, size_t from,
                size_t width) {
  const std::string indent(kBelow, ' ');
  std::string line;  // of short cells, not printed yet
  const auto flush = [&line] {
    if (!line.empty()) PrintLine(std::exchange(line, ""));
  };
  for (size_t i = from; i < row.size(); ++i) {
    if (row[i].empty()) continue;
    const std::string label = absl::AsciiStrToLower(headings[i]) + ":";
    const std::string next = label + " " + text::Line(row[i]);
    if (IsPlain(row[i]) && kBelow + text::Width(next) <= width) {
      if (text::Width(line) + 2 + text::Width(next) > width) flush();
      line += (line.empty() ? indent : "; ") + next;
      continue;
    }
    flush();
    std::string begin = indent + label + " ";
    // A word that fits into a line is not cut because of the heading before it.
    if (text::Width(begin) + LongestWord(row[i]) > width) {
      PrintLine(indent + label);
      begin = indent + "  ";
    }
    for (absl::string_view part : absl::StrSplit(text::Lines(row[i], "| "), '\n')) {
      std::vector<std::string> lines;
      Wrap(std::string(part), width - std::min(width / 2, begin.size()), lines);
      for (const std::string& one : lines) PrintLine(absl::StrCat(std::exchange(begin, indent + "  "), one));
    }
  }
  flush();
}

// 0 if the descriptor is not a terminal, or does not tell its width.
size_t TerminalWidth(int descriptor) {
  winsize size{};
  const bool said = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return said ? std::max<size_t>(size.ws_col, kLeastWidth) : 0;
}

// The width that the environment gives.
std::optional<size_t> WidthSaid() {
  const char* said = std::getenv("COLUMNS");
  uint32_t columns = 0;
  if (said == nullptr || !absl::SimpleAtoi(said, &columns)) return std::nullopt;
  return std::max<size_t>(columns, kLeastWidth);
}

// Programs that read our errors want a line for each. So COLUMNS, which many shells export, does not count there.
size_t ErrorWidth() {
  if (isatty(STDERR_FILENO) != 1) return kAnyWidth;
  const size_t terminal = TerminalWidth(STDERR_FILENO);
  return terminal > 0 ? terminal : WidthSaid().value_or(kUsualWidth);
}

// The words of a sentence. What stands between backticks is one word if a line can hold it: people copy it.
std::vector<std::string> UnbrokenWordsOf(const std::string& sentence, size_t width) {
  std::vector<std::string> words;
  bool open = false;  // the last word began with a backtick that has no end yet
  for (absl::string_view piece : absl::StrSplit(sentence, ' ')) {
    const bool ticks = std::count(piece.begin(), piece.end(), '`') % 2 == 1;
    const bool fits = open && text::Width(words.back()) + 1 + text::Width({piece.data(), piece.size()}) <= width;
    if (fits) {
      words.back().append(" ").append(piece.data(), piece.size());
    } else {
      words.emplace_back(piece);
    }
    open = open != ticks;
  }
  return words;
}

// A line of carets points into the line above it, so neither is broken.
bool IsPointer(absl::string_view line) {
  return absl::StrContains(line, "^") && line.find_first_not_of(" |^") == absl::string_view::npos;
}

// Lines of ours, each as it is or broken as a sentence.
template <typename Print>
void EachLine(std::string_view lines, size_t width, const Print& print) {
  const std::vector<std::string> all = absl::StrSplit(absl::StripSuffix({lines.data(), lines.size()}, "\n"), '\n');
  for (size_t i = 0; i < all.size(); ++i) {
    const bool pointed = IsPointer(all[i]) || (i + 1 < all.size() && IsPointer(all[i + 1]));
    if (pointed || text::Width(text::Line(all[i])) <= width) {
      print(all[i]);
      continue;
    }
    const size_t begins = std::min(all[i].find_first_not_of(' '), all[i].size());
    const std::string_view line = all[i];
    for (const std::string& part : SentenceLines(line.substr(begins), width, line.substr(0, begins))) print(part);
  }
}

}  // namespace

size_t OutputWidth(size_t otherwise) {
  const size_t terminal = TerminalWidth(STDOUT_FILENO);
  return terminal > 0 ? terminal : WidthSaid().value_or(otherwise);
}

void PrintFitted(std::vector<std::vector<std::string>> rows, size_t width) {
  if (rows.empty() || rows.front().empty()) return;
  DropEmptyColumns(rows);
  if (rows.front().empty()) return;
  const std::vector<std::string> headings = rows.front();
  const std::vector<size_t> widths = WidthsWithin(rows, width);
  for (const auto& row : rows) {
    const bool heading = &row == &rows.front();
    std::vector<std::vector<std::string>> cells;
    size_t height = 1;
    for (size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
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
    if (!heading) PrintBelow(headings, row, widths.size(), width);
  }
}

std::vector<std::string> SentenceLines(std::string_view sentence, size_t width, std::string_view indent) {
  constexpr std::string_view kFurther = "    ";
  std::vector<std::string> lines;
  std::string line;
  const size_t room = width - std::min(width / 2, indent.size() + kFurther.size());
  for (const std::string& word : UnbrokenWordsOf(text::Line(sentence), room)) {
    if (!line.empty() && text::Width(line) + 1 + text::Width(word) > width) {
      lines.push_back(std::move(line));
      line = absl::StrCat(std::string(indent), std::string(kFurther), word);
    } else {
      line += (line.empty() ? std::string(indent) : " ") + word;
    }
  }
  lines.push_back(std::move(line));
  return lines;
}

void PrintSentence(std::string_view sentence, size_t width, std::string_view indent) {
  for (const std::string& line : SentenceLines(sentence, width, indent)) PrintLine(line);
}

void PrintText(std::string_view lines) {
  EachLine(lines, OutputWidth(kAnyWidth), [](const std::string& line) { PrintLine(line); });
}

void TellText(std::string_view lines) {
  EachLine(lines, ErrorWidth(), [](const std::string& line) { std::cerr << line << "\n"; });
}

void PrintWarning(std::string_view warning) { TellText("warning: " + text::Lines(warning)); }

}  // namespace tidegate::command
