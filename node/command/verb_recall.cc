// recall, holders.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct RecallOptions {
  std::string id;
  std::string origin;
  std::string reason;
  bool dry_run = false;
};

void Recall(Session& session, const RecallOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::RecallRecordRequest request;
  request.set_id(options.id);
  request.set_dry_run(options.dry_run);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::RecallRecordReply reply;
  if (!session.Check(stub->RecallRecord(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::string> holders;
  bool all_connected = true;
  for (const std::string& holder : reply.holders()) {
    const bool connected =
        std::find(reply.connected().begin(), reply.connected().end(), holder) != reply.connected().end();
    all_connected = all_connected && connected;
    holders.push_back(absl::StrCat(holder, connected ? " (connected)" : " (not connected)"));
  }
  if (!reply.recalled_earlier().empty()) {
    std::cout << "recalled already at " << reply.recalled_earlier() << "; nothing was done now\n";
  }
  std::cout << (!reply.recalled_earlier().empty() ? "it was to be erased by: "
                : reply.recalled()                ? "recalled, and erased here; to erase it: "
                                                  : "would be asked to erase: ")
            << (holders.empty() ? "nobody" : absl::StrJoin(holders, ", ")) << "\n";
  if (!reply.note().empty()) std::cerr << reply.note() << "\n";
  if (!reply.recalled() || holders.empty()) return;
  std::cerr << (all_connected ? "" : "Who is not connected is asked when it comes. ") << "`holders " << reply.id()
            << "` shows who has signed that it is erased; they are asked until they do.\n";
}

void Holders(Session& session, const RecallOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::HoldersRequest request;
  request.set_id(options.id);
  request.set_origin(options.origin);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::HoldersReply reply;
  if (!session.Check(stub->Holders(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"ORGANISATION", "STATE", "SINCE", "RECEIPT", "OPENED"}};
  for (const v1::Holder& holder : reply.holders()) {
    rows.push_back({holder.organisation(), holder.state(), holder.since(), holder.receipt(),
                    absl::StrJoin(holder.openings(), ", ")});
  }
  std::cout << "by " << reply.origin() << (reply.here() ? "; this node holds it\n" : "; nothing of it is left here\n");
  if (reply.holders_size() == 0 && !reply.note().empty()) {
    std::cout << reply.note() << "\n";
    return;
  }
  PrintTable(rows);
  std::cout << "held by " << reply.held() << ", erased by " << reply.erased() << ", unanswered " << reply.unanswered()
            << " (partners, each once; `held` counts who was asked and has not answered)\n";
  if (!reply.note().empty()) std::cerr << reply.note() << "\n";
}

}  // namespace

void AddRecall(CLI::App& app, Session& session) {
  auto options = std::make_shared<RecallOptions>();

  CLI::App* recall =
      app.add_subcommand("recall", "Take one of our records back from everyone who holds it, and erase our own copy");
  recall->add_option("ID", options->id, "The record")->required();
  recall->add_option("--reason", options->reason, "Why; kept in the register")->required();
  recall->add_option("--user", session.user, "Who recalls; kept in the register");
  recall->add_flag("--dry-run", options->dry_run, "Change nothing; say who would be asked to erase it");
  recall->footer(
      "A recall cannot be undone: our own copy is erased too, and nothing but the statement that it was recalled "
      "stays.\nExample:\n  tidegate --node ~/lantern recall ID --reason \"witness at risk\"");
  AddJson(recall, session);
  recall->callback([&session, options] {
    session.reason = options->reason;
    Recall(session, *options);
  });

  CLI::App* holders = app.add_subcommand("holders", "Who holds a record, since when, and who has erased it");
  holders->add_option("ID", options->id, "The record")->required();
  AddOrigin(holders, options->origin);
  holders->footer("Example:\n  tidegate --node ~/lantern holders ID");
  AddJson(holders, session);
  AddAsker(holders, session);
  holders->callback([&session, options] { Holders(session, *options); });
}

}  // namespace tidegate::command
