// words: text as the words that are searched for, in any script.
//   Takes    text in UTF-8 that anybody wrote
//   Gives    its words, folded; the edition of the rules that cut them
//   May call ICU
//   Never    fail: bytes that are no text have few words or none
//   Threads  any
//   Spec     node/search/QUERY.md, "Values"
#ifndef TIDEGATE_TEXT_WORDS_WORDS_H_
#define TIDEGATE_TEXT_WORDS_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::words {

// The words of a text, in their order. They are folded: case, width and marks on letters (`é`, `ё`, `ế`, vowel signs of
// Arabic) do not count. Unicode (UAX 29) and ICU's dictionaries say where a word ends. Each ideograph and each kana is
// a word of its own. So a phrase of Chinese is found, whichever way it is cut into words.
std::vector<std::string> WordsOf(std::string_view text);

// Whether the words of `phrase` stand in `words`, one after the other. `phrase` is not empty.
bool HasPhrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase);

// The versions of ICU and Unicode. Another edition may cut and fold the same text otherwise.
std::string Edition();

}  // namespace tidegate::words

#endif  // TIDEGATE_TEXT_WORDS_WORDS_H_
