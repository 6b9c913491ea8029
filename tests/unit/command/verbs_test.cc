// Completion and the manual page: made of what --help prints, so each verb and option must stand in all of them.
#include "node/command/verbs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "node/command/command.h"
#include "tests/unit/store/fixture.h"

namespace tidegate::command {
namespace {

using testing::HasSubstr;

std::string PrintedByVerb(std::vector<std::string> words) {
  words.insert(words.begin(), "tidegate");
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  EXPECT_EQ(Run(static_cast<int>(argv.size()), argv.data()), 0) << absl::StrJoin(words, " ");
  return testing::internal::GetCapturedStdout();
}

struct Known {
  std::set<std::string> verbs;    // "partner confirm"
  std::set<std::string> options;  // "partner confirm --sector"
};

// Everything that --help names, read from what it prints.
void Read(const std::vector<std::string>& path, Known& known) {
  std::vector<std::string> words = path;
  words.emplace_back("--help");
  const std::string help = PrintedByVerb(words);
  const std::string at = absl::StrJoin(path, " ");
  static const std::regex kOption("\n  (?:-\\w,)?(--[a-z][-a-z]*)");
  for (std::sregex_iterator one(help.begin(), help.end(), kOption), end; one != end; ++one) {
    known.options.insert(at + " " + (*one)[1].str());
  }
  const size_t subcommands = help.find("\nSubcommands:\n");
  if (subcommands == std::string::npos) return;
  static const std::regex kVerb("\n  ([a-z]+) ");
  const std::string below = help.substr(subcommands);
  for (std::sregex_iterator one(below.begin(), below.end(), kVerb), end; one != end; ++one) {
    if ((*one)[1].str() == "tidegate") continue;  // an example
    std::vector<std::string> longer = path;
    longer.push_back((*one)[1].str());
    known.verbs.insert(absl::StrJoin(longer, " "));
    if (longer.back() == "help") continue;  // `help --help` is the help of the program
    Read(longer, known);
  }
}

const Known& Everything() {
  static const Known* const known = [] {
    auto* all = new Known;
    Read({}, *all);
    return all;
  }();
  return *known;
}

std::string Last(const std::string& words) { return words.substr(words.rfind(' ') + 1); }
std::string Before(const std::string& words) { return words.substr(0, words.rfind(' ')); }

TEST(VerbsTest, HelpNamesTheVerbsThatWeKnow) {
  EXPECT_GT(Everything().verbs.size(), 40u);
  EXPECT_GT(Everything().options.size(), 150u);
  for (const char* verb :
       {"init", "partner confirm", "policy rollback", "audit list", "completion", "manual", "help"}) {
    EXPECT_TRUE(Everything().verbs.contains(verb)) << verb;
  }
  EXPECT_TRUE(Everything().options.contains("partner confirm --sector"));
}

TEST(ManualTest, NamesEachVerbWithItsOptionsInItsOwnSection) {
  std::string page = absl::StrReplaceAll(PrintedByVerb({"manual"}), {{"\\-", "-"}});
  for (const std::string& verb : Everything().verbs)
    EXPECT_TRUE(absl::StrContains(page, "\n.SS " + verb + "\n")) << verb;
  for (const std::string& option : Everything().options) {
    const std::string verb = Before(option);
    const size_t begin = verb.empty() ? page.find(".SH OPTIONS\n") : page.find("\n.SS " + verb + "\n");
    ASSERT_NE(begin, std::string::npos) << option;
    const size_t end = page.find("\n.S", begin + 5);
    EXPECT_THAT(page.substr(begin, end - begin), HasSubstr("\\fB" + Last(option) + "\\fR")) << option;
  }
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS"));
}

// A line of a help text that begins with a dot or a quote would be a macro.
TEST(ManualTest, NoTextBecomesAMacro) {
  VerbEntry program;
  program.about = ".so /etc/passwd";
  program.footer = "'br\n.sy rm\n\\*x \"quoted\"";
  const std::string page = ManualPage(program, "1");
  EXPECT_THAT(page, HasSubstr("\n\\&.so /etc/passwd\n"));
  EXPECT_THAT(page, HasSubstr("\n\\(aqbr\n\\&.sy rm\n\\e*x \\(dqquoted\\(dq\n"));
}

// The words that bash offers after these; the last one is being typed.
std::set<std::string> Offered(const std::string& script, const std::vector<std::string>& words) {
  const std::string program = "source " + script + "; COMP_WORDS=(" + absl::StrJoin(words, " ") +
                              "); COMP_CWORD=" + std::to_string(words.size() - 1) +
                              "; _tidegate; printf '%s\\n' \"${COMPREPLY[@]}\"";
  const std::string command = "bash -c '" + absl::StrReplaceAll(program, {{"'", "'\\''"}}) + "' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::set<std::string> offered;
  std::array<char, 4096> line{};
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::string word = line.data();
    if (!word.empty() && word.back() == '\n') word.pop_back();
    offered.insert(word);
  }
  return offered;
}

TEST(CompletionTest, BashOffersEachVerbAndOptionInItsPlace) {
  const store::TemporaryFolder folder;
  const std::string script = folder.path() + "/completion";
  std::ofstream(script) << PrintedByVerb({"completion", "bash"});
  std::set<std::string> groups = {""};
  for (const std::string& verb : Everything().verbs) groups.insert(verb);
  for (const std::string& group : groups) {
    std::vector<std::string> words = {"tidegate", "--node", "x"};
    if (!group.empty()) words.push_back(group);  // of two words: the shell parts them
    words.emplace_back("\"\"");
    std::vector<std::string> apart = absl::StrSplit(absl::StrJoin(words, " "), ' ');
    const std::set<std::string> offered = Offered(script, apart);
    for (const std::string& verb : Everything().verbs) {
      const bool direct = verb.find(' ') == std::string::npos ? group.empty() : Before(verb) == group;
      if (direct) {
        EXPECT_TRUE(offered.contains(Last(verb))) << group << ": " << verb;
      }
    }
    for (const std::string& option : Everything().options) {
      if (Before(option) == group) {
        EXPECT_TRUE(offered.contains(Last(option))) << option;
      }
    }
  }
}

TEST(CompletionTest, BashOffersTheValuesOfAClosedListAndFilesWhereAFileIsNamed) {
  const store::TemporaryFolder folder;
  const std::string script = folder.path() + "/completion";
  std::ofstream(script) << PrintedByVerb({"completion", "bash"});
  EXPECT_EQ(Offered(script, {"tidegate", "import", "--format", "\"\""}),
            (std::set<std::string>{"csv", "report", "stix"}));
  EXPECT_EQ(Offered(script, {"tidegate", "sighting", "ID", "--outcome", "a"}), (std::set<std::string>{"acted-on"}));
  EXPECT_EQ(Offered(script, {"tidegate", "completion", "z"}), (std::set<std::string>{"zsh"}));
  EXPECT_EQ(Offered(script, {"tidegate", "import", "--mapping", folder.path() + "/com"}),
            (std::set<std::string>{script}));
  EXPECT_EQ(Offered(script, {"tidegate", "partner", "conf"}), (std::set<std::string>{"confirm"}));
}

// The condition that is being typed is completed, and what stands before it in the query stays.
TEST(CompletionTest, BashOffersFieldsAndCodesOfAQuery) {
  const store::TemporaryFolder folder;
  const std::string script = folder.path() + "/completion";
  std::ofstream(script) << PrintedByVerb({"completion", "bash"});
  const auto offered = [&](const std::vector<std::string>& words) { return Offered(script, words); };
  using Words = std::set<std::string>;
  const Words all = offered({"tidegate", "find", "\"\""});
  for (const char* word : {"kind:", "seen:", "phone:", "near:", "is:", "--count"})
    EXPECT_TRUE(all.contains(word)) << word;
  EXPECT_EQ(offered({"tidegate", "find", "iban"}), (Words{"iban:"}));
  EXPECT_EQ(offered({"tidegate", "find", "contr"}).count("control:debt-bondage"), 1u)
      << "one field is left, so its values come with it";
  // As bash parts the words: at a colon, unless it is quoted.
  EXPECT_EQ(offered({"tidegate", "find", "kind", ":", "al"}), (Words{"alert"}));
  EXPECT_EQ(offered({"tidegate", "find", "\"'kind:al\""}), (Words{"kind:alert"}));
  EXPECT_EQ(offered({"tidegate", "find", "\"'kind:alert -(tlp:AMBER+\""}), (Words{"kind:alert -(tlp:AMBER+STRICT"}));
  EXPECT_EQ(offered({"tidegate", "find", "\"'car -region\""}), (Words{"car -region:"}));
  EXPECT_EQ(offered({"tidegate", "find", "report.titl"}), (Words{"report.title:"}));
  EXPECT_EQ(offered({"tidegate", "find", "is", ":", "rec"}), (Words{"recalled", "received"}));
  EXPECT_EQ(offered({"tidegate", "search", "save", "washes", "exploitation", ":", "labour.care"}),
            (Words{"labour.care"}));
  for (const char* verb : {"amend", "tag", "recall"}) {
    EXPECT_EQ(offered({"tidegate", verb, "--query", "country", ":", "GB"}), (Words{"GB"})) << verb;
    EXPECT_EQ(offered({"tidegate", verb, "--query", "=", "country", ":", "GB"}), (Words{"GB"})) << verb;
  }
  EXPECT_FALSE(offered({"tidegate", "audit", "list", "\"\""}).contains("kind:")) << "its queries are of the register";
  EXPECT_EQ(offered({"tidegate", "find", "--lim"}), (Words{"--limit"}));
}

TEST(CompletionTest, TheOtherShellsHaveTheFieldsAndCodesOfAQuery) {
  const std::string zsh = PrintedByVerb({"completion", "zsh"}), fish = PrintedByVerb({"completion", "fish"});
  for (const std::string* script : {&zsh, &fish}) {
    for (const char* word : {" kind: ", " phone: ", "report.title: ", "labour.care", "own received new"}) {
      EXPECT_TRUE(absl::StrContains(*script, word)) << word;
    }
  }
  EXPECT_TRUE(absl::StrContains(zsh, "\"tag:--query\") _tidegate_query"));
  EXPECT_TRUE(absl::StrContains(fish, "'__tidegate_at \"find\"' -a '(__tidegate_query)'"));
}

TEST(CompletionTest, TheOtherShellsNameEachVerbAndOption) {
  const std::string zsh = PrintedByVerb({"completion", "zsh"}), fish = PrintedByVerb({"completion", "fish"});
  for (const std::string& verb : Everything().verbs) {
    EXPECT_TRUE(absl::StrContains(zsh, "verbs+=('" + Last(verb) + ":")) << "zsh: " << verb;
    EXPECT_TRUE(absl::StrContains(fish, " -a " + Last(verb) + " -d ")) << "fish: " << verb;
    EXPECT_TRUE(absl::StrContains(fish, "'" + verb + "'")) << "fish: " << verb;
  }
  for (const std::string& option : Everything().options) {
    // In the branch of its own verb: what follows is offered after these words alone.
    const size_t branch = zsh.find("\n    \"" + Before(option) + "\")\n");
    ASSERT_NE(branch, std::string::npos) << "zsh: " << option;
    EXPECT_TRUE(
        absl::StrContains(zsh.substr(branch, zsh.find(";;\n", branch) - branch), "options+=('" + Last(option) + ":"))
        << "zsh: " << option;
    EXPECT_TRUE(absl::StrContains(fish, "__tidegate_at \"" + Before(option) + "\"' -l " + Last(option).substr(2)))
        << "fish: " << option;
  }
  EXPECT_THAT(zsh, HasSubstr("\"sighting:--outcome\") compadd -- acted-on known no-trace; return ;;"));
  EXPECT_THAT(fish, HasSubstr("-l outcome -x -a 'acted-on known no-trace'"));
  EXPECT_THAT(zsh, HasSubstr("\"import:--mapping\") _files; return ;;"));
  EXPECT_THAT(fish, HasSubstr("__tidegate_at \"import\"' -l mapping -r -F"));
}

}  // namespace
}  // namespace tidegate::command
