#include "node/command/verbs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace tidegate::command {
namespace {

constexpr std::array<std::string_view, 12> kFiles = {
    "FILE",    "--against", "--node",    "--key-file", "--passphrase-file", "--out",
    "--reply", "--mapping", "--rejects", "--policies", "--session",         "--password-file"};

bool IsFile(std::string_view name) { return std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end(); }

// CLI11 describes the values of a closed list as `TEXT:{stix,csv,report}`.
std::vector<std::string> WordsOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{'), end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return absl::StrSplit(type.substr(begin + 1, end - begin - 1), ',', absl::SkipEmpty());
}

OptionEntry OptionOf(const CLI::Option& option) {
  OptionEntry out;
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  out.takes_value = option.get_items_expected_max() > 0;
  out.words = WordsOf(option);
  out.is_file = std::any_of(out.names.begin(), out.names.end(), IsFile);
  out.is_query = std::find(out.names.begin(), out.names.end(), "--query") != out.names.end();
  out.required = option.get_required();
  out.about = option.get_description();
  return out;
}

// The register has a query language of its own.
ArgumentEntry ArgumentOf(const CLI::Option& option, bool of_records) {
  ArgumentEntry out;
  out.name = option.get_name(/*positional=*/true);
  out.words = WordsOf(option);
  out.is_file = IsFile(out.name);
  out.is_query = of_records && out.name == "QUERY";
  out.required = option.get_required();
  out.repeated = option.get_items_expected_max() > 1;
  out.about = option.get_description();
  return out;
}

void Collect(const VerbEntry& verb, std::vector<const VerbEntry*>& all) {
  all.push_back(&verb);
  for (const VerbEntry& one : verb.verbs) Collect(one, all);
}

VerbEntry VerbOf(const CLI::App& app, const std::vector<std::string>& path) {
  VerbEntry verb;
  verb.path = path;
  verb.about = app.get_description();
  verb.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) {
      verb.options.push_back(OptionOf(*option));
    } else {
      verb.arguments.push_back(ArgumentOf(*option, path.empty() || path.front() != "audit"));
    }
  }
  for (const CLI::App* below : app.get_subcommands({})) {
    std::vector<std::string> longer = path;
    longer.push_back(below->get_name());
    verb.verbs.push_back(VerbOf(*below, longer));
  }
  return verb;
}

}  // namespace

VerbEntry VerbsOf(const CLI::App& program) { return VerbOf(program, {}); }

std::string PathOf(const VerbEntry& verb) { return absl::StrJoin(verb.path, " "); }

std::vector<const VerbEntry*> All(const VerbEntry& verb) {
  std::vector<const VerbEntry*> all;
  Collect(verb, all);
  return all;
}

}  // namespace tidegate::command
