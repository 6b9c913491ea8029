#include "node/command/print.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "node/command/json.h"
#include "node/command/stream.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

// Stands before each further line of a value, so that only our own lines begin at the margin.
constexpr std::string_view kFurther = "| ";

// The lines of a cell, each ready to print.
std::vector<std::string> LinesOf(std::string_view cell) { return absl::StrSplit(text::Lines(cell, kFurther), '\n'); }

}  // namespace

void PrintLine(std::string_view line, bool heading) {
  constexpr std::pair<std::string_view, Look> kMarkings[] = {{"TLP:RED", Look::kRed},
                                                             {"TLP:AMBER+STRICT", Look::kYellow},
                                                             {"TLP:AMBER", Look::kYellow},
                                                             {"TLP:GREEN", Look::kGreen},
                                                             {"TLP:CLEAR", Look::kBold}};
  if (heading) {
    std::cout << Look::kBold << line << Look::kPlain << "\n";
    return;
  }
  for (const auto& [marking, look] : kMarkings) {
    if (line.substr(0, marking.size()) != marking) continue;
    std::cout << look << marking << Look::kPlain << line.substr(marking.size()) << "\n";
    return;
  }
  std::cout << line << "\n";
}

void PrintJson(const google::protobuf::Message& message) { std::cout << JsonOf(message, 1) << "\n" << std::flush; }

void PrintJsonLine(const google::protobuf::Message& message) { std::cout << JsonOf(message, -1) << "\n" << std::flush; }

void PrintTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::vector<std::string>>> table;  // row, column, line
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    auto& cells = table.emplace_back();
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      cells.push_back(LinesOf(row[i]));
      for (const std::string& line : cells.back()) widths[i] = std::max(widths[i], text::Width(line));
    }
  }
  // On a terminal that is narrower than the table, cells go on inside their columns.
  const size_t width = OutputWidth(kAnyWidth);
  size_t needed = widths.empty() ? 0 : 2 * (widths.size() - 1);
  for (const size_t one : widths) needed += one;
  if (needed > width) return PrintFitted(rows, width);
  for (const auto& cells : table) {
    const bool heading = &cells == &table.front();
    size_t height = 1;
    for (const auto& cell : cells) height = std::max(height, cell.size());
    for (size_t at = 0; at < height; ++at) {
      std::string line;
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string part = at < cells[i].size() ? cells[i][at] : std::string();
        line += part;
        if (i + 1 < cells.size()) line.append(widths[i] - text::Width(part) + 2, ' ');
      }
      absl::StripTrailingAsciiWhitespace(&line);
      PrintLine(line, heading);
    }
  }
}

ProgressBar::ProgressBar(std::string what) : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\n", stderr);
}

void ProgressBar::Show(double done, double total, std::string_view note) {
  if (!terminal_) return;
  constexpr int kWidth = 30;
  const double share = total > 0 ? std::clamp(done / total, 0.0, 1.0) : 0.0;
  const std::string shown = text::Line(note);
  const int filled = static_cast<int>(share * kWidth);
  std::fprintf(stderr, "\r%s [%s%s] %3.0f %% %.*s\033[K", what_.c_str(), std::string(filled, '#').c_str(),
               std::string(kWidth - filled, '.').c_str(), share * 100, static_cast<int>(shown.size()), shown.data());
  shown_ = true;
}

}  // namespace tidegate::command
