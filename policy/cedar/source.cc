#include "policy/cedar/source.h"

#include <algorithm>

#include "policy/cedar/text.h"
#include "text/text.h"

namespace tidegate::cedar {
std::string Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr size_t kMostCandidates = 2000;
  return candidates.size() > kMostCandidates ? "" : std::string(text::NearestOf(word, candidates));
}

std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : Cat(" (did you mean `", nearest, "`?)");
}

std::string Expected(std::string_view word, std::vector<std::string_view> candidates) {
  constexpr size_t kFew = 6;
  constexpr size_t kMostListed = 16;
  std::string suggestion = Suggestion(word, candidates);
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
