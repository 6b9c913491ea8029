// completion, manual, help, version: what the program says of itself. No node need serve.
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "node/command/session.h"
#include "node/command/verbs.h"
#include "node/command/wrong_words.h"

namespace tidegate::command {
namespace {

Shell ShellOf(std::string_view name) {
  return name == "zsh" ? Shell::kZsh : name == "fish" ? Shell::kFish : Shell::kBash;
}

}  // namespace

void AddManual(CLI::App& app, Session&) {
  auto shell = std::make_shared<std::string>();
  CLI::App* completion = app.add_subcommand("completion", "Print what makes a shell complete verbs and options");
  completion->add_option("SHELL", *shell, "Your shell")->required()->check(OneOf({"bash", "zsh", "fish"}));
  completion->footer(
      "Examples:\n"
      "  source <(tidegate completion bash)        # in ~/.bashrc; zsh likewise, in ~/.zshrc after compinit\n"
      "  tidegate completion fish | source         # in ~/.config/fish/config.fish");
  completion->callback([&app, shell] { std::cout << CompletionFor(VerbsOf(app), ShellOf(*shell)); });

  CLI::App* manual = app.add_subcommand("manual", "Print the manual page, which says what every --help says");
  manual->footer("Example:\n  tidegate manual | man -l -");
  manual->callback([&app] { std::cout << ManualPage(VerbsOf(app), TIDEGATE_VERSION); });

  // command.cc turns `help VERB` into `VERB --help`; here it is for people who read the list.
  CLI::App* help = app.add_subcommand("help", "Explain a verb: the same as VERB --help");
  help->add_option("VERB", *shell, "The verb");
  help->footer("Example:\n  tidegate help partner confirm");

  CLI::App* version = app.add_subcommand("version", "Print the version of this program");
  version->footer("Example:\n  tidegate version");
  version->callback([] { std::cout << TIDEGATE_VERSION << "\n"; });
}

}  // namespace tidegate::command
