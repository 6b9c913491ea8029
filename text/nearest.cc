#include <algorithm>
#include <array>

#include "text/text.h"

namespace tidegate::text {
namespace {

constexpr size_t kLongest = 64;
constexpr size_t kShortestBeginning = 4;

// Letters and digits in lower case: "ForcedLabour", "forced labour" and "forced_labour" are one. Letters beyond ASCII
// stay as they are.
std::string Folded(std::string_view word) {
  std::string folded;
  for (const char c : word) {
    if (c >= 'A' && c <= 'Z') {
      folded.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<uint8_t>(c) & 0x80) != 0) {
      folded.push_back(c);
    }
  }
  return folded;
}

// Optimal string alignment: letters left out, added, changed, swapped with their neighbour. Both of at most kLongest.
size_t Distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kLongest + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& before = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

Nearest::Nearest(std::string_view word) : word_(word), best_distance_(SIZE_MAX) {
  if (word.size() <= kLongest) folded_ = Folded(word);
}

void Nearest::Offer(std::string_view spelling, std::string_view answer) {
  if (folded_.empty() || answer == word_ || spelling.size() > kLongest) return;
  const std::string folded = Folded(spelling);
  if (folded.empty()) return;
  const size_t longer = std::max(folded_.size(), folded.size()), shorter = std::min(folded_.size(), folded.size());
  const bool begins = shorter >= kShortestBeginning && folded_.compare(0, shorter, folded, 0, shorter) == 0;
  if (!begins && longer - shorter > longer / 3) return;
  const size_t edits = Distance(folded_, folded);
  if (!begins && edits > longer / 3) return;
  // In halves, so that one slip of the hand is nearer than a word that only begins alike, and two are not.
  const size_t distance = begins ? std::min<size_t>(2 * edits, 3) : 2 * edits;
  if (distance >= best_distance_) return;
  best_distance_ = distance;
  best_ = answer;
}

bool IsOneSlip(std::string_view word, std::string_view known) {
  if (word.size() > kLongest || known.size() > kLongest) return false;
  return Distance(Folded(word), Folded(known)) == 1;
}

std::string DidYouMean(std::string_view nearest) {
  return nearest.empty() ? std::string() : "; did you mean `" + Line(nearest) + "`?";
}

}  // namespace tidegate::text
