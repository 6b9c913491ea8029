#include "node/command/command.h"

#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "node/command/pager.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/stream.h"
#include "node/command/wrong_words.h"
#include "node/record/value/value.h"

namespace tidegate::command {
namespace {

// Verbs whose output may be longer than a screen, and that neither ask nor follow.
constexpr std::array<std::array<const char*, 2>, 15> kLong = {{{"find"},
                                                               {"show"},
                                                               {"history"},
                                                               {"holders"},
                                                               {"audit", "list"},
                                                               {"audit", "left"},
                                                               {"audit", "show"},
                                                               {"imports", "list"},
                                                               {"policy", "show"},
                                                               {"policy", "explain"},
                                                               {"policy", "matrix"},
                                                               {"policy", "diff"},
                                                               {"policy", "history"},
                                                               {"fields"},
                                                               {"codes"}}};

void AddVerbs(CLI::App& app, Session& session) {
  AddNode(app, session);
  AddPartner(app, session);
  AddCircle(app, session);
  AddImport(app, session);
  AddImports(app, session);
  AddInbox(app, session);
  AddMapping(app, session);
  AddAuthoring(app, session);
  AddAttach(app, session);
  AddFinding(app, session);
  AddReading(app, session);
  AddRecall(app, session);
  AddPolicy(app, session);
  AddAudit(app, session);
  AddStatus(app, session);
  AddHold(app, session);
  AddUsers(app, session);
  AddCatalogue(app, session);
  AddManual(app, session);
  for (const auto& [verb, below] : kLong) {
    CLI::App* at = app.get_subcommand(verb);
    if (below != nullptr) at = at->get_subcommand(below);
    at->add_flag("--no-pager", session.no_pager, "On a terminal, print all at once instead of page by page");
  }
}

bool IsLong(const CLI::App& app) {
  return std::any_of(kLong.begin(), kLong.end(), [&app](const auto& words) {
    const CLI::App* at = &app;
    for (const char* word : words) {
      if (word != nullptr && !at->got_subcommand(word)) return false;
      if (word != nullptr) at = at->get_subcommand(word);
    }
    return true;
  });
}

// Where the first word stands that is no option: the verb.
size_t FirstVerb(const std::vector<std::string>& words) {
  size_t at = 0;
  while (at < words.size() && absl::StartsWith(words[at], "-")) {
    at += words[at] == "--node" || words[at] == "--session" ? 2 : 1;
  }
  return at;
}

// `help VERB` is what people type who do not know `VERB --help`.
void TakeHelpAsAVerb(std::vector<std::string>& words) {
  const size_t at = FirstVerb(words);
  if (at >= words.size() || words[at] != "help") return;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  words.emplace_back("--help");
}

// `--session FILE` is said of a whole command, and people write it where they write the verb's options.
void TakeSessionFirst(std::vector<std::string>& words) {
  for (size_t i = FirstVerb(words); i < words.size(); ++i) {
    const size_t taken = words[i] == "--session" && i + 1 < words.size() ? 2 : absl::StartsWith(words[i], "--session=");
    if (taken == 0) continue;
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    std::rotate(words.begin(), at, at + static_cast<std::ptrdiff_t>(taken));
    return;
  }
}

// A query may begin with `-`, which CLI11 would take for an option. Behind `--`, at the end, it cannot.
void TakeQueries(std::vector<std::string>& words) {
  const size_t at = FirstVerb(words);
  if (at + 1 >= words.size()) return;
  for (size_t i = at + 1; i + 1 < words.size(); ++i) {
    if (words[i] != "--query") continue;
    words[i] = absl::StrCat("--query=", words[i + 1]);
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  const bool saves = words[at] == "search" && words[at + 1] == "save";
  const bool lists = words[at] == "audit" && words[at + 1] == "list";
  if (words[at] != "find" && !saves && !lists) return;
  const auto is_query = [](const std::string& word) {
    return word.size() > 1 && word[0] == '-' && word[1] != '-' && word != "-h";
  };
  const auto begins = words.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  const auto query = std::find_if(begins, words.end(), is_query);
  if (query == words.end() || std::find(begins, query, "--") != query) return;
  std::string text = std::move(*query);
  words.erase(query);
  words.emplace_back("--");
  words.push_back(std::move(text));
}

// Answers what CLI11 says by an exception: help, the version, or that the words are wrong.
int Answer(const CLI::App& app, const CLI::ParseError& error, bool json) {
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  // Before the help of a group: `partner confrim --help` asks about a verb that there is not.
  const std::string wrong = code == CLI::ExitCodes::Success ? AboutWrongVerb(app)
                            : code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError
                                ? AboutWrongWord(app)
                                : std::string();
  if (wrong.empty() && code == CLI::ExitCodes::Success) {
    std::ostringstream page;
    app.exit(error, page, std::cerr);
    PrintHelp(page.str());
    return kSuccess;
  }
  PrintError(wrong.empty() ? absl::StrCat(error.what(), "; ", WhereHelpIs(app)) : wrong, kUsage, json);
  return kUsage;
}

int RunVerb(int argc, char** argv, ShownStream& out, Pager& pager) {
  google::protobuf::SetLogHandler(nullptr);  // else a partner's malformed messages could fill a node's log
  CLI::App app{"Tidegate: share intelligence against human trafficking, field by field, signed, and recallable."};
  app.name("tidegate");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  tidegate --node ~/lantern init --organisation lantern --sector ngo --country GB --listen 0.0.0.0:7443 "
      "--advertise node.lantern.example:7443\n"
      "  tidegate --node ~/lantern serve\n"
      "  tidegate --node ~/lantern import --format report notes/*.md\n"
      "  tidegate --node ~/lantern show ID --as northbank --reason \"case 12\"\n"
      "`tidegate VERB --help` explains each verb, and so does `tidegate help VERB`.");
  Session session;
  app.add_option("--node", session.node_directory, "The node's folder")->envname("TIDEGATE_NODE");
  app.add_option("--session", session.session_file, "Where the session of your login is kept")
      ->envname("TIDEGATE_SESSION");
  app.set_version_flag("--version", TIDEGATE_VERSION, "Print the version and exit");
  AddVerbs(app, session);
  out.BeforeTheFirst([&] {
    if (IsLong(app) && !session.no_pager) pager.Start();
  });

  std::vector<std::string> words(argv + 1, argv + argc);
  const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
  for (size_t i = 0; i < words.size(); ++i) {
    if (value::IsCleanText(words[i])) continue;
    PrintError(absl::StrCat("argument ", i + 1, " is not UTF-8 text, or it has control characters"), kUsage, json);
    return kUsage;
  }
  TakeHelpAsAVerb(words);
  TakeSessionFirst(words);
  TakeQueries(words);
  std::reverse(words.begin(), words.end());  // as CLI11 wants a vector
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return Answer(app, error, json);
  }
  return session.exit_code;
}

bool AsksForJson(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
}

}  // namespace

int Run(int argc, char** argv) {
  FillClosedStreams();
  Pager pager;
  ShownStream out(std::cout, MayColour(STDOUT_FILENO));
  const ShownStream err(std::cerr, MayColour(STDERR_FILENO));
  const int code = RunVerb(argc, argv, out, pager);
  std::cout.flush();
  if (std::cout || pager.started()) return code;
  // The reader of the output would take a part of it for the whole.
  PrintError("standard output is full or closed; not all of the output was written", kRefused, AsksForJson(argc, argv));
  return code == kSuccess ? kRefused : code;
}

}  // namespace tidegate::command
