// The door of the text room: foreign text, encoded for the medium where it is shown; and the word that somebody meant.
//
//   Takes    any bytes
//   Gives    a line, lines, HTML or JSON that nobody can mistake for our own words; the nearest known word; whether a
//             TOML text is within bounds
//   May call the standard library, nlohmann_json
//   Never    return a control, bidirectional or invisible character as it is; know what a text is about
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

// Reads one code point at text[at], which must exist. Returns its length in bytes, or 0 if these bytes are not UTF-8.
size_t DecodeUtf8(std::string_view text, size_t at, uint32_t* code_point);

// True for characters that are invisible or change how others look: controls (C0, C1, DEL), line and paragraph
// separators, format characters (Unicode's Cf, with the bidirectional ones) and all others that Unicode lets a display
// leave out.
bool Hides(uint32_t code_point);

// What a person sees of a text. Hidden characters are left out. Each run of blanks, of any script, becomes one space,
// and blanks at the ends are dropped. The result is empty if there is nothing to see. Two texts with one result look
// the same. Letters that look alike are still different here.
std::string Visible(std::string_view text);

// A text as one line. Hidden characters, and also line ends and tabs, become an escape such as `\u{1B}`. Bytes that are
// not UTF-8 become one such as `\x9B`. Other text stays as it is. A reader cannot tell an encoded `\u{1B}` from one
// that somebody typed; neither does harm.
std::string Line(std::string_view text);

// The lines of a text, each as Line gives it. `further` stands before every line but the first, so nothing but the
// caller's own lines begins at the margin. A line ends with LF or CR LF. Line ends at the end of the text are dropped.
std::string Lines(std::string_view text, std::string_view further = "    | ");

// As Line, for HTML text and attributes in double quotes.
std::string Html(std::string_view text);

// As a JSON string, quotes included: hidden characters as `\u001b`. Bytes that are not UTF-8 become U+FFFD.
std::string Json(std::string_view text);
// A whole JSON value, with its strings and names as Json gives them. The program prints its JSON with this function.
// Each level is indented by `indent` blanks; if `indent` is negative, the value is one line. Never fails.
std::string JsonTree(const nlohmann::json& tree, int indent = -1);
std::string JsonTree(const nlohmann::ordered_json& tree, int indent = -1);

// Says why a TOML text must not go to a parser, and in which line. Empty if it may. It must not if a key has more than
// 16 dotted parts, or if brackets nest deeper than 64. toml++ calls itself once for each of these, and its own limit
// does not count the parts of a key. Text in a string or a comment does not count.
std::string TomlBeyondBounds(std::string_view toml);

// How many columns a line takes on a terminal. A wide character (Chinese, Japanese, Korean, most emoji) takes two, a
// mark that stands on the letter before it takes none, and any other character takes one.
size_t Width(std::string_view line);

// The text with each letter of any script in lower case. Bytes that are not UTF-8 stay as they are. The first call of
// this or of Width opens a file of the C library.
std::string LowerCase(std::string_view text);

// Finds the known word that is nearest to a mistyped one. Case, blanks and punctuation do not count. A word is near if
// at most a third of its letters were left out, added, changed or swapped with a neighbour, or if one word begins with
// the other (of four letters or more). Words of more than 64 bytes are near to nothing.
class Nearest {
 public:
  explicit Nearest(std::string_view word);
  // Offers `answer` for the spelling `spelling`. `answer` must outlive this object. The word itself is never the
  // answer.
  void Offer(std::string_view spelling, std::string_view answer);
  // The nearest answer; of several that are equally near, the first. Empty if nothing is near.
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

// Whether `word` is `known` with one letter left out, added, changed or swapped with its neighbour. Case, blanks and
// punctuation do not count. False for equal words.
bool IsOneSlip(std::string_view word, std::string_view known);

// The skeleton of a name of lower-case letters, digits and hyphens: letters that look alike become one letter. People
// easily mistake two names with one skeleton for each other.
std::string Skeleton(std::string_view name);

// "; did you mean `x`?", or "" for an empty word.
std::string DidYouMean(std::string_view nearest);

template <typename Words>
std::string DidYouMean(std::string_view word, const Words& known) {
  return DidYouMean(NearestOf(word, known));
}

}  // namespace tidegate::text

#endif  // TIDEGATE_TEXT_TEXT_H_
