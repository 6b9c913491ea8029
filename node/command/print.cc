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
#include "text/text.h"

namespace tidegate::command {
namespace {

// Stands before each further line of a value, so that nothing but our own lines begins at the margin.
constexpr std::string_view kFurther = "| ";

// The lines of a cell, each ready to print.
std::vector<std::string> LinesOf(std::string_view cell) { return absl::StrSplit(text::Lines(cell, kFurther), '\n'); }

std::string Mark(bool verified) { return verified ? "yes" : "NO"; }

}  // namespace

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
  for (const auto& cells : table) {
    size_t height = 1;
    for (const auto& cell : cells) height = std::max(height, cell.size());
    for (size_t at = 0; at < height; ++at) {
      std::string line;
      for (size_t i = 0; i < cells.size(); ++i) {
        const std::string part = at < cells[i].size() ? cells[i][at] : std::string();
        line += part;
        if (i + 1 < cells.size()) line.append(widths[i] - text::Width(part) + 2, ' ');
      }
      std::cout << absl::StripTrailingAsciiWhitespace(line) << "\n";
    }
  }
}

void PrintRecord(const v1::Record& record) {
  std::cout << text::Line(record.handling().line()) << "\n";
  std::cout << record.kind() << " " << record.id() << ", revision " << record.revision() << ", " << record.state()
            << ", by " << text::Line(record.origin())
            << (record.vouched() ? " (author's key vouched for, not confirmed)" : "") << "\n\n";
  if (record.fields_size() == 0 && record.withheld() == 0) {
    std::cout << "none of its fields is held any more\n";
  } else {
    std::vector<std::vector<std::string>> rows = {{"FIELD", "VALUE", "PRECISION", "CLASS", "MARKING"}};
    for (const v1::Field& field : record.fields()) {
      rows.push_back({field.name(), field.text(), field.rung(), field.class_(), field.marking()});
    }
    PrintTable(rows);
    std::cout << "\n" << record.withheld() << " further fields of this kind are withheld or absent\n";
  }
  if (record.recipients_size() > 0)
    std::cout << "named recipients: " << text::Line(absl::StrJoin(record.recipients(), ", ")) << "\n";
  const v1::Verification& verification = record.verification();
  std::cout << "verified: author signature " << Mark(verification.author_signature()) << ", log proof "
            << Mark(verification.log_proof()) << ", handling " << Mark(verification.handling()) << "; log index "
            << record.log_index() << " of " << record.log_size() << ", author key " << record.author_fingerprint()
            << "\n";
  if (!verification.problem().empty()) std::cout << "problem: " << text::Lines(verification.problem()) << "\n";
}

void PrintRecordList(const std::vector<v1::Record>& records) {
  std::vector<std::vector<std::string>> rows = {{"MARKING", "ID", "KIND", "ORIGIN", "CREATED", "STATE", "TITLE"}};
  for (const v1::Record& record : records) {
    const v1::Handling& handling = record.handling();
    std::string marking = absl::StrCat("TLP:", handling.tlp());
    if (!handling.grade().empty()) absl::StrAppend(&marking, " ", handling.grade());
    if (handling.conditions_size() > 0)
      absl::StrAppend(&marking, " (", absl::StrJoin(handling.conditions(), ", "), ")");
    if (!handling.onward().empty()) absl::StrAppend(&marking, " onward: ", handling.onward());
    rows.push_back({marking, record.id(), record.kind(), record.origin(), record.created().substr(0, 10),
                    record.state(), record.title()});
  }
  PrintTable(rows);
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
