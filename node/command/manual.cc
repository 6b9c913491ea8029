// The manual page, as man(7) macros.
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "node/command/verbs.h"

namespace tidegate::command {
namespace {

// Text within a line.
std::string Inline(std::string_view text) {
  return absl::StrReplaceAll(absl::string_view(text.data(), text.size()),
                             {{"\\", "\\e"}, {"-", "\\-"}, {"\"", "\\(dq"}, {"'", "\\(aq"}, {"`", "\\(ga"}});
}

// A line of its own: one that begins with a dot would be a macro.
std::string Line(std::string_view text) {
  const std::string inside = Inline(text);
  return absl::StrCat(absl::StartsWith(inside, ".") ? "\\&" : "", inside, "\n");
}

std::string Bold(std::string_view text) { return absl::StrCat("\\fB", Inline(text), "\\fR"); }
std::string Italic(std::string_view text) { return absl::StrCat("\\fI", Inline(text), "\\fR"); }

std::string NamesOf(const OptionEntry& option) {
  std::string text =
      absl::StrJoin(option.names, ", ", [](std::string* out, const std::string& name) { out->append(Bold(name)); });
  if (!option.takes_value) return text;
  return absl::StrCat(text, " ", option.words.empty() ? Italic("VALUE") : Inline(absl::StrJoin(option.words, "|")));
}

// "tidegate partner confirm ORGANISATION --fingerprint VALUE [OPTION]...".
std::string Synopsis(const VerbEntry& verb) {
  std::string text = Bold(absl::StrCat("tidegate", verb.path.empty() ? "" : " ", PathOf(verb)));
  if (!verb.verbs.empty()) absl::StrAppend(&text, " ", Italic("VERB"));
  for (const ArgumentEntry& argument : verb.arguments) {
    const std::string name = absl::StrCat(Italic(argument.name), argument.repeated ? "..." : "");
    absl::StrAppend(&text, " ", argument.required ? name : absl::StrCat("[", name, "]"));
  }
  for (const OptionEntry& option : verb.options) {
    if (option.required) absl::StrAppend(&text, " ", NamesOf(option));
  }
  return absl::StrCat(text, " [", Italic("OPTION"), "]...\n");
}

std::string OptionsOf(const VerbEntry& verb) {
  std::string text;
  for (const ArgumentEntry& argument : verb.arguments) {
    absl::StrAppend(&text, ".TP\n", Italic(argument.name), "\n", Line(argument.about));
  }
  for (const OptionEntry& option : verb.options) {
    absl::StrAppend(&text, ".TP\n", NamesOf(option), "\n", Line(option.about));
  }
  return text;
}

// Remarks and examples as they are printed: the lines of an example are indented there.
std::string FooterOf(const VerbEntry& verb) {
  std::string text = ".PP\n.nf\n";
  for (const absl::string_view line : absl::StrSplit(verb.footer, '\n')) {
    absl::StrAppend(&text, Line({line.data(), line.size()}));
  }
  return absl::StrCat(text, ".fi\n");
}

constexpr std::string_view kClosing =
    ".SH EXIT STATUS\n"
    ".TP\n0\nAll was done.\n"
    ".TP\n1\nIt was refused, or there is no such thing.\n"
    ".TP\n2\nThe words of the command are wrong.\n"
    ".TP\n3\nA part was done: an import with rejects, for example.\n"
    ".PP\nWith \\fB\\-\\-json\\fR an error is one line of JSON on standard error, with the members \\fIkind\\fR, "
    "\\fIexit_code\\fR and \\fImessage\\fR.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBTIDEGATE_NODE\\fR\nThe node's folder, if \\fB\\-\\-node\\fR is not given.\n"
    ".TP\n\\fBPAGER\\fR\nThe program that shows long output on a terminal. If it is not set: \\fBless\\fR(1). If it is "
    "empty or "
    "\\fBcat\\fR: none.\n"
    ".TP\n\\fBNO_COLOR\\fR\nIf it is set and not empty, nothing is printed in colour.\n"
    ".TP\n\\fBCOLUMNS\\fR\nThe width of a line, if the output is no terminal.\n"
    ".SH FILES\n"
    ".TP\n\\fItidegate.toml\\fR, in the node's folder\nThe node's settings; docs/operations.md says what each means.\n"
    ".TP\n\\fIoperator.sock\\fR, in the node's folder\nThe socket on which a serving node answers. Its mode is 0600: "
    "only the "
    "node's own user reaches it.\n";

}  // namespace

std::string ManualPage(const VerbEntry& program, const std::string& version) {
  std::string page = absl::StrCat(".\\\" Made by `tidegate manual` from the same words as --help.\n",
                                  ".TH TIDEGATE 1 \"\" \"tidegate ", version, "\" \"Tidegate\"\n", ".SH NAME\n",
                                  "tidegate \\- share intelligence against human trafficking with partners\n",
                                  ".SH SYNOPSIS\n", Synopsis(program), ".SH DESCRIPTION\n", Line(program.about),
                                  ".SH OPTIONS\n", OptionsOf(program), ".SH VERBS\n");
  for (const VerbEntry* verb : All(program)) {
    if (verb->path.empty()) continue;
    absl::StrAppend(&page, ".SS ", Inline(PathOf(*verb)), "\n", Synopsis(*verb), ".PP\n", Line(verb->about + "."),
                    OptionsOf(*verb), verb->footer.empty() ? "" : FooterOf(*verb));
  }
  absl::StrAppend(&page, ".SH EXAMPLES\n", FooterOf(program), std::string(kClosing));
  return page;
}

}  // namespace tidegate::command
