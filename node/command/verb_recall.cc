// recall, holders.
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/planned.h"
#include "node/command/print.h"
#include "node/command/selected.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct RecallOptions {
  Selected what;
  Planned planned;
  std::string id;
  std::string origin;
  std::string reason;
};

// A connection counts as open until the node notices its end. So a partner that stopped a moment ago still has one.
const char* ConnectionOf(bool connected) { return connected ? " (connection open)" : " (no connection)"; }

void RecallOne(Session& session, const RecallOptions& options) {
  v1::RecallRecordRequest request;
  request.set_id(options.what.ids.front());
  request.set_dry_run(options.planned.dry_run);
  v1::RecallRecordReply reply;
  if (!session.Ask(&v1::Operator::Stub::RecallRecord, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::string> holders;
  bool all_connected = true;
  for (const std::string& holder : reply.holders()) {
    const bool connected =
        std::find(reply.connected().begin(), reply.connected().end(), holder) != reply.connected().end();
    all_connected = all_connected && connected;
    holders.push_back(absl::StrCat(holder, ConnectionOf(connected)));
  }
  if (!reply.recalled_earlier().empty()) {
    std::cout << "recalled already at " << reply.recalled_earlier() << "; this command changed nothing\n";
  }
  std::cout << (!reply.recalled_earlier().empty() ? "it was to be erased by: "
                : reply.recalled()                ? "recalled, and erased here; to erase it: "
                                                  : "would be asked to erase: ")
            << (holders.empty() ? "nobody" : absl::StrJoin(holders, ", ")) << "\n";
  if (!reply.note().empty()) std::cerr << reply.note() << "\n";
  if (!reply.recalled() || holders.empty()) return;
  std::cerr << (all_connected ? "" : "A partner without a connection is asked when it connects. ")
            << "An open connection is not an answer: `holders " << reply.id()
            << "` shows who has signed that it is erased; they are asked until they do.\n";
}

std::string HoldersOf(const v1::RecallRecordsReply& plan) {
  std::vector<std::string> holders;
  for (const v1::HolderCount& holder : plan.holders()) {
    holders.push_back(absl::StrCat(holder.organisation(), " ", holder.records(), ConnectionOf(holder.connected())));
  }
  return holders.empty() ? "nobody" : absl::StrJoin(holders, ", ");
}

void PrintPlan(const v1::RecallRecordsReply& plan) {
  std::cout << plan.records() << " records would be recalled, and erased here; it cannot be undone\n"
            << "to erase them: " << HoldersOf(plan) << "\n";
  if (plan.changed_since() > 0) std::cout << plan.changed_since() << " of them were changed here since\n";
  if (plan.recalled_earlier() > 0) std::cout << plan.recalled_earlier() << " are recalled already\n";
  if (plan.amended() > 0) {
    std::cout << plan.amended() << " more were only amended by this import: they stay; `history ID` shows what they "
              << "said before\n";
  }
  if (plan.more()) std::cout << "There are more records than one recall takes: recall the rest afterwards.\n";
  for (const std::string& id : plan.ids()) std::cout << "  " << id << "\n";
  if (plan.records() > static_cast<uint64_t>(plan.ids_size())) {
    std::cout << "  and " << plan.records() - static_cast<uint64_t>(plan.ids_size()) << " more\n";
  }
  std::cout << "digest: " << plan.digest() << "\n" << std::flush;
  PrintFaults(plan.faults(), plan.faulty());
}

// The last message of the stream; false if the node refused.
bool AskToRecall(Session& session, v1::Operator::Stub& stub, const v1::RecallRecordsRequest& request,
                 v1::RecallRecordsReply* last) {
  grpc::ClientContext context;
  auto stream = stub.RecallRecords(&context, request);
  v1::RecallRecordsReply reply;
  {
    ProgressBar bar("recall");
    while (stream->Read(&reply)) {
      bar.Show(static_cast<double>(reply.recalled()), static_cast<double>(reply.records()),
               absl::StrCat(reply.recalled(), " recalled"));
      last->Swap(&reply);
    }
  }
  if (session.Check(stream->Finish())) return true;
  if (last->recalled() > 0) {
    std::cerr << last->recalled() << " were recalled and stay so; run the same command again to go on with the rest\n";
    session.exit_code = kPartly;
  }
  return false;
}

void RecallSeveral(Session& session, const RecallOptions& options) {
  v1::RecallRecordsRequest request;
  auto selection = SelectionOf(options.what);
  if (!session.Check(selection.status())) return;
  *request.mutable_what() = *std::move(selection);
  *request.mutable_asker() = session.Asker();
  auto stub = session.Connect();
  if (!stub) return;
  const auto ask = [&](bool dry_run, const std::string& plan, v1::RecallRecordsReply* reply) {
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    return AskToRecall(session, *stub, request, reply);
  };
  const auto show = [&](const v1::RecallRecordsReply& plan) {
    if (!session.json) PrintPlan(plan);
    return ShownPlan{plan.digest(), plan.records() > 0};
  };
  v1::RecallRecordsReply reply;
  const bool done = TakeAsShown(session, options.planned, "Recall them?", ask, show, &reply);
  if (reply.faulty() > 0 && session.exit_code == kSuccess) session.exit_code = kPartly;
  if (!done) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.recalled() << " recalled, and erased here; to erase them: " << HoldersOf(reply) << "\n";
  PrintFaults(reply.faults(), reply.faulty());
  if (!reply.note().empty()) std::cerr << reply.note() << "\n";
  if (reply.more()) std::cerr << "there are more: run the same command again\n";
  if (options.what.import != 0 && reply.recalled() > 0) {
    std::cerr << "an import leaves out recalled records: to take them again, give `import --again`\n";
  }
}

void Recall(Session& session, const RecallOptions& options) {
  const bool plain = options.planned.plan.empty() && !options.planned.yes;
  if (options.what.one() && plain) {
    RecallOne(session, options);
  } else {
    RecallSeveral(session, options);
  }
}

void Holders(Session& session, const RecallOptions& options) {
  v1::HoldersRequest request;
  request.set_id(options.id);
  request.set_origin(options.origin);
  v1::HoldersReply reply;
  if (!session.Ask(&v1::Operator::Stub::Holders, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"ORGANISATION", "STATE", "SINCE", "RECEIPT", "OPENED"}};
  for (const v1::Holder& holder : reply.holders()) {
    rows.push_back({holder.organisation(), holder.state(), holder.since(), holder.receipt(),
                    absl::StrJoin(holder.openings(), ", ")});
  }
  std::cout << "by " << reply.origin() << (reply.here() ? "; this node holds it\n" : "; nothing of it is left here\n");
  if (reply.holders_size() == 0 && !reply.note().empty()) {
    PrintText(reply.note());
    return;
  }
  PrintTable(rows);
  PrintText(
      absl::StrCat("held by ", reply.held(), ", erased by ", reply.erased(), ", unanswered ", reply.unanswered(),
                   " (each partner counts once; `held` also counts partners that were asked and have not answered)"));
  if (!reply.note().empty()) std::cerr << reply.note() << "\n";
}

}  // namespace

void AddRecall(CLI::App& app, Session& session) {
  auto options = std::make_shared<RecallOptions>();

  CLI::App* recall =
      app.add_subcommand("recall", "Take records of ours back from everyone who holds them, and erase our own copy");
  AddSelected(recall, options->what);
  recall->add_option("--reason", options->reason, "Why; kept in the register")->required();
  recall->add_option("--user", session.user, "Who recalls; kept in the register");
  AddPlannedForMany(recall, options->planned);
  recall->footer(
      "You cannot undo a recall: our own copy is erased too, and only the statement that it was recalled stays. One\n"
      "ID is recalled at once. For several records the command first shows what would be erased. On a terminal it\n"
      "then asks you. In a script give --dry-run first, and then --plan with the digest that it printed, or give\n"
      "--yes. A fault in one record does not stop the others (exit code 3). If the recall is interrupted, run the\n"
      "same command again: it goes on with the rest.\n"
      "Examples:\n"
      "  tidegate --node ~/lantern recall ID --reason \"witness at risk\"\n"
      "  tidegate --node ~/lantern recall --import 12 --reason \"wrong mapping\" --dry-run\n"
      "  tidegate --node ~/lantern recall - --reason \"source withdrew\" --yes < ids.txt");
  AddJson(recall, session);
  recall->callback([&session, options] {
    session.reason = options->reason;
    Recall(session, *options);
  });

  CLI::App* holders = app.add_subcommand("holders", "Who holds a record, since when, and who has erased it");
  holders->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  AddOrigin(holders, options->origin);
  holders->footer("Example:\n  tidegate --node ~/lantern holders ID");
  AddJson(holders, session);
  AddAsker(holders, session);
  holders->callback([&session, options] { Holders(session, *options); });
}

}  // namespace tidegate::command
