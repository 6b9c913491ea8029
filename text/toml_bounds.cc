// Finds in one scan what a TOML text would ask of a parser.
#include <algorithm>
#include <string>

#include "text/text.h"

namespace tidegate::text {
namespace {

constexpr size_t kMostParts = 16;
constexpr size_t kMostNesting = 64;

bool Bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Where the string that begins at `at` ends: behind its closing quotes. A string of one line ends with the line at the
// latest, so that a stray quote hides nothing of the lines below.
size_t BehindString(std::string_view toml, size_t at) {
  const char quote = toml[at];
  const std::string three(3, quote);
  const bool many = toml.substr(at, 3) == three;
  size_t i = at + (many ? 3 : 1);
  for (; i < toml.size(); ++i) {
    if (quote == '"' && toml[i] == '\\') {
      ++i;
    } else if (many && toml.substr(i, 3) == three) {
      return i + 3;
    } else if (!many && (toml[i] == quote || toml[i] == '\n')) {
      return i + 1;
    }
  }
  return toml.size();
}

}  // namespace

std::string TomlBeyondBounds(std::string_view toml) {
  size_t line = 1;
  size_t parts = 0;     // of a key or number, as far as it was read: parts are joined by dots with blanks around them
  bool dotted = false;  // the last thing read was a dot
  size_t nesting = 0;
  const auto beyond = [&line](const char* what) { return "line " + std::to_string(line) + ": " + what; };
  const auto take_part = [&] {
    parts = dotted ? parts + 1 : 1;
    dotted = false;
  };
  for (size_t i = 0; i < toml.size();) {
    const char c = toml[i];
    if (c == '#') {
      i = std::min(toml.find('\n', i), toml.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      const size_t end = BehindString(toml, i);
      for (; i < end; ++i) line += toml[i] == '\n' ? 1 : 0;
      take_part();
    } else if (Bare(c)) {
      while (i < toml.size() && Bare(toml[i])) ++i;
      take_part();
    } else {
      if (c == '.') dotted = true;
      if (c == '[' || c == '{') ++nesting;
      if ((c == ']' || c == '}') && nesting > 0) --nesting;
      if (c == '\n') ++line;
      // Any other character than a part, a dot or a blank ends a key.
      if (c != '.' && c != ' ' && c != '\t') dotted = false;
      ++i;
    }
    if (parts > kMostParts) return beyond("a key has more than 16 parts");
    if (nesting > kMostNesting) return beyond("brackets are nested deeper than 64");
  }
  return {};
}

}  // namespace tidegate::text
