// The answer to words that no verb takes.
#ifndef TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_
#define TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tidegate::command {

// The first word that `app` could not place, after a parse that failed: "no verb `sho`; did you mean `show`?", or the
// option or the further argument that the verb does not take. It says how to see what there is. Empty where every word
// had its place.
std::string AboutWrongWord(const CLI::App& app);
// The same for a verb that a group does not have, and for nothing else.
std::string AboutWrongVerb(const CLI::App& app);
// Takes these words alone; what is refused is told with the nearest of them.
CLI::Validator OneOf(std::vector<std::string> words);
// "`tidegate show --help` shows what there is".
std::string WhereHelpIs(const CLI::App& app);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_
