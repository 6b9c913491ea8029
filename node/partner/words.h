// Spoken codes: eight words of a list of 512, 72 bits, guarded besides by what Argon2id costs. Private to this room.
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
// What a person typed, as RandomCode would have written it: case, separators and endings do not count. InvalidArgument
// names the position of a word that is not in the list, never the word.
absl::StatusOr<std::string> ReadCode(std::string_view spoken);

}  // namespace tidegate::partner

#endif  // TIDEGATE_NODE_PARTNER_WORDS_H_
