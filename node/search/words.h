// Text as the words that are searched for, in any script. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_WORDS_H_
#define TIDEGATE_NODE_SEARCH_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::search {

// In their order, folded: case, width and marks on letters (`é`, `ё`, `ế`, vowel signs of Arabic) do not count. Words
// end where Unicode (UAX 29) and ICU's dictionaries end them; each ideograph and kana is a word of its own, so that a
// phrase of Chinese is found however it is cut.
std::vector<std::string> WordsOf(std::string_view text);

// Whether `phrase` stands in `words`, one after the other. `phrase` is not empty.
bool HasPhrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_WORDS_H_
