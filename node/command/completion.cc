// Scripts that complete the words of `tidegate`, one for each shell.
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "node/command/verbs.h"
#include "node/search/search.h"

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

bool TakesQuery(const VerbEntry& verb) {
  for (const ArgumentEntry& argument : verb.arguments) {
    if (argument.is_query) return true;
  }
  return false;
}

// `kind: exploitation: ...`, what a condition may begin with.
std::string FieldsOfQueries() {
  return absl::StrJoin(search::Offers(), " ",
                       [](std::string* out, const search::Offer& one) { absl::StrAppend(out, one.field, ":"); });
}
std::string FieldsInKinds() {
  return absl::StrJoin(search::OffersInKinds(), " ",
                       [](std::string* out, const std::string& name) { absl::StrAppend(out, name, ":"); });
}

// Branches of a `case` about a field, in bash, zsh and fish: `kind) SETvaluesEND ;;`.
std::string ValuesOfFields(const char* begin, const char* set, const char* end) {
  std::string text;
  for (const search::Offer& one : search::Offers()) {
    if (one.values.empty()) continue;
    absl::StrAppend(&text, begin, one.field, set, absl::StrJoin(one.values, " "), end, "\n");
  }
  return text;
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

// Completes one condition of a query: what stands before it stays as it is typed. bash parts words at a colon that is
// not quoted; then only what follows the last colon is to be given back.
std::string BashQueries() {
  return absl::StrCat(
      "_tidegate_query() {\n"
      "  local typed=$1 parted=$2 last kept words= before=${#COMPREPLY[@]}\n"
      "  last=${typed##*[[:blank:](]}\n"
      "  while [ \"${last#-}\" != \"$last\" ]; do last=${last#-}; done\n"
      "  kept=${typed%\"$last\"}\n"
      "  case \"$last\" in\n"
      "  *:*) case \"${last%%:*}\" in\n",
      ValuesOfFields("    ", ") words=\"", "\" ;;"),
      "    esac\n"
      "    kept=$kept${last%%:*}: last=${last#*:} ;;\n"
      "  *.*) words=\"",
      FieldsInKinds(), "\" ;;\n  *) words=\"", FieldsOfQueries(),
      "\" ;;\n"
      "  esac\n"
      "  [ -n \"$parted\" ] && kept=${kept##*:}\n"
      "  mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -P \"$kept\" -W \"$words\" -- \"$last\")\n"
      "  # bash would end a quoted word behind the one field that is left, so its values are offered with it.\n"
      "  if [ -z \"$parted\" ] && [ ${#COMPREPLY[@]} = 1 ] && [ \"${COMPREPLY[0]%:}\" != \"${COMPREPLY[0]}\" ]; then\n"
      "    words=${COMPREPLY[0]} COMPREPLY=()\n"
      "    _tidegate_query \"$words\"\n"
      "    [ ${#COMPREPLY[@]} = 0 ] && COMPREPLY=(\"$words\")\n"
      "  fi\n"
      "  # A condition may go on; an option that is offered too ends with a space.\n"
      "  [ \"$before\" = 0 ] && [ ${#COMPREPLY[@]} != 0 ] && compopt -o nospace 2>/dev/null\n"
      "}\n");
}

std::string Bash(const VerbEntry& program) {
  std::string text = absl::StrCat(
      "# Completes the words of tidegate in bash: source <(tidegate completion bash)\n", BashQueries(),
      "_tidegate() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} typed parted= first=$COMP_CWORD before at= words= files= query= i\n"
      "  # bash parts `kind:alert` at the colon.\n"
      "  typed=$word\n"
      "  while [ $first -gt 1 ] && { [ \"${COMP_WORDS[first]}\" = : ] || [ \"${COMP_WORDS[first-1]}\" = : ]; }; do\n"
      "    typed=${COMP_WORDS[first-1]}$typed parted=1\n"
      "    first=$((first - 1))\n"
      "  done\n"
      "  typed=${typed#[\\\"\\']}\n"
      "  before=${COMP_WORDS[first-1]}\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${at:+$at }${COMP_WORDS[i]}\" in\n");
  absl::StrAppend(&text, FollowPath(program),
                  "    esac\n"
                  "  done\n"
                  "  # bash parts `--format=csv` at the sign.\n"
                  "  [ \"$word\" = = ] && word=\n"
                  "  [ \"$before\" = = ] && before=${COMP_WORDS[first-2]}\n"
                  "  case \"$at:$before\" in\n");
  for (const VerbEntry* verb : All(program)) {
    for (const OptionEntry& option : verb->options) {
      if (!option.takes_value) continue;
      absl::StrAppend(&text, "    ", OptionPattern(*verb, option), ") words=\"", absl::StrJoin(option.words, " "), "\"",
                      option.is_file ? " files=1" : "", option.is_query ? " query=1" : "", " ;;\n");
    }
  }
  absl::StrAppend(&text, "    *) case \"$at\" in\n");
  for (const VerbEntry* verb : All(program)) {
    absl::StrAppend(&text, "      \"", PathOf(*verb), "\") words=\"", absl::StrJoin(NextWords(*verb), " "), "\"",
                    TakesFiles(*verb) ? " files=1" : "", TakesQuery(*verb) ? " query=1" : "", " ;;\n");
  }
  absl::StrAppend(&text,
                  "    esac ;;\n"
                  "  esac\n"
                  "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                  "  [ -n \"$query\" ] && _tidegate_query \"$typed\" \"$parted\"\n"
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

// The same in zsh, which hands over a quoted word without its quote.
std::string ZshQueries() {
  return absl::StrCat(
      "_tidegate_query() {\n"
      "  local -a values\n"
      "  compset -P '*[ (]'\n"
      "  compset -P '-'\n"
      "  case \"$PREFIX\" in\n"
      "  *:*) case \"${PREFIX%%:*}\" in\n",
      ValuesOfFields("    ", ") values=(", ") ;;"),
      "    esac\n"
      "    compset -P '*:'\n"
      "    compadd -a values ;;\n"
      "  *.*) compadd -S '' -- ",
      FieldsInKinds(), " ;;\n  *) compadd -S '' -- ", FieldsOfQueries(),
      " ;;\n"
      "  esac\n"
      "}\n");
}

std::string Zsh(const VerbEntry& program) {
  std::string text = absl::StrCat(
      "#compdef tidegate\n"
      "# Completes the words of tidegate in zsh: source <(tidegate completion zsh), or as _tidegate in a folder of "
      "fpath.\n",
      ZshQueries(),
      "_tidegate() {\n"
      "  local at= word\n"
      "  local -a verbs options\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    case \"${at:+$at }$word\" in\n");
  absl::StrAppend(&text, FollowPath(program),
                  "    esac\n"
                  "  done\n"
                  "  case \"$at:${words[CURRENT-1]}\" in\n");
  for (const VerbEntry* verb : All(program)) {
    for (const OptionEntry& option : verb->options) {
      if (!option.takes_value) continue;
      const std::string how = option.is_file    ? "_files"
                              : option.is_query ? "_tidegate_query"
                                                : absl::StrCat("compadd -- ", absl::StrJoin(option.words, " "));
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
    absl::StrAppend(&text, TakesFiles(*verb) ? "      _files\n" : "",
                    TakesQuery(*verb) ? "      _tidegate_query\n" : "", "      ;;\n");
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
  if (option.is_query) absl::StrAppend(&text, " -a '(__tidegate_query)'");
  return absl::StrCat(text, " -d ", FishQuoted(option.about), "\n");
}

// The same in fish: each line is the whole word, so what stands before the condition is told with it.
std::string FishQueries() {
  return absl::StrCat(
      "function __tidegate_query\n"
      "  set -l typed (string replace -r '^[\"\\']' '' -- (commandline -ct))\n"
      "  set -l last (string replace -r '^.*[ (]' '' -- $typed | string replace -r '^-+' '')\n"
      "  set -l kept (string sub -l (math (string length -- \"$typed\") - (string length -- \"$last\")) -- "
      "\"$typed\")\n"
      "  set -l values\n"
      "  if string match -q '*:*' -- $last\n"
      "    set -l field (string split -m 1 : -- $last)[1]\n"
      "    switch $field\n",
      ValuesOfFields("      case ", "\n        set values ", ""),
      "    end\n"
      "    for value in $values\n"
      "      echo $kept$field:$value\n"
      "    end\n"
      "  else if string match -q '*.*' -- $last\n"
      "    for name in ",
      FieldsInKinds(), "\n      echo $kept$name\n    end\n  else\n    for name in ", FieldsOfQueries(),
      "\n      echo $kept$name\n    end\n"
      "  end\n"
      "end\n");
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
                  "complete -c tidegate -f\n",
                  FishQueries());
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
    if (TakesQuery(*verb)) absl::StrAppend(&text, when, " -a '(__tidegate_query)'\n");
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
