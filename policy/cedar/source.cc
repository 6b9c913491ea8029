#include "policy/cedar/source.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "policy/cedar/text.h"

namespace tidegate::cedar {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  return out;
}

// Letters changed, added, left out or swapped with their neighbour, counted no further than `limit` + 1.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

constexpr size_t kLongestSuggestion = 80;
constexpr size_t kMostCandidates = 2000;

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kLongestSuggestion || candidates.size() > kMostCandidates) return "";
  const size_t limit = word.size() < 3 ? 0 : (word.size() < 8 ? 1 : 2);
  std::string best;
  size_t best_distance = limit + 1;
  for (std::string_view candidate : candidates) {
    if (candidate == word) continue;
    // Letters alone in the wrong case are the commonest slip of all.
    const size_t distance =
        Lower(candidate) == Lower(word) ? (limit == 0 ? 0 : 1) : EditDistance(word, candidate, limit);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : Cat(" (did you mean `", nearest, "`?)");
}

std::string Expected(std::string_view word, std::vector<std::string_view> candidates) {
  constexpr size_t kFew = 6;
  constexpr size_t kMostListed = 16;
  const std::string suggestion = Suggestion(word, candidates);
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.empty() || (!suggestion.empty() && candidates.size() > kFew)) return suggestion;
  std::string list = candidates.size() == 1 ? "; expected " : "; expected one of ";
  const size_t shown = std::min(candidates.size(), kMostListed);
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) list += i + 1 == candidates.size() ? " or " : ", ";
    Append(list, "`", candidates[i], "`");
  }
  if (shown < candidates.size()) Append(list, " or one of ", candidates.size() - shown, " more");
  return list + suggestion;
}

std::string Position::ToString() const {
  std::string out = file;
  if (line > 0) Append(out, out.empty() ? "" : ":", line, ":", column);
  return out;
}

Source::Source(std::string_view text, std::string_view filename) : text_(text), filename_(filename) {
  line_starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
}

size_t Source::LineOf(uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return static_cast<size_t>(after - line_starts_.begin()) - 1;
}

std::string_view Source::Line(size_t line) const {
  const size_t begin = line_starts_[line];
  const size_t end = line + 1 < line_starts_.size() ? line_starts_[line + 1] - 1 : text_.size();
  std::string_view out = std::string_view(text_).substr(begin, end - begin);
  if (!out.empty() && out.back() == '\r') out.remove_suffix(1);
  return out;
}

namespace {
uint32_t CountCharacters(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}
}  // namespace

Position Source::At(uint32_t offset) const {
  if (text_.empty() && filename_.empty()) return {};
  offset = std::min(offset, static_cast<uint32_t>(text_.size()));
  const size_t line = LineOf(offset);
  const size_t begin = line_starts_[line];
  Position position;
  position.file = filename_;
  position.line = static_cast<uint32_t>(line + 1);
  position.column = 1 + CountCharacters(std::string_view(text_).substr(begin, offset - begin));
  return position;
}

uint32_t Source::OffsetOf(uint32_t line, uint32_t column) const {
  const size_t begin = line_starts_[std::min<size_t>(line == 0 ? 0 : line - 1, line_starts_.size() - 1)];
  size_t at = begin;
  for (uint32_t seen = 1; at < text_.size() && text_[at] != '\n'; ++at) {
    const bool starts = (static_cast<uint8_t>(text_[at]) & 0xC0) != 0x80;
    if (starts && at > begin) ++seen;
    if (starts && seen >= column) break;
  }
  return static_cast<uint32_t>(at);
}

std::string Source::Snippet(uint32_t offset) const {
  if (text_.empty()) return "";
  constexpr size_t kWindow = 100;  // bytes shown of a very long line, on each side of the caret
  offset = std::min(offset, static_cast<uint32_t>(text_.size()));
  const size_t line = LineOf(offset);
  std::string_view shown = Line(line);
  size_t caret = std::min<size_t>(offset - line_starts_[line], shown.size());
  const auto inside = [&shown](size_t i) {
    return i > 0 && i < shown.size() && (static_cast<uint8_t>(shown[i]) & 0xC0) == 0x80;
  };
  size_t from = caret > kWindow ? caret - kWindow : 0;
  while (inside(from)) --from;
  size_t to = std::min(shown.size(), caret + kWindow);
  while (inside(to)) ++to;
  const bool cut_left = from > 0;
  const bool cut_right = to < shown.size();
  shown = shown.substr(from, to - from);
  caret -= from;
  std::string text;
  for (char c : shown) text.push_back(static_cast<uint8_t>(c) < 0x20 || c == 0x7F ? ' ' : c);
  const std::string number = std::to_string(line + 1);
  const std::string pad(number.size(), ' ');
  const std::string left = cut_left ? "... " : "";
  return Cat(number, " | ", left, text, cut_right ? " ..." : "", "\n", pad, " | ",
             std::string(left.size() + CountCharacters(std::string_view(text).substr(0, caret)), ' '), "^");
}

absl::Status Source::Error(uint32_t offset, std::string_view message) const {
  const std::string snippet = Snippet(offset);
  const std::string place = At(offset).ToString();
  return Invalid(Cat(place, place.empty() ? "" : ": ", message, snippet.empty() ? "" : "\n", snippet));
}

}  // namespace tidegate::cedar
