// What a narrative says, as it is compared with values that are withheld (policy/POLICY.md, "Narratives"). Private to
// the room.
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
  // The words of `value`, side by side. Never a value of fewer than four letters: those are found by chance.
  bool ContainsWords(std::string_view value) const;
  // The letters of `value`, however either is parted. Never one of fewer than six. A number of more than nine digits is
  // found by its last nine, whatever digits stand before them: a telephone number has a country's prefix or has not.
  // A letter right before those digits makes it the end of a longer word.
  bool ContainsIdentifier(std::string_view value) const;

 private:
  std::string words_;        // " the red lion "
  std::string compact_;      // "theredlion"
  std::vector<bool> edges_;  // by place in compact_, and one more at its end: a word begins or ends there
};

// What of a narrative is read at a rung: each coarser one drops a part.
Prose ProseOf(const record::Value& value, int8_t rung);

// Whether the prose says of the value what its rung (policy::kWithheld: all of it) keeps back.
bool Says(const Prose& prose, const record::Value& value, int8_t rung);

}  // namespace tidegate::reading

#endif  // TIDEGATE_NODE_READING_PROSE_H_
