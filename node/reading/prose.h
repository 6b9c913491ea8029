// A narrative in the form in which it is compared with withheld values (policy/POLICY.md, "Narratives"). Private to the
// room.
#ifndef TIDEGATE_NODE_READING_PROSE_H_
#define TIDEGATE_NODE_READING_PROSE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/record/record.h"

namespace tidegate::reading {

class Prose {
 public:
  explicit Prose(std::string_view text);

  // Letters and digits of ASCII without regard to case; every other byte below 0x80 parts words, any above is a letter.
  // Both find whole values only: never the beginning, the end or the middle of a longer word.
  //
  // True if the words of `value` stand side by side. False for a value of fewer than four letters: it would be found by
  // chance.
  bool ContainsWords(std::string_view value) const;
  // True if the letters of `value` stand there, with any separators in either text. False for a value of fewer than six
  // letters. A number of more than nine digits is found by its last nine, with any digits before them, because a
  // telephone number may be written without its country's prefix. A letter right before those digits makes it the end
  // of a longer word.
  bool ContainsIdentifier(std::string_view value) const;

 private:
  std::string words_;        // " the red lion "
  std::string compact_;      // "theredlion"
  std::vector<bool> edges_;  // by place in compact_, and one more at its end: a word begins or ends there
};

// The parts of a narrative that can be read at a rung: each coarser rung drops one.
Prose ProseOf(const record::Value& value, int8_t rung);

// Whether the prose says of the value what its rung (policy::kWithheld: all of it) keeps back.
bool Says(const Prose& prose, const record::Value& value, int8_t rung);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_PROSE_H_
