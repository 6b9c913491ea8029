#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/command/interrupt.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/wrong_words.h"
#include "node/intake/intake.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kMappingLimit = 256 << 10;
constexpr int kMostTypesShown = 12;
constexpr int kMostListed = 20;  // faults, one by one

struct ImportOptions {
  std::string format;
  std::string mapping;
  std::string source;
  std::string take;
  std::string rejects;
  std::vector<std::string> set;
  std::vector<std::string> files;
  bool again = false;
  bool allow_looser = false;
  bool dry_run = false;
  bool show_values = false;
};

void PrintConflict(const v1::ImportProgress& summary, const v1::ImportConflict& conflict) {
  std::cerr << summary.file() << ": " << conflict.position() << ": changed at the source and here (record "
            << conflict.id() << "):\n";
  for (const v1::ImportDifference& difference : conflict.differences()) {
    std::cerr << "  " << difference.field() << ": source says `" << difference.source() << "`, here it is `"
              << difference.ours() << "`\n";
  }
}

// The counts that only some imports have, behind those that all have.
std::string FurtherCounts(const v1::ImportProgress& summary) {
  const std::pair<uint32_t, const char*> kCounts[] = {
      {summary.recalled_earlier(), " recalled earlier"},
      {summary.conflicts(), " in conflict"},
      {summary.kept_ours(), " kept as ours"},
      {summary.older(), " older"},
      {summary.withdrawn(), summary.dry_run() ? " would be withdrawn" : " withdrawn"},
      {summary.revoked(), " revoked and not held"},
      {summary.changed_meanwhile(), " changed meanwhile"},
      {summary.skipped(), " skipped"},
      {summary.without_an_end(), " without an end"}};
  std::string text;
  for (const auto& [count, what] : kCounts) {
    if (count > 0) absl::StrAppend(&text, ", ", count, what);
  }
  if (summary.kept_whole() == 0) return text;
  absl::StrAppend(&text, ", ", summary.kept_whole(), " kept whole (");
  for (int i = 0; i < std::min(summary.kept_whole_types_size(), kMostTypesShown); ++i) {
    absl::StrAppend(&text, i > 0 ? ", " : "", text::Line(summary.kept_whole_types(i)));
  }
  return text + (summary.kept_whole_types_size() > kMostTypesShown ? ", ...)" : ")");
}

// How often a column is at fault, and what stands there if that was asked for.
void PrintImportFaults(const v1::ImportFaults& faults) {
  const std::string what = faults.field().empty() ? "whole items" : absl::StrCat("`", faults.field(), "`");
  TellText(text::Line(absl::StrCat(faults.count(), " x ", what, ": ", faults.reason(),
                                   faults.other_reasons() ? ", and other reasons" : "")));
  for (const v1::ImportValue& one : faults.values()) {
    std::cerr << "    " << one.count() << " x `" << text::Line(one.value()) << "`\n";
  }
  if (faults.more_values()) std::cerr << "    and other values\n";
}

void PrintSummary(const v1::ImportProgress& summary) {
  if (!summary.read_as().empty()) TellText(text::Line(absl::StrCat("read as: ", summary.read_as())));
  for (const std::string& warning : summary.warnings()) PrintWarning(warning);
  const int listed = std::min(summary.rejects_size(), kMostListed);
  for (int i = 0; i < listed; ++i) {
    const v1::ImportReject& reject = summary.rejects(i);
    TellText(text::Line(absl::StrCat(summary.file(), ": ", reject.position(), ": ",
                                     reject.field().empty() ? "" : absl::StrCat("field `", reject.field(), "`: "),
                                     reject.reason())));
  }
  if (listed < summary.rejects_size() || summary.rejects_left_out() > 0) {
    std::cerr << "and more; --json lists more of them. All of them by column:\n";
  }
  for (const v1::ImportFaults& faults : summary.faults()) {
    if (summary.rejected() > 1 || faults.values_size() > 0) PrintImportFaults(faults);
  }
  for (const v1::ImportConflict& conflict : summary.listed_conflicts()) PrintConflict(summary, conflict);
  if (summary.conflicts() > 0) {
    std::cerr << "decide the conflicts with --take source or --take ours\n";
  }
  if (summary.recalled_earlier() > 0) std::cerr << "--again also takes what was recalled earlier\n";
  if (!summary.rejects_file().empty()) {
    std::cerr << "rejected items are in " << summary.rejects_file() << ": correct them there and import that file\n";
  }
  const char* would = summary.dry_run() ? " would be" : "";
  std::cout << summary.file() << ": " << summary.stored() << would << " stored, " << summary.amended() << would
            << " amended, " << summary.unchanged() << " held already, " << summary.rejected() << " rejected"
            << FurtherCounts(summary) << "\n";
}

// A warning about a line of a file without that line, so that the same warnings of many files are one.
std::string WithoutLine(const std::string& warning) {
  if (warning.rfind("line ", 0) != 0) return warning;
  const size_t colon = warning.find(": ");
  const bool number = colon != std::string::npos && warning.find_first_not_of("0123456789", 5) == colon;
  return number ? warning.substr(colon + 2) : warning;
}

// The warnings of several files, each once with the number of its files.
class WarningsOfMany {
 public:
  void Take(v1::ImportProgress& summary) {
    for (const std::string& warning : summary.warnings()) {
      const std::string text = WithoutLine(warning);
      Seen& seen = seen_[text];
      if (seen.last == summary.file()) continue;
      if (seen.files++ == 0) order_.push_back(text);
      seen.last = summary.file();
      seen.first = seen.files == 1 ? warning : seen.first;
    }
    summary.clear_warnings();
  }
  void Print() const {
    for (const std::string& text : order_) {
      const Seen& seen = seen_.find(text)->second;
      const std::string where = seen.files == 1 ? absl::StrCat(seen.last, ": ") : absl::StrCat(seen.files, " files: ");
      PrintWarning(absl::StrCat(where, seen.files == 1 ? seen.first : text));
    }
  }

 private:
  struct Seen {
    size_t files = 0;
    std::string last, first;
  };
  std::map<std::string, Seen> seen_;
  std::vector<std::string> order_;
};

// Names what is imported together, so that the node knows two files of one run.
std::string RunName() {
  std::random_device random;
  return absl::StrCat(random(), "-", random());
}

// How one file went.
enum class Ended { kTaken, kRefused, kStopped };

Ended Stopped(Session& session, const v1::ImportProgress& last, const std::string& file) {
  if (session.json) PrintJsonLine(last);
  session.Fail(absl::StrCat(file, ": stopped; ", last.stored(),
                            " stored. Run the import again to go on: it stores no record twice. The last "
                            "records before the stop may have been stored too"),
               kPartly);
  return Ended::kStopped;
}

constexpr size_t kMostSent = size_t{60} << 20;  // operator.proto, ImportRequest

Ended ImportFile(Session& session, v1::Operator::Stub& stub, const ImportOptions& options, const std::string& mapping,
                 const std::vector<v1::Assignment>& set, const std::string& run, const std::string& file,
                 WarningsOfMany& warnings) {
  v1::ImportRequest request;
  request.mutable_set()->Assign(set.begin(), set.end());
  std::error_code error;
  request.set_path(std::filesystem::absolute(file, error).lexically_normal().string());
  request.set_format(options.format);
  request.set_mapping(mapping);
  request.set_mapping_name(options.mapping);
  request.set_dry_run(options.dry_run);
  request.set_show_values(options.show_values);
  request.set_source(options.source);
  request.set_take(options.take);
  request.set_again(options.again);
  request.set_allow_looser(options.allow_looser);
  request.set_run(run);
  request.set_among_others(options.files.size() > 1);
  if (!options.rejects.empty()) {
    request.set_rejects(std::filesystem::absolute(options.rejects, error).lexically_normal().string());
  }
  if (session.SendsFiles()) {
    auto contents = ReadFile(file, kMostSent);
    if (!session.Check(contents.status())) return Ended::kRefused;
    request.set_contents(*std::move(contents));
  }
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  const CancelOnInterrupt interrupt(context);
  auto stream = stub.Import(&context, request);
  v1::ImportProgress progress;
  v1::ImportProgress last;
  {
    ProgressBar bar(std::filesystem::path(file).filename().string());
    while (stream->Read(&progress)) {
      bar.Show(progress.bytes_done(), progress.bytes_total(),
               absl::StrCat(progress.stored(), " stored, ", progress.rejected(), " rejected"));
      last.Swap(&progress);
    }
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok() && interrupt.interrupted()) return Stopped(session, last, file);
  if (!session.Check(status)) return Ended::kRefused;
  if (session.json) {
    PrintJsonLine(last);
  } else {
    if (options.files.size() > 1) warnings.Take(last);
    PrintSummary(last);
  }
  if (last.rejected() > 0 || last.conflicts() > 0 || last.changed_meanwhile() > 0) session.exit_code = kPartly;
  return Ended::kTaken;
}

// Empty, or why the word is no format.
std::string FormatFault(const std::string& word) {
  const auto format = intake::ParseFormat(word);
  if (format.ok()) return "";
  const std::string fault(format.status().message());
  return fault.substr(fault.find(": ") + 2);
}

// The rejects of two sources must not go into one file.
absl::Status CheckRejects(const ImportOptions& options) {
  std::error_code error;
  if (options.rejects.empty() || options.files.size() < 2) return absl::OkStatus();
  if (!std::filesystem::is_directory(options.rejects, error)) {
    return absl::InvalidArgumentError("for several files, --rejects must name a folder that exists");
  }
  std::set<std::string> names;
  for (const std::string& file : options.files) {
    std::string name = std::filesystem::path(file).filename().string();
    if (names.insert(name).second) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("two of the files are called `", name, "`; import them separately, or without --rejects"));
  }
  return absl::OkStatus();
}

void Import(Session& session, const ImportOptions& options) {
  if (!session.Check(CheckRejects(options))) return;
  std::string mapping;
  if (!options.mapping.empty()) {
    auto text = ReadTextFile(options.mapping, kMappingLimit);
    if (!session.Check(text.status())) return;
    mapping = *std::move(text);
  }
  auto set = ParseAssignments(options.set);
  if (!session.Check(set.status())) return;
  auto stub = session.Connect();
  if (!stub) return;
  const std::string run = RunName();
  WarningsOfMany warnings;
  bool some = false;
  bool refused = false;
  for (const std::string& file : options.files) {
    const int before = session.exit_code;
    const Ended ended = ImportFile(session, *stub, options, mapping, *set, run, file, warnings);
    if (ended == Ended::kStopped) break;
    if (ended == Ended::kTaken) {
      some = true;
    } else {
      refused = true;
      if (before == kPartly) session.exit_code = kPartly;
    }
  }
  warnings.Print();
  if (some && refused) session.exit_code = kPartly;
}

}  // namespace

void AddImport(CLI::App& app, Session& session) {
  CLI::App* import = app.add_subcommand(
      "import", "Take in STIX bundles and objects, tables (CSV, XLSX, ODS) and Markdown or text reports");
  auto options = std::make_shared<ImportOptions>();
  import
      ->add_option("--format", options->format,
                   "stix, csv (any table) or report; without it the node recognises the form of the file")
      ->check(CLI::Validator(FormatFault, "{csv,report,stix}", "FORMAT"));
  import->add_option("--mapping", options->mapping,
                     "Says which column is which field; with it every FILE is read as a table");
  import->add_option("--source", options->source, "The name of the source; ids of one source mean nothing in another");
  import->add_option("--take", options->take, "If the source and we both changed a record: take `source` or `ours`")
      ->check(OneOf({"source", "ours"}));
  import->add_flag("--again", options->again, "Also take records that were recalled here earlier");
  import->add_flag("--allow-looser", options->allow_looser, "Also take a marking that is looser than the one we hold");
  import->add_flag("--dry-run", options->dry_run, "Store nothing; say what the import would do");
  import->add_option("--set", options->set, "FIELD=VALUE for each item whose source gives no value; repeat for several")
      ->allow_extra_args(false);
  import->add_option("--rejects", options->rejects, "A folder for the rejected items; for one FILE also a file");
  import->add_flag("--show-values", options->show_values,
                   "Show the wrong values of each column: this prints contents of the file on this terminal");
  import->add_option("FILE", options->files, "Files to take in")->required();
  import->footer(
      "The node compares what a source says with what that source said last time. If the source says the same, the\n"
      "record stays as it is, even if you changed it here. If the source says something else, the import amends the\n"
      "record. If both sides changed it, the import lists both values, and --take decides.\n"
      "Records that were recalled here are left out. No marking becomes looser without --allow-looser.\n"
      "Rejected rows and objects are written beside FILE (or where --rejects says), each with its reason. An import "
      "never\noverwrites a rejects file that you have edited.\n"
      "If the node runs as another Unix account and is shared with your group, the file is sent to it: 60 MiB at "
      "most,\n"
      "and no rejects file is written.\n"
      "Ctrl-C stops after the records that are being stored; run the import again to go on.\n"
      "Exit codes: 0 all was taken, 3 something was rejected, is in conflict, or was stopped.\n"
      "Examples:\n  tidegate --node ~/lantern import --mapping reports.toml reports.csv\n"
      "  tidegate --node ~/lantern import --set tlp=GREEN --set purpose=prevention blog/*.md");
  AddJson(import, session);
  AddAsker(import, session);
  import->callback([&session, options] { Import(session, *options);
});
}  // namespace tidegate::command

}  // namespace tidegate::command
