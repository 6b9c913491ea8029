#ifndef TIDEGATE_POLICY_CEDAR_SOURCE_H_
#define TIDEGATE_POLICY_CEDAR_SOURCE_H_

// Part of the door `policy/cedar/cedar.h`; include that. Places in a text that people wrote, and messages that show
// them. The reader of cases uses this too, so every error about a file of policies looks the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace tidegate::cedar {

// A place in a source text. Lines and columns count from 1; columns count characters (code points). 0 if unknown,
// as for policies that came from JSON.
struct Position {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
  // `file:line:column`, or what of it is known.
  std::string ToString() const;
};

// A position with its line shown and a caret under it; the snippet is empty if the text is not known.
struct Place {
  Position position;
  std::string snippet;
};

// The one of `candidates` that is nearest to `word` (text/text.h says what is near), or "".
std::string Nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// ` (did you mean `x`?)` or "".
std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates);
// The text after `there is no `word``. It names the nearest candidate. If none is near, or there are few candidates, it
// lists them: `; expected one of `a`, `b` or `c``.
std::string Expected(std::string_view word, std::vector<std::string_view> candidates);

// A text that we parse, with its lines found once. What was parsed from the text shares it.
class Source {
 public:
  Source(std::string_view text, std::string_view filename);
  std::string_view text() const { return text_; }
  const std::string& filename() const { return filename_; }
  Position At(uint32_t offset) const;
  // The offset of a line and column, as Position counts them. If they lie beyond the text, the nearest offset.
  uint32_t OffsetOf(uint32_t line, uint32_t column) const;
  // The line of `offset` and a caret under it.
  std::string Snippet(uint32_t offset) const;
  Place PlaceAt(uint32_t offset) const { return {At(offset), Snippet(offset)}; }
  // `file:line:column: message`, then the snippet.
  absl::Status Error(uint32_t offset, std::string_view message) const;

 private:
  size_t LineOf(uint32_t offset) const;
  std::string_view Line(size_t line) const;
  std::string text_;
  std::string filename_;
  std::vector<uint32_t> line_starts_;
};

}  // namespace tidegate::cedar

#endif  // TIDEGATE_POLICY_CEDAR_SOURCE_H_
