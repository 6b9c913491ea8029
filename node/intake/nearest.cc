#include "node/intake/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kLongest = 64;
using DistanceRow = std::array<std::size_t, kLongest + 1>;

// Optimal string alignment distance; both at most kLongest bytes.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::array<DistanceRow, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    DistanceRow& row = rows[i % 3];
    const DistanceRow& above = rows[(i + 2) % 3];
    const DistanceRow& before = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool same = absl::ascii_tolower(a[i - 1]) == absl::ascii_tolower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      bool swapped = i > 1 && j > 1 && absl::ascii_tolower(a[i - 1]) == absl::ascii_tolower(b[j - 2]) &&
                     absl::ascii_tolower(a[i - 2]) == absl::ascii_tolower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.size() > kLongest) return {};
  std::string_view best;
  std::size_t fewest = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongest || candidate.empty()) continue;
    std::size_t edits = Distance(name, candidate);
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates) {
  std::string_view near = Nearest(name, candidates);
  return near.empty() ? std::string() : Cat({"; did you mean `", near, "`?"});
}

}  // namespace tidegate::intake
