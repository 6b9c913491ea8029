// The command line as data: the verbs, options and arguments of the same tree that --help prints. Completion and the
// manual are made from it, so that they name exactly what exists.
#ifndef TIDEGATE_NODE_COMMAND_VERBS_H_
#define TIDEGATE_NODE_COMMAND_VERBS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace tidegate::command {

// An option or a flag.
struct OptionEntry {
  std::vector<std::string> names;  // `--help`, `-h`
  bool takes_value = false;
  std::vector<std::string> words;  // its possible values if there are few; otherwise empty
  bool is_file = false;            // its value names a file or a folder
  bool is_query = false;           // its value is a query about records
  bool required = false;
  std::string about;
};

// An argument without an option's name: `FILE`.
struct ArgumentEntry {
  std::string name;
  std::vector<std::string> words;
  bool is_file = false;
  bool is_query = false;
  bool required = false;
  bool repeated = false;
  std::string about;
};

struct VerbEntry {
  std::vector<std::string> path;  // `partner`, `confirm`; empty for the program itself
  std::string about;
  std::string footer;  // remarks and examples
  std::vector<OptionEntry> options;
  std::vector<ArgumentEntry> arguments;
  std::vector<VerbEntry> verbs;  // below it
};

VerbEntry VerbsOf(const CLI::App& program);

// "partner confirm".
std::string PathOf(const VerbEntry& verb);
// `verb` and all below it, each group before its members.
std::vector<const VerbEntry*> All(const VerbEntry& verb);

enum class Shell { kBash, kZsh, kFish };
// The script by which a shell completes the words of `tidegate`.
std::string CompletionFor(const VerbEntry& program, Shell shell);

// The manual page tidegate(1), for man.
std::string ManualPage(const VerbEntry& program, const std::string& version);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_VERBS_H_
