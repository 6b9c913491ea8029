#include "node/intake/report/heading.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "node/intake/text.h"
#include "node/stix/stix.h"

namespace tidegate::intake {
namespace {

constexpr std::size_t kMostHashes = 6;
constexpr std::size_t kMostIndent = 3;

bool IsLetter(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

// `# Text #` without its hashes; empty if the line is no heading.
std::string_view HeadingOf(std::string_view line) {
  const std::size_t hashes = std::min(line.find_first_not_of('#'), line.size());
  if (hashes == 0 || hashes > kMostHashes) return {};
  if (hashes < line.size() && line[hashes] != ' ' && line[hashes] != '\t') return {};
  std::string_view text = Trim(line.substr(hashes));
  while (EndsWith(text, "#")) text.remove_suffix(1);
  return Trim(text);
}

bool IsUnderline(std::string_view line) {
  return line.size() >= 2 && (line.find_first_not_of('=') == line.npos || line.find_first_not_of('-') == line.npos);
}

std::string_view WithoutEmphasis(std::string_view text) {
  while (text.size() > 2 && (text.front() == '*' || text.front() == '_') && text.back() == text.front()) {
    text = Trim(text.substr(1, text.size() - 2));
  }
  return text;
}

}  // namespace

std::string FirstHeading(std::string_view text) {
  std::string_view before;
  std::string_view fence;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = Trim(whole);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool indented = whole.find_first_not_of(' ') > kMostIndent || StartsWith(whole, "\t");
    if (StartsWith(line, "```") || StartsWith(line, "~~~")) {
      fence = fence.empty() ? line.substr(0, 3) : StartsWith(line, fence) ? std::string_view() : fence;
      before = {};
      continue;
    }
    if (!fence.empty() || line.empty() || indented) {
      before = {};
      continue;
    }
    if (const std::string_view heading = HeadingOf(line); !heading.empty())
      return std::string(WithoutEmphasis(heading));
    if (!before.empty() && IsUnderline(line)) return std::string(WithoutEmphasis(before));
    before = IsUnderline(line) ? std::string_view() : line;
  }
  return {};
}

std::optional<record::Tlp> StrictestTlpNamed(std::string_view text) {
  std::optional<record::Tlp> strictest;
  const std::string lower = Lower(text);
  for (std::size_t at = lower.find("tlp"); at != lower.npos; at = lower.find("tlp", at + 1)) {
    if (at > 0 && IsLetter(lower[at - 1])) continue;
    std::size_t word = lower.find_first_not_of(" :=_-\"'\t", at + 3);
    if (word == lower.npos || word == at + 3) continue;
    std::size_t end = word;
    while (end < lower.size() && (IsLetter(lower[end]) || lower[end] == '+')) ++end;
    const std::string_view rest = std::string_view(lower).substr(end);
    for (const std::string_view strict : {"-strict", "_strict", " strict"}) {
      if (!rest.starts_with(strict)) continue;
      if (rest.size() == strict.size() || !IsLetter(rest[strict.size()])) end += strict.size();
    }
    const std::optional<record::Tlp> tlp = stix::TlpOfWord(std::string_view(lower).substr(word, end - word));
    if (tlp.has_value() && (!strictest.has_value() || *tlp > *strictest)) strictest = tlp;
  }
  return strictest;
}

}  // namespace tidegate::intake
