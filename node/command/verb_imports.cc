// imports: what was imported, under the number by which it is taken back.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct ImportsOptions {
  uint32_t limit = 50;
  std::string cursor;
};

std::string StateOf(const v1::ImportLine& line) {
  if (!line.recall_ended().empty()) return absl::StrCat("recalled ", line.recall_ended());
  if (!line.recall_began().empty()) {
    return absl::StrCat("recall not finished: recall --import ", line.number(), " goes on");
  }
  return line.ended().empty() ? "running, or stopped" : "";
}

// Imports of versions that gave them no number stand in the register alone. `first` is the first one with a number.
void TellOfOlder(v1::Operator::Stub& stub, const v1::ImportLine* first) {
  constexpr uint32_t kLooked = 100;
  v1::ListAuditRequest request;
  request.set_kind("collection");
  request.set_limit(kLooked);
  if (first != nullptr) request.set_until(first->began());
  grpc::ClientContext context;
  v1::ListAuditReply reply;
  if (!stub.ListAudit(&context, request, &reply).ok()) return;  // the list itself is whole
  const bool older = std::any_of(reply.entries().begin(), reply.entries().end(), [](const v1::AuditEntry& entry) {
    return entry.import() == 0 && entry.source().find('.') != std::string::npos;  // of a file, not typed in
  });
  if (!older) return;
  std::cerr << "older versions of the program gave their imports no number: `audit list --kind collection` "
               "lists them\n";
}

void List(Session& session, const ImportsOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::ListImportsRequest request;
  request.set_limit(options.limit);
  request.set_cursor(options.cursor);
  grpc::ClientContext context;
  v1::ListImportsReply reply;
  if (!session.Check(stub->ListImports(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {
      {"NUMBER", "BEGAN", "USER", "FILE", "STORED", "AMENDED", "HELD", "REJECTED", "CONFLICTS", "STATE"}};
  for (const v1::ImportLine& line : reply.imports()) {
    rows.push_back({absl::StrCat(line.number()), line.began(), line.user(), line.file(), absl::StrCat(line.stored()),
                    absl::StrCat(line.amended()), absl::StrCat(line.unchanged()), absl::StrCat(line.rejected()),
                    absl::StrCat(line.conflicts()), StateOf(line)});
  }
  PrintTable(rows);
  if (!reply.cursor().empty()) {
    std::cerr << "more: repeat with --cursor " << reply.cursor() << "\n";
  } else {
    TellOfOlder(*stub, reply.imports().empty() ? nullptr : &*reply.imports().rbegin());
  }
}

}  // namespace

void AddImports(CLI::App& app, Session& session) {
  CLI::App* imports = app.add_subcommand("imports", "Look at imports");
  imports->require_subcommand(1);
  imports->footer("Example:\n  tidegate --node ~/lantern imports list");
  auto options = std::make_shared<ImportsOptions>();
  CLI::App* list = imports->add_subcommand("list", "Each import: when, by whom, which file, and with what result");
  list->add_option("--limit", options->limit, "At most this many (50)")->check(CLI::Range(1, 10000));
  list->add_option("--cursor", options->cursor, "Go on where the last page ended");
  list->footer(
      "`recall --import NUMBER --reason WHY` takes an import back, and `audit list` shows the same NUMBER. Imports by\n"
      "earlier versions have no number; `audit list --kind collection` lists them.\n"
      "Example:\n  tidegate --node ~/lantern imports list --limit 10");
  AddJson(list, session);
  list->callback([&session, options] { List(session, *options); });
}

}  // namespace tidegate::command
