// init, serve, verify: the verbs that work on the node's own folder.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/evidence.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/waiting.h"
#include "node/node.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

struct NodeOptions {
  std::string file;
  node::Config config;
  node::Unlock unlock;
};

bool HasDirectory(Session& session) {
  if (!session.node_directory.empty()) return true;
  session.Usage(kWhichNode);
  return false;
}

void AddUnlock(CLI::App* verb, NodeOptions& options) {
  verb->add_option("--key-file", options.unlock.key_file, "The master key, outside the node's folder");
  verb->add_option("--passphrase-file", options.unlock.passphrase_file,
                   "Unlock with the passphrase in this file instead; only you may be able to read it");
}

void Init(Session& session, NodeOptions& options) {
  if (!HasDirectory(session)) return;
  if (options.unlock.key_file.empty() && options.unlock.passphrase_file.empty()) {
    options.unlock.key_file = node::DefaultKeyFile(options.config.organisation);
  }
  {
    const Waiting waiting;
    if (!session.Check(node::Init(session.node_directory, options.config, options.unlock))) return;
  }
  std::cerr << "made a node for " << options.config.organisation << " in " << session.node_directory << "\n";
  const auto config = node::LoadConfig(session.node_directory);
  if (config.ok() && !config->allow.Words().empty()) {
    std::cerr << "since it listens there, partners at " << absl::StrJoin(config->allow.Words(), ", ")
              << " addresses may be dialled: `[exchange] allow` in its tidegate.toml\n";
  }
  if (!options.unlock.key_file.empty()) {
    std::cerr << "its master key is " << options.unlock.key_file << ": keep a copy apart from the node's backups\n";
  }
  std::cerr << "next: tidegate --node " << session.node_directory << " serve"
            << (options.unlock.passphrase_file.empty() ? "" : " --passphrase-file " + options.unlock.passphrase_file)
            << "\nthen, in another terminal: tidegate --node " << session.node_directory
            << " partner invite ORGANISATION --out letter.txt\n";
}

void Serve(Session& session, const NodeOptions& options) {
  if (HasDirectory(session)) session.Check(node::Serve(session.node_directory, options.unlock));
}

nlohmann::json ToJson(const node::VerifySummary& summary) {
  nlohmann::json json = {{"clean", summary.faults.empty()},    {"records", summary.records},
                         {"log_entries", summary.log_entries}, {"register_entries", summary.register_entries},
                         {"values", summary.values},           {"faults", nlohmann::json::array()}};
  for (const auto& fault : summary.faults) {
    json["faults"].push_back({{"table", fault.table}, {"key", fault.key}, {"message", fault.message}});
  }
  return json;
}

void Verify(Session& session, const NodeOptions& options) {
  if (!HasDirectory(session)) return;
  const auto summary = [&] {
    const Waiting waiting;
    return node::Verify(session.node_directory, options.unlock);
  }();
  if (!session.Check(summary.status())) return;
  if (!summary->faults.empty()) session.exit_code = kRefused;
  if (session.json) {
    std::cout << text::JsonTree(ToJson(*summary), 2) << "\n";
    return;
  }
  for (const auto& fault : summary->faults) {
    std::cout << "fault: " << fault.table << " " << fault.key << ": " << fault.message << "\n";
  }
  std::cout << (summary->faults.empty() ? "clean" : absl::StrCat(summary->faults.size(), " faults")) << ": "
            << summary->values << " values opened, " << summary->records << " records, " << summary->log_entries
            << " log and " << summary->register_entries << " register entries agree\n";
}

}  // namespace

void AddNode(CLI::App& app, Session& session) {
  auto options = std::make_shared<NodeOptions>();
  options->config.federation = "federation";
  options->config.node = "node1";

  CLI::App* init = app.add_subcommand("init", "Make a node for an organisation");
  init->add_option("--organisation", options->config.organisation, "Its name in the federation, such as lantern")
      ->required();
  init->add_option("--sector", options->config.sector,
                   "What it is, such as ngo, bank or police: a code of `tidegate codes sector`")
      ->required();
  init->add_option("--country", options->config.country, "The country, such as GB or Romania")->required();
  init->add_option("--listen", options->config.listen, "HOST:PORT for partners")->required();
  init->add_option(
      "--advertise", options->config.advertise,
      "HOST:PORT that partners dial, if it is not --listen: needed with 0.0.0.0 or [::], which nobody can dial");
  init->add_option("--federation", options->config.federation,
                   "Name of the federation (`federation`): two nodes pair only if both have the same name here");
  init->add_option("--name", options->config.node, "Name of this node of the organisation (`node1`)");
  AddUnlock(init, *options);
  init->footer(
      "Without --key-file a new key is made under your configuration folder. A new passphrase must be hard to guess:\n"
      "at least 15 characters. Organisation, sector, country, federation and name are signed into the node's keys:\n"
      "they cannot be changed later.\n"
      "Example:\n"
      "  tidegate --node ~/lantern init --organisation lantern --sector ngo --country GB --listen 0.0.0.0:7443 "
      "--advertise node.lantern.example:7443");
  init->callback([&session, options] { Init(session, *options); });

  CLI::App* serve = app.add_subcommand("serve", "Serve partners and operators until told to stop");
  AddUnlock(serve, *options);
  serve->footer("Example:\n  tidegate --node ~/lantern serve");
  serve->callback([&session, options] { Serve(session, *options); });

  CLI::App* verify =
      app.add_subcommand("verify", "Read everything the node holds, or one record's evidence, and check it");
  verify->add_option("FILE", options->file, "What `show --evidence` wrote; needs no node");
  AddUnlock(verify, *options);
  AddJson(verify, session);
  verify->footer(
      "Works beside a serving node. It counts every revision and what is left of recalled records, so it finds more\n"
      "records than `status`, which counts those that are held now.\n"
      "Examples:\n  tidegate --node ~/lantern verify --json\n  tidegate verify record.json");
  verify->callback([&session, options] {
    if (options->file.empty()) return Verify(session, *options);
    VerifyEvidence(session, options->file);
  });
}

}  // namespace tidegate::command
