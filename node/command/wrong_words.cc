#include "node/command/wrong_words.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

// "tidegate partner confirm".
std::string PathOf(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : absl::StrCat(PathOf(*app.get_parent()), " ", app.get_name());
}

// The innermost verb that the words reached.
const CLI::App& Reached(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : Reached(*chosen.back());
}

std::string AboutOption(const CLI::App& verb, std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::App* at = &verb; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& one : option->get_lnames()) known.push_back(absl::StrCat("--", one));
    }
  }
  return absl::StrCat("`", PathOf(verb), "` has no option `", text::Line(name), "`", text::DidYouMean(name, known));
}

std::string AboutVerb(const CLI::App& group, std::string_view word) {
  std::vector<std::string> known;
  for (const CLI::App* verb : group.get_subcommands({})) known.push_back(verb->get_name());
  return absl::StrCat("`", PathOf(group), "` has no verb `", text::Line(word), "`", text::DidYouMean(word, known));
}

std::string AboutArgument(const CLI::App& verb, std::string_view word) {
  return absl::StrCat("`", PathOf(verb), "` takes no further argument: `", text::Line(word), "`");
}

}  // namespace

CLI::Validator OneOf(std::vector<std::string> words) {
  const std::string known = absl::StrJoin(words, ",");
  const auto check = [words = std::move(words)](std::string& word) -> std::string {
    if (std::find(words.begin(), words.end(), word) != words.end()) return "";
    return absl::StrCat("`", text::Line(word), "` is none of ", absl::StrJoin(words, ", "),
                        text::DidYouMean(word, words));
  };
  return CLI::Validator(check, absl::StrCat("{", known, "}"), "one of");
}

std::string WhereHelpIs(const CLI::App& app) {
  return absl::StrCat("`", PathOf(Reached(app)), " --help` shows what there is");
}

std::string AboutWrongVerb(const CLI::App& app) {
  const CLI::App& reached = Reached(app);
  const std::vector<std::string> left = app.remaining(true);
  if (left.empty() || absl::StartsWith(left.front(), "-") || reached.get_subcommands({}).empty()) return "";
  return absl::StrCat(AboutVerb(reached, left.front()), "; ", WhereHelpIs(app));
}

std::string AboutWrongWord(const CLI::App& app) {
  const CLI::App& reached = Reached(app);
  const std::string help = absl::StrCat("; ", WhereHelpIs(app));
  const bool is_group = !reached.get_subcommands({}).empty();
  const std::vector<std::string> left = app.remaining(true);
  if (left.empty()) {
    return is_group ? absl::StrCat("`", PathOf(reached), "` needs a verb", help) : std::string();
  }
  const std::string& word = left.front();
  if (absl::StartsWith(word, "-")) return AboutOption(reached, word) + help;
  return (is_group ? AboutVerb(reached, word) : AboutArgument(reached, word)) + help;
}

}  // namespace tidegate::command
