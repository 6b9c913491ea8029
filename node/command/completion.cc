// Scripts that complete the words of `tidegate`, one for each shell.
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "node/command/verbs.h"

namespace tidegate::command {
namespace {

std::vector<std::string> OptionNames(const VerbEntry& verb) {
  std::vector<std::string> names;
  for (const OptionEntry& option : verb.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// The words that may come next: verbs, words of arguments, options.
std::vector<std::string> NextWords(const VerbEntry& verb) {
  std::vector<std::string> words;
  for (const VerbEntry& below : verb.verbs) words.push_back(below.path.back());
  for (const ArgumentEntry& argument : verb.arguments) {
    words.insert(words.end(), argument.words.begin(), argument.words.end());
  }
  for (std::string& name : OptionNames(verb)) words.push_back(std::move(name));
  return words;
}

bool TakesFiles(const VerbEntry& verb) {
  for (const ArgumentEntry& argument : verb.arguments) {
    if (argument.is_file) return true;
  }
  return false;
}

// "partner confirm:--sector|partner confirm:-s": what a shell's `case` asks about the option before the cursor.
std::string OptionPattern(const VerbEntry& verb, const OptionEntry& option) {
  return absl::StrJoin(option.names, "|", [&](std::string* out, const std::string& name) {
    absl::StrAppend(out, "\"", PathOf(verb), ":", name, "\"");
  });
}

// Lines of a `case` that follow the verbs typed so far, in bash as in zsh.
std::string FollowPath(const VerbEntry& program) {
  std::string text;
  for (const VerbEntry* verb : All(program)) {
    if (!verb->path.empty()) absl::StrAppend(&text, "      \"", PathOf(*verb), "\") at=\"", PathOf(*verb), "\" ;;\n");
  }
  return text;
}

std::string Bash(const VerbEntry& program) {
  std::string text =
      "# Completes the words of tidegate in bash: source <(tidegate completion bash)\n"
      "_tidegate() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at= words= files= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${at:+$at }${COMP_WORDS[i]}\" in\n";
  absl::StrAppend(&text, FollowPath(program),
                  "    esac\n"
                  "  done\n"
                  "  # bash parts `--format=csv` at the sign.\n"
                  "  [ \"$word\" = = ] && word=\n"
                  "  [ \"$before\" = = ] && before=${COMP_WORDS[COMP_CWORD-2]}\n"
                  "  case \"$at:$before\" in\n");
  for (const VerbEntry* verb : All(program)) {
    for (const OptionEntry& option : verb->options) {
      if (!option.takes_value) continue;
      absl::StrAppend(&text, "    ", OptionPattern(*verb, option), ") words=\"", absl::StrJoin(option.words, " "), "\"",
                      option.is_file ? " files=1" : "", " ;;\n");
    }
  }
  absl::StrAppend(&text, "    *) case \"$at\" in\n");
  for (const VerbEntry* verb : All(program)) {
    absl::StrAppend(&text, "      \"", PathOf(*verb), "\") words=\"", absl::StrJoin(NextWords(*verb), " "), "\"",
                    TakesFiles(*verb) ? " files=1" : "", " ;;\n");
  }
  absl::StrAppend(&text,
                  "    esac ;;\n"
                  "  esac\n"
                  "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                  "  if [ -n \"$files\" ] && [ \"${word#-}\" = \"$word\" ]; then\n"
                  "    compopt -o filenames 2>/dev/null\n"
                  "    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
                  "  fi\n"
                  "}\n"
                  "complete -F _tidegate tidegate\n");
  return text;
}

// In single quotes of zsh and of `_describe`, which parts a name from its meaning at a colon.
std::string Described(const std::string& name, const std::string& about) {
  const auto quoted = [](const std::string& part) { return absl::StrReplaceAll(part, {{"'", "'\\''"}}); };
  return absl::StrCat("'", absl::StrReplaceAll(quoted(name), {{":", "\\:"}}), ":", quoted(about), "'");
}

std::string Zsh(const VerbEntry& program) {
  std::string text =
      "#compdef tidegate\n"
      "# Completes the words of tidegate in zsh: source <(tidegate completion zsh), or as _tidegate in a folder of "
      "fpath.\n"
      "_tidegate() {\n"
      "  local at= word\n"
      "  local -a verbs options\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    case \"${at:+$at }$word\" in\n";
  absl::StrAppend(&text, FollowPath(program),
                  "    esac\n"
                  "  done\n"
                  "  case \"$at:${words[CURRENT-1]}\" in\n");
  for (const VerbEntry* verb : All(program)) {
    for (const OptionEntry& option : verb->options) {
      if (!option.takes_value) continue;
      const std::string how = option.is_file ? "_files" : absl::StrCat("compadd -- ", absl::StrJoin(option.words, " "));
      absl::StrAppend(&text, "    ", OptionPattern(*verb, option), ") ", how, "; return ;;\n");
    }
  }
  absl::StrAppend(&text, "  esac\n  case \"$at\" in\n");
  for (const VerbEntry* verb : All(program)) {
    absl::StrAppend(&text, "    \"", PathOf(*verb), "\")\n");
    for (const VerbEntry& below : verb->verbs) {
      absl::StrAppend(&text, "      verbs+=(", Described(below.path.back(), below.about), ")\n");
    }
    for (const ArgumentEntry& argument : verb->arguments) {
      for (const std::string& one : argument.words) {
        absl::StrAppend(&text, "      verbs+=(", Described(one, argument.about), ")\n");
      }
    }
    for (const OptionEntry& option : verb->options) {
      for (const std::string& name : option.names) {
        absl::StrAppend(&text, "      options+=(", Described(name, option.about), ")\n");
      }
    }
    absl::StrAppend(&text, TakesFiles(*verb) ? "      _files\n" : "", "      ;;\n");
  }
  absl::StrAppend(
      &text,
      "  esac\n"
      "  _describe -t verbs verb verbs\n"
      "  _describe -o -t options option options\n"
      "}\n"
      "if [ \"${funcstack[1]}\" = _tidegate ]; then _tidegate \"$@\"; else compdef _tidegate tidegate; fi\n");
  return text;
}

std::string FishQuoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

std::string FishOption(const std::string& when, const OptionEntry& option) {
  std::string text = when;
  for (const std::string& name : option.names) {
    const bool is_long = name.size() > 2;
    absl::StrAppend(&text, is_long ? " -l " : " -s ", name.substr(is_long ? 2 : 1));
  }
  if (option.takes_value) absl::StrAppend(&text, option.is_file ? " -r -F" : " -x");
  if (!option.words.empty()) absl::StrAppend(&text, " -a ", FishQuoted(absl::StrJoin(option.words, " ")));
  return absl::StrCat(text, " -d ", FishQuoted(option.about), "\n");
}

std::string Fish(const VerbEntry& program) {
  std::string text =
      "# Completes the words of tidegate in fish: tidegate completion fish | source\n"
      "set -g __tidegate_paths";
  for (const VerbEntry* verb : All(program)) {
    if (!verb->path.empty()) absl::StrAppend(&text, " ", FishQuoted(PathOf(*verb)));
  }
  absl::StrAppend(&text,
                  "\n"
                  "# Whether the verbs that were typed so far are these.\n"
                  "function __tidegate_at\n"
                  "  set -l at\n"
                  "  for word in (commandline -opc)\n"
                  "    contains -- (string join -- ' ' $at $word) $__tidegate_paths; and set -a at $word\n"
                  "  end\n"
                  "  test \"$at\" = \"$argv\"\n"
                  "end\n"
                  "complete -c tidegate -f\n");
  for (const VerbEntry* verb : All(program)) {
    const std::string when =
        absl::StrCat("complete -c tidegate -n ", FishQuoted(absl::StrCat("__tidegate_at \"", PathOf(*verb), "\"")));
    for (const VerbEntry& below : verb->verbs) {
      absl::StrAppend(&text, when, " -a ", below.path.back(), " -d ", FishQuoted(below.about), "\n");
    }
    for (const ArgumentEntry& argument : verb->arguments) {
      if (argument.words.empty()) continue;
      absl::StrAppend(&text, when, " -a ", FishQuoted(absl::StrJoin(argument.words, " ")), " -d ",
                      FishQuoted(argument.about), "\n");
    }
    if (TakesFiles(*verb)) absl::StrAppend(&text, when, " -F\n");
    for (const OptionEntry& option : verb->options) absl::StrAppend(&text, FishOption(when, option));
  }
  return text;
}

}  // namespace

std::string CompletionFor(const VerbEntry& program, Shell shell) {
  switch (shell) {
    case Shell::kBash:
      return Bash(program);
    case Shell::kZsh:
      return Zsh(program);
    case Shell::kFish:
      return Fish(program);
  }
  return "";
}

}  // namespace tidegate::command
