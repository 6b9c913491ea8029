// The names that people give their columns, in several languages.
#ifndef TIDEGATE_NODE_INTAKE_SUGGEST_WORDS_H_
#define TIDEGATE_NODE_INTAKE_SUGGEST_WORDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::intake {

// The words of a column's name, in lower case: `DateSeen (UK)` is `date`, `seen`, `uk`.
std::vector<std::string> WordsOf(std::string_view name);

// How well a column's name names a thing that is called `thing` (a field, a part of a place, a word of the handling):
// 100 it is the name, 90 people call it so, 60 the name says more than that, 30 it says less. 0: not at all.
int NameScore(const std::vector<std::string>& name, std::string_view thing);

// True if the name speaks of who told us, so that it does not speak of the record's subject.
bool SpeaksOfInformant(const std::vector<std::string>& name);

// True for words by which people say that they looked and do not know.
bool MeansUnknown(std::string_view text);
// 1 for `yes`, `y`, `ja`, ...; 0 for `no`, `n`, ...; -1 for anything else.
int MeansYes(std::string_view text);

// True for what stands at the beginning of a row of sums.
bool MeansTotal(std::string_view text);

// True if a letter of any script stands in it.
bool HasLetters(std::string_view text);

}  // namespace tidegate::intake

#endif  // TIDEGATE_NODE_INTAKE_SUGGEST_WORDS_H_
