// mapping suggest, mapping check: what a table's columns mean, before anything is imported. No node need serve. The
// table is read in the confined process that imports use (intake.h).
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/intake/intake.h"
#include "node/record/value/catalogue.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

using MappingJson = nlohmann::ordered_json;

constexpr char kOwnProgram[] = "/proc/self/exe";
constexpr size_t kMappingBytes = 256 << 10;
constexpr size_t kRejectsShown = 20;
constexpr uint64_t kBatch = 512;

struct MappingOptions {
  std::string file;
  std::string mapping;
  std::string kind;
  std::string source;
  std::string sheet;
  std::string country;
};

void PrintMappingJson(const MappingJson& json) { std::cout << text::JsonTree(json, 1) << "\n"; }

void SuggestMapping(Session& session, const MappingOptions& options) {
  if (value::Catalogue::FindKind(options.kind) == nullptr) {
    std::vector<std::string_view> kinds;
    for (const value::Kind& kind : value::Catalogue::Kinds()) kinds.push_back(kind.name);
    return session.Usage(absl::StrCat("there is no kind `", text::Line(options.kind), "`",
                                      text::DidYouMean(options.kind, kinds), "; `tidegate kinds` lists them"));
  }
  auto proposal =
      intake::SuggestApart(kOwnProgram, options.file, {options.kind, options.source, options.sheet, options.country});
  if (!session.Check(proposal.status())) return;
  if (!session.json) {
    std::cout << proposal->mapping;
    return;
  }
  MappingJson columns = MappingJson::array();
  for (const intake::Proposal::Column& column : proposal->columns) {
    columns.push_back({{"column", column.name},
                       {"to", column.target},
                       {"sure", !column.target.empty() && column.doubts.empty()},
                       {"doubts", column.doubts}});
  }
  PrintMappingJson(MappingJson{{"file", options.file},
                               {"kind", options.kind},
                               {"read_as", proposal->read_as},
                               {"mapping", proposal->mapping},
                               {"columns", columns},
                               {"fields_without_column", proposal->unserved}});
}

// The result that an import of the file by the mapping would have, as far as the file alone decides it.
struct Trial {
  std::string read_as;
  std::vector<intake::Reject> rejects;  // the first ones, without their contents
  intake::Summary summary;
};

absl::StatusOr<Trial> TryFile(const MappingOptions& options, const std::string& mapping) {
  Trial trial;
  intake::Assignment assignment;
  assignment.format = intake::Format::kCsv;
  assignment.name = options.file;
  assignment.mapping = mapping;
  assignment.mapping_name = options.mapping;
  assignment.batch_items = kBatch;
  assignment.home = options.country;
  auto summary = intake::ReadApart(
      kOwnProgram, assignment, [](std::vector<intake::Item>&) { return absl::OkStatus(); },
      [&trial](const intake::Reject& reject) {
        if (trial.rejects.size() < kRejectsShown) {
          trial.rejects.push_back(reject);
          trial.rejects.back().original.clear();
        }
        return absl::OkStatus();
      },
      [&trial](const intake::TableHead& head) {
        trial.read_as = head.read_as;
        return absl::OkStatus();
      });
  if (!summary.ok()) return summary.status();
  trial.summary = *std::move(summary);
  return trial;
}

MappingJson TrialJson(const MappingOptions& options, const Trial& trial) {
  MappingJson rejects = MappingJson::array();
  for (const intake::Reject& reject : trial.rejects) {
    rejects.push_back({{"position", reject.position}, {"field", reject.field}, {"reason", reject.reason}});
  }
  return {{"file", options.file},
          {"read_as", trial.read_as},
          {"records", trial.summary.items},
          {"rejected", trial.summary.rejected},
          {"skipped", trial.summary.skipped},
          {"warnings", trial.summary.warnings},
          {"rejects", rejects}};
}

void PrintTrial(const MappingOptions& options, const Trial& trial) {
  const std::string file = text::Line(options.file);
  for (const std::string& warning : trial.summary.warnings) PrintWarning(warning);
  for (const intake::Reject& reject : trial.rejects) {
    const std::string field = reject.field.empty() ? "" : absl::StrCat("field `", reject.field, "`: ");
    TellText(absl::StrCat(file, ": ", reject.position, ": ", text::Line(absl::StrCat(field, reject.reason))));
  }
  if (trial.summary.rejected > trial.rejects.size()) {
    std::cerr << "and more; an import writes all of them to a file\n";
  }
  if (!trial.read_as.empty()) std::cout << file << ": read as: " << text::Line(trial.read_as) << "\n";
  std::cout << file << ": " << trial.summary.items << " rows would be records, " << trial.summary.rejected
            << " would be rejected, " << trial.summary.skipped << " would be left out\n";
}

void CheckMapping(Session& session, const MappingOptions& options) {
  auto toml = ReadTextFile(options.mapping, kMappingBytes);
  if (!session.Check(toml.status())) return;
  auto mapping = intake::Mapping::Parse(*toml, options.mapping);
  if (!session.Check(mapping.status())) return;
  MappingJson json = {{"mapping", options.mapping}, {"kind", mapping->kind()}};
  std::optional<Trial> trial;
  if (!options.file.empty()) {
    auto tried = TryFile(options, *toml);
    if (!session.Check(tried.status())) return;
    trial = *std::move(tried);
    json["trial"] = TrialJson(options, *trial);
  }
  if (session.json) {
    PrintMappingJson(json);
  } else {
    std::cout << text::Line(options.mapping) << ": makes records of the kind `" << mapping->kind() << "`\n";
    if (trial.has_value()) PrintTrial(options, *trial);
  }
  if (trial.has_value() && trial->summary.rejected > 0) session.exit_code = kPartly;
}

void AddMappingJson(CLI::App* verb, Session& session) { verb->add_flag("--json", session.json, "Print JSON"); }

void AddCountry(CLI::App* verb, MappingOptions& options) {
  verb->add_option(
      "--country", options.country,
      "The country whose national telephone numbers the file has, such as GB; an import uses the node's own");
}

}  // namespace

void AddMapping(CLI::App& app, Session& session) {
  auto options = std::make_shared<MappingOptions>();
  CLI::App* mapping =
      app.add_subcommand("mapping", "Propose and check mappings: which column of a table is which field");
  mapping->require_subcommand(1);
  mapping->footer(
      "Examples:\n"
      "  tidegate mapping suggest cases.xlsx --kind report > cases.toml\n"
      "  tidegate mapping check cases.toml cases.xlsx");

  CLI::App* suggest =
      mapping->add_subcommand("suggest", "Propose a mapping for a table, from its header and its values");
  suggest->add_option("FILE", options->file, "A table: CSV or another text with columns, XLSX, ODS")->required();
  suggest->add_option("--kind", options->kind, "The kind of record that a row is; `tidegate kinds` lists them")
      ->required();
  suggest->add_option("--source", options->source, "The name of the system that the rows are from");
  suggest->add_option("--sheet", options->sheet, "The sheet of a spreadsheet; otherwise the one that fits best");
  AddCountry(suggest, *options);
  suggest->footer(
      "The command prints the mapping to standard output. It writes a comment `# ?` before each line of which it is\n"
      "not sure. At the end it names the columns for which it found no field, and the fields that no column gives. It\n"
      "tries the mapping on the whole file and says how many rows would be refused. It stores nothing.\n"
      "Examples:\n"
      "  tidegate mapping suggest cases.csv --kind report --country GB > cases.toml\n"
      "  tidegate mapping suggest people.xlsx --kind person --sheet \"Week 12\" > people.toml");
  AddMappingJson(suggest, session);
  suggest->callback([&session, options] { SuggestMapping(session, *options); });

  CLI::App* check = mapping->add_subcommand("check", "Check a mapping alone, or on a table");
  check->add_option("MAPPING", options->mapping, "The mapping")->required();
  check->add_option("FILE", options->file, "A table on which the mapping is tried");
  AddCountry(check, *options);
  check->footer(
      "Exit codes: 0 it is fine, 1 it is refused, 3 rows of FILE would be rejected. An import also checks what only\n"
      "the node knows: whether it holds a record that a row refers to, whether a marking is looser than before.\n"
      "Examples:\n"
      "  tidegate mapping check cases.toml\n"
      "  tidegate mapping check cases.toml cases.csv --country GB");
  AddMappingJson(check, session);
  check->callback([&session, options] { CheckMapping(session, *options); });
}

}  // namespace tidegate::command
