// text: foreign text made fit for the medium it goes to, and the word that somebody meant.
//
//   Takes    any bytes
//   Gives    a line, lines, HTML or a JSON string that cannot be mistaken for anything else; the nearest known word;
//             whether a TOML text is within bounds
//   May call the standard library, nlohmann_json
//   Never    give a control, bidirectional or invisible character back as it is; know what a text is about
//   Threads  any
//   Spec     TEXT.md
#ifndef TIDEGATE_TEXT_TEXT_H_
#define TIDEGATE_TEXT_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "nlohmann/json_fwd.hpp"

namespace tidegate::text {

// One code point at text[at], which must exist; its length in bytes, or 0 if the bytes there are not UTF-8.
size_t DecodeUtf8(std::string_view text, size_t at, uint32_t* code_point);

// Characters that do not show or that change how others show: controls (C0, C1, DEL), line and paragraph separators,
// format characters (Unicode's Cf, bidirectional ones among them) and all others that Unicode lets a display leave out.
bool Hides(uint32_t code_point);

// One line: hidden characters, line ends and tabs too, as `\u{1B}`; bytes that are not UTF-8 as `\x9B`. Text that needs
// nothing is given as it is. Whoever reads cannot tell `\u{1B}` from somebody's own six letters; neither does harm.
std::string Line(std::string_view text);

// The lines of a text, each as Line gives it, and `further` before every one but the first: only the caller's own lines
// begin at the margin. A line ends with LF or CR LF; line ends at the end of the text are dropped.
std::string Lines(std::string_view text, std::string_view further = "    | ");

// As Line, for HTML text and attributes in double quotes.
std::string Html(std::string_view text);

// As a JSON string, quotes included: hidden characters as `\u001b`. Bytes that are not UTF-8 become U+FFFD.
std::string Json(std::string_view text);
// A whole JSON value, its strings and names as Json gives them: the one way to print JSON. With `indent` blanks a
// level, or in one line if it is negative. Never fails.
std::string JsonTree(const nlohmann::json& tree, int indent = -1);
std::string JsonTree(const nlohmann::ordered_json& tree, int indent = -1);

// Why a TOML text must not go to a parser, with its line; empty if it may. It must not if a key has more than 16 dotted
// parts or brackets nest deeper than 64: toml++ calls itself once for each, and its own limit does not count the parts
// of a key. What stands in a string or a comment does not count.
std::string TomlBeyondBounds(std::string_view toml);

// How many columns a line takes on a terminal: its code points.
size_t Width(std::string_view line);

// Keeps the known word nearest to a mistyped one. Case, blanks and punctuation do not count. Near is: at most a third
// of the letters left out, added, changed or swapped with a neighbour, or one word begins with the other (from four
// letters on). Words of more than 64 bytes are near to nothing.
class Nearest {
 public:
  explicit Nearest(std::string_view word);
  // `spelling` stands for `answer`, which must outlive this. The word itself is never the answer.
  void Offer(std::string_view spelling, std::string_view answer);
  // Empty where nothing is near; of several equally near the first.
  std::string_view best() const { return best_; }

 private:
  std::string_view word_;
  std::string folded_;
  std::string_view best_;
  size_t best_distance_;
};

template <typename Words>
std::string_view NearestOf(std::string_view word, const Words& known) {
  Nearest nearest(word);
  for (const auto& one : known) nearest.Offer(one, one);
  return nearest.best();
}

// "; did you mean `x`?", or "" for an empty word.
std::string DidYouMean(std::string_view nearest);

template <typename Words>
std::string DidYouMean(std::string_view word, const Words& known) {
  return DidYouMean(NearestOf(word, known));
}

}  // namespace tidegate::text

#endif  // TIDEGATE_TEXT_TEXT_H_
