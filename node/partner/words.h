// Spoken codes: eight words of a list of 512, that is 72 bits. Argon2id makes each guess costly. Private to this room.
#ifndef TIDEGATE_NODE_PARTNER_WORDS_H_
#define TIDEGATE_NODE_PARTNER_WORDS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tidegate::partner {

inline constexpr size_t kWordCount = 512;
inline constexpr size_t kCodeWords = 8;
// No two words of the list begin with the same four letters, so a misheard ending does no harm.
inline constexpr size_t kDistinctLetters = 4;

// Words separated by single spaces.
std::string RandomCode();
// Turns what a person typed into what RandomCode writes: case, separators and endings do not count. InvalidArgument for
// a word that is not in the list; the error names its position, never the word.
absl::StatusOr<std::string> ReadCode(std::string_view spoken);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_WORDS_H_
