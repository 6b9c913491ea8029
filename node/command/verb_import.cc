#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

constexpr size_t kMappingLimit = 1 << 20;

struct ImportOptions {
  std::string format;
  std::string mapping;
  std::vector<std::string> files;
  bool dry_run = false;
};

void PrintSummary(const v1::ImportProgress& summary) {
  std::cout << summary.file() << ": " << summary.stored() << " stored, " << summary.amended() << " amended, "
            << summary.unchanged() << " held already, " << summary.rejected() << " rejected\n";
  for (const std::string& warning : summary.warnings()) std::cerr << "warning: " << warning << "\n";
  for (const v1::ImportReject& reject : summary.rejects()) {
    std::cerr << summary.file() << ": " << reject.position() << ": "
              << (reject.field().empty() ? "" : absl::StrCat("field `", reject.field(), "`: ")) << reject.reason()
              << "\n";
  }
  if (summary.rejected() > summary.rejects_size()) {
    std::cerr << "and " << summary.rejected() - summary.rejects_size() << " more\n";
  }
  if (!summary.rejects_file().empty()) {
    std::cerr << "rejected items are in " << summary.rejects_file() << ": correct them there and import that file\n";
  }
}

// Imports one file; false where the whole file could not be read.
bool ImportFile(Session& session, v1::Operator::Stub& stub, const ImportOptions& options, const std::string& mapping,
                const std::string& file) {
  v1::ImportRequest request;
  std::error_code error;
  request.set_path(std::filesystem::absolute(file, error).lexically_normal().string());
  request.set_format(options.format);
  request.set_mapping(mapping);
  request.set_mapping_name(options.mapping);
  request.set_dry_run(options.dry_run);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
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
  if (!session.Check(stream->Finish())) return false;
  if (session.json) {
    PrintJsonLine(last);
  } else {
    PrintSummary(last);
  }
  if (last.rejected() > 0) session.exit_code = kPartly;
  return true;
}

void Import(Session& session, const ImportOptions& options) {
  std::string mapping;
  if (!options.mapping.empty()) {
    auto text = ReadTextFile(options.mapping, kMappingLimit);
    if (!session.Check(text.status())) return;
    mapping = *std::move(text);
  }
  auto stub = session.Connect();
  if (!stub) return;
  bool some = false;
  bool refused = false;
  for (const std::string& file : options.files) {
    const int before = session.exit_code;
    if (ImportFile(session, *stub, options, mapping, file)) {
      some = true;
    } else {
      refused = true;
      if (before == kPartly) session.exit_code = kPartly;
    }
  }
  if (some && refused) session.exit_code = kPartly;
}

}  // namespace

void AddImport(CLI::App& app, Session& session) {
  CLI::App* import = app.add_subcommand("import", "Take in STIX 2.1 bundles, CSV files and Markdown or text reports");
  auto options = std::make_shared<ImportOptions>();
  import->add_option("--format", options->format, "stix, csv or report; told from the file where left out")
      ->check(CLI::IsMember({"stix", "csv", "report"}));
  import->add_option("--mapping", options->mapping, "Which column is which field (CSV)");
  import->add_flag("--dry-run", options->dry_run, "Judge every row or object, store nothing");
  import->add_option("FILE", options->files, "Files to take in")->required();
  import->footer(
      "Rejected rows or objects are written to FILE's side with their reasons; importing a file twice stores nothing "
      "twice.\nExample:\n  tidegate --node ~/lantern import --mapping reports.toml reports.csv");
  AddJson(import, session);
  AddAsker(import, session);
  import->callback([&session, options] { Import(session, *options);
});
}  // namespace tidegate::command

}  // namespace tidegate::command
