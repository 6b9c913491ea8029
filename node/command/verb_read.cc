// show, history, alerts: the verbs that read records.
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct ReadOptions {
  std::string origin;
  std::string as_partner;
  std::string id;
  std::optional<uint32_t> revision;
  uint32_t limit = 50;
  bool follow = false;
  bool evidence = false;
};

void Show(Session& session, const ReadOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::ShowRecordRequest request;
  request.set_id(options.id);
  request.set_as_partner(options.as_partner);
  request.set_evidence(options.evidence);
  request.set_origin(options.origin);
  if (options.revision) request.set_revision(*options.revision);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::Record record;
  if (!session.Check(stub->ShowRecord(&context, request, &record))) return;
  if (options.evidence && options.as_partner.empty()) {
    std::cerr
        << "this file has all that this node holds of the record, unencrypted, also its source. For a partner's part "
           "of it add --as PARTNER\n";
  }
  session.TellUnread(record.around().unreadable(), record.around().unreadable_arrivals(),
                     "records around it or revisions of it cannot be read and are left out");
  if (session.json || options.evidence) return PrintJson(record);
  PrintRecord(record);
}

void History(Session& session, const ReadOptions& options) {
  v1::HistoryRequest request;
  request.set_id(options.id);
  request.set_origin(options.origin);
  v1::HistoryReply reply;
  if (!session.Ask(&v1::Operator::Stub::History, request, reply)) return;
  session.TellUnread(static_cast<uint32_t>(reply.unreadable_arrivals_size()), reply.unreadable_arrivals(),
                     "revisions cannot be read and are left out");
  if (session.json) return PrintJson(reply);
  std::cout << reply.kind() << " " << reply.id() << ", by " << reply.origin() << "\n";
  for (const v1::Revision& one : reply.revisions()) {
    std::cout << "\nrevision " << one.revision() << ", created " << one.created() << ", stored here " << one.arrived()
              << ", " << one.state() << (one.readable() ? "\n" : "; this node no longer holds any of its fields\n");
    PrintChanges(one.changes());
  }
  if (reply.more()) std::cout << "\nand earlier ones; `show --revision N` shows them\n";
}

void Alerts(Session& session, const ReadOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::AlertsRequest request;
  request.set_follow(options.follow);
  request.set_limit(options.limit);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  auto stream = stub->Alerts(&context, request);
  v1::FindRecordsReply all;
  v1::Record record;
  while (std::cout && stream->Read(&record)) {
    if (!options.follow) {
      *all.add_records() = record;
    } else {
      PrintNews(record, session.json);
    }
  }
  if (!std::cout) return context.TryCancel();  // nobody gets what would follow; Run says so
  const grpc::Status ended = stream->Finish();
  // The node names what is damaged after everything that it could read. So we show what it could read first.
  const bool partly = !options.follow && ended.error_code() == grpc::StatusCode::DATA_LOSS;
  if ((!partly && !session.Check(ended)) || options.follow) return;
  if (session.json) {
    PrintJson(all);
  } else {
    PrintRecordList({all.records().begin(), all.records().end()});
  }
  if (partly) session.Fail(ended.error_message(), kPartly);
}

}  // namespace

void AddReading(CLI::App& app, Session& session) {
  auto options = std::make_shared<ReadOptions>();

  CLI::App* show = app.add_subcommand("show", "Show one record: its handling, fields, and what was verified");
  show->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  show->add_option("--as", options->as_partner, "Show exactly what this partner may see");
  AddOrigin(show, options->origin);
  show->add_option("--revision", options->revision, "An earlier revision, as `history` counts them");
  show->add_flag(
      "--evidence", options->evidence,
      "JSON with all that `tidegate verify FILE` needs elsewhere: everything in clear, unless --as PARTNER narrows it");
  show->footer("Example:\n  tidegate --node ~/lantern show ID --as northbank --reason \"case 12\"");
  AddJson(show, session);
  AddReader(show, session);
  show->callback([&session, options] { Show(session, *options); });

  CLI::App* history = app.add_subcommand("history", "The revisions of one record, and what each changed");
  history->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  AddOrigin(history, options->origin);
  history->footer("Example:\n  tidegate --node ~/lantern history ID --reason \"case 12\"");
  AddJson(history, session);
  AddReader(history, session);
  history->callback([&session, options] { History(session, *options); });

  CLI::App* alerts = app.add_subcommand("alerts", "The alerts this node holds, newest first");
  alerts->add_flag("--follow", options->follow,
                   "Stay, and print each further alert as it arrives, is amended, recalled or withdrawn");
  alerts->add_option("--limit", options->limit, "Print at most this many of the alerts held (50)")
      ->check(CLI::Range(0, 10000));
  alerts->footer("Example:\n  tidegate --node ~/police alerts --follow --reason \"on watch\"");
  AddJson(alerts, session);
  AddReader(alerts, session);
  alerts->callback([&session, options] { Alerts(session, *options); });
}

}  // namespace tidegate::command
