// What `--help` prints, within the columns of a terminal.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "node/command/print.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kDescribed = 30;       // the column in which CLI11 begins what an option is for
constexpr size_t kLeastDescribed = 30;  // columns that a description needs

// A row of options or verbs: its name, then blanks, then what it is for.
bool IsRow(const std::string& line) {
  return line.size() > kDescribed && absl::StartsWith(line, "  ") && line[kDescribed - 1] == ' ' &&
         line[kDescribed] != ' ';
}

void PrintRow(const std::string& line, size_t width) {
  const std::string indent(kDescribed, ' ');
  std::string begin = line.substr(0, kDescribed);
  std::string said;
  for (absl::string_view word : absl::StrSplit(absl::string_view(line).substr(kDescribed), ' ')) {
    const std::string next(word);
    if (!said.empty() && kDescribed + text::Width(said) + 1 + text::Width(next) > width) {
      PrintLine(begin + said);
      begin = indent;
      said.clear();
    }
    absl::StrAppend(&said, said.empty() ? "" : " ", next);
  }
  PrintLine(begin + said);
}

// Our pages break their sentences at some 118 columns. Such a line goes on in the next.
bool GoesOn(const std::string& line, const std::string& next) {
  constexpr size_t kBroken = 95;
  return line.size() > kBroken && !absl::StartsWith(line, " ") && !next.empty() && !absl::StartsWith(next, " ");
}

}  // namespace

void PrintHelp(const std::string& help) {
  const size_t width = OutputWidth(kAnyWidth);
  std::vector<std::string> lines = absl::StrSplit(absl::StripSuffix(help, "\n"), '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i];
    while (width < kAnyWidth && i + 1 < lines.size() && GoesOn(lines[i], lines[i + 1])) {
      absl::StrAppend(&line, " ", lines[++i]);
    }
    const bool example = absl::StartsWith(line, "  tidegate ");  // people copy it
    if (text::Width(line) <= width || example) {
      PrintLine(line);
    } else if (IsRow(line) && width >= kDescribed + kLeastDescribed) {
      PrintRow(line, width);
    } else {
      for (const std::string& part : SentenceLines(line, width, "")) PrintLine(part);
    }
  }
}

}  // namespace tidegate::command
