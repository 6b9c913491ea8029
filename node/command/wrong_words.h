// The answer to words that no verb takes.
#ifndef TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_
#define TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tidegate::command {

// After a parse that failed: says which word `app` does not know ("no verb `sho`; did you mean `show`?"), or which
// option or further argument the verb does not take, and how to see the right words. Empty if `app` knows every word.
std::string AboutWrongWord(const CLI::App& app);
// The same, but only for a verb that a group does not have.
std::string AboutWrongVerb(const CLI::App& app);
// Accepts these words alone. A refusal names the nearest of them.
CLI::Validator OneOf(std::vector<std::string> words);
// "`tidegate show --help` shows what there is".
std::string WhereHelpIs(const CLI::App& app);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_WRONG_WORDS_H_
