// How two sets of policy files differ, for people to read.
#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/decision/decision.h"

namespace tidegate::decision {
namespace {

constexpr size_t kContext = 3;
// A longer changed part is shown as all its old lines and then all its new ones, which is right but not the shortest.
constexpr size_t kMostCells = 4'000'000;

struct Line {
  char mark;  // ' ', '-' or '+'
  std::string_view text;
};

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Compares the lines between the common beginning and the common end, by longest common subsequence.
void Middle(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b, std::vector<Line>& out) {
  const size_t n = a.size(), m = b.size();
  size_t i = 0, j = 0;
  if ((n + 1) * (m + 1) <= kMostCells) {
    std::vector<uint32_t> longest((n + 1) * (m + 1));
    const auto at = [&](size_t x, size_t y) -> uint32_t& { return longest[x * (m + 1) + y]; };
    for (size_t x = n; x-- > 0;) {
      for (size_t y = m; y-- > 0;) {
        at(x, y) = a[x] == b[y] ? at(x + 1, y + 1) + 1 : std::max(at(x + 1, y), at(x, y + 1));
      }
    }
    while (i < n && j < m) {
      if (a[i] == b[j]) {
        out.push_back({' ', a[i]});
        ++i, ++j;
      } else if (at(i + 1, j) >= at(i, j + 1)) {
        out.push_back({'-', a[i++]});
      } else {
        out.push_back({'+', b[j++]});
      }
    }
  }
  for (; i < n; ++i) out.push_back({'-', a[i]});
  for (; j < m; ++j) out.push_back({'+', b[j]});
}

std::vector<Line> Compared(std::string_view before, std::string_view after) {
  std::vector<std::string_view> a = LinesOf(before), b = LinesOf(after);
  std::vector<Line> lines;
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) lines.push_back({' ', a[head++]});
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const auto cut = [&](const std::vector<std::string_view>& all) {
    return std::vector<std::string_view>(all.begin() + static_cast<ptrdiff_t>(head),
                                         all.end() - static_cast<ptrdiff_t>(tail));
  };
  Middle(cut(a), cut(b), lines);
  for (size_t i = a.size() - tail; i < a.size(); ++i) lines.push_back({' ', a[i]});
  return lines;
}

std::string Hunks(const std::vector<Line>& lines) {
  std::string text;
  size_t old_line = 1, new_line = 1;
  for (size_t i = 0; i < lines.size();) {
    size_t first = i;
    while (first < lines.size() && lines[first].mark == ' ') ++first;
    if (first == lines.size()) break;
    const size_t from = first - std::min(kContext, first - i);
    old_line += from - i;
    new_line += from - i;
    // A hunk ends where more than two contexts of equal lines follow.
    size_t end = first, last = first;
    for (; end < lines.size() && end - last <= 2 * kContext; ++end) {
      if (lines[end].mark != ' ') last = end;
    }
    end = std::min(lines.size(), last + 1 + kContext);
    size_t olds = 0, news = 0;
    std::string body;
    for (size_t k = from; k < end; ++k) {
      olds += lines[k].mark != '+' ? 1 : 0;
      news += lines[k].mark != '-' ? 1 : 0;
      absl::StrAppend(&body, std::string(1, lines[k].mark), std::string(lines[k].text), "\n");
    }
    absl::StrAppend(&text, "@@ -", olds == 0 ? old_line - 1 : old_line, ",", olds, " +",
                    news == 0 ? new_line - 1 : new_line, ",", news, " @@\n", body);
    old_line += olds;
    new_line += news;
    i = end;
  }
  return text;
}

}  // namespace

std::string DiffSources(const std::vector<policy::PolicySource>& before,
                        const std::vector<policy::PolicySource>& after) {
  std::map<std::string, std::pair<const policy::PolicySource*, const policy::PolicySource*>> files;
  for (const policy::PolicySource& source : before) files[source.file].first = &source;
  for (const policy::PolicySource& source : after) files[source.file].second = &source;
  std::string text;
  for (const auto& [name, pair] : files) {
    const auto& [old_file, new_file] = pair;
    const std::string hunks = Hunks(Compared(old_file == nullptr ? std::string_view() : old_file->text,
                                             new_file == nullptr ? std::string_view() : new_file->text));
    if (hunks.empty() && old_file != nullptr && new_file != nullptr) continue;
    absl::StrAppend(&text, "--- ", old_file == nullptr ? "(no such file)" : name, "\n+++ ",
                    new_file == nullptr ? "(no such file)" : name, "\n", hunks);
  }
  return text;
}

}  // namespace tidegate::decision
