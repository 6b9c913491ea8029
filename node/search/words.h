// Cuts a text in any script into the words by which it is found. Private to the room.
#ifndef TIDEGATE_NODE_SEARCH_WORDS_H_
#define TIDEGATE_NODE_SEARCH_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::search {

// The words of a text, in their order. They are folded: texts that differ in case, width or marks on letters (`é`, `ё`,
// `ế`, vowel signs of Arabic) have the same words. Unicode (UAX 29) and ICU's dictionaries say where a word ends. Each
// ideograph and each kana is a word, so a Chinese phrase is found wherever a dictionary would cut it.
std::vector<std::string> WordsOf(std::string_view text);

// Whether `phrase` stands in `words`, one after the other. `phrase` is not empty.
bool HasPhrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase);

}  // namespace tidegate::search

#endif  // TIDEGATE_NODE_SEARCH_WORDS_H_
