#include "node/command/command.h"

#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "node/command/session.h"
#include "node/command/stream.h"
#include "node/command/wrong_words.h"
#include "node/record/value/value.h"

namespace tidegate::command {
namespace {

int RunVerb(int argc, char** argv) {
  google::protobuf::SetLogHandler(nullptr);  // else a partner's malformed messages could fill a node's log
  CLI::App app{"Tidegate: share intelligence against human trafficking, field by field, signed, and recallable."};
  app.name("tidegate");
  app.require_subcommand(1);
  app.footer(
      "Examples:\n"
      "  tidegate --node ~/lantern init --organisation lantern --sector ngo --country GB --listen 0.0.0.0:7443\n"
      "  tidegate --node ~/lantern serve\n"
      "  tidegate --node ~/lantern import --format report notes/*.md\n"
      "  tidegate --node ~/lantern show ID --as northbank --reason \"case 12\"\n"
      "`tidegate VERB --help` explains each verb.");
  Session session;
  app.add_option("--node", session.node_directory, "The node's folder")->envname("TIDEGATE_NODE");
  app.set_version_flag("--version", TIDEGATE_VERSION);

  AddNode(app, session);
  AddPartner(app, session);
  AddCircle(app, session);
  AddImport(app, session);
  AddAuthoring(app, session);
  AddReading(app, session);
  AddRecall(app, session);
  AddPolicy(app, session);
  AddAudit(app, session);
  AddStatus(app, session);
  AddCatalogue(app, session);

  for (int i = 1; i < argc; ++i) {
    if (value::IsCleanText(argv[i])) continue;
    std::cerr << "tidegate: argument " << i << " is neither UTF-8 text nor free of control characters\n";
    return kUsage;
  }
  // `help VERB` is what people type who do not know `VERB --help`.
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());  // as CLI11 wants a vector
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    // CLI11 reports usage by exception; help and version are its "errors" with exit code 0.
    const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
    if (code == CLI::ExitCodes::Success) {
      app.exit(error, std::cout, std::cerr);
      return kSuccess;
    }
    const bool misplaced = code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError;
    const std::string wrong = misplaced ? AboutWrongWord(app) : std::string();
    if (wrong.empty()) {
      app.exit(error, std::cout, std::cerr);
    } else {
      std::cerr << "tidegate: " << wrong << "\n";
    }
    return kUsage;
  }
  return session.exit_code;
}

}  // namespace

int Run(int argc, char** argv) {
  FillClosedStreams();
  const ShownStream out(std::cout), err(std::cerr);
  const int code = RunVerb(argc, argv);
  std::cout.flush();
  if (std::cout) return code;
  // Whoever reads the output would take a part of it for all.
  std::cerr << "tidegate: standard output is full or closed; not all of the output was written\n";
  return code == kSuccess ? kRefused : code;
}

}  // namespace tidegate::command
