// inbox: what is new since the asker last looked.
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

struct InboxOptions {
  bool keep = false;
  bool mark_all = false;
};

bool MarkSeen(Session& session, v1::Operator::Stub& stub, const v1::MarkInboxRequest& request) {
  grpc::ClientContext context;
  v1::MarkInboxReply reply;
  return session.Check(stub.MarkInbox(&context, request, &reply));
}

void PrintItem(const v1::InboxItem& item) {
  PrintText(absl::StrCat(item.time(), "  ", item.text(), item.title().empty() ? "" : ": ", text::Line(item.title()),
                         item.about().empty() ? "" : absl::StrCat(" (", item.about(), ")")));
  PrintText(absl::StrCat("    ", item.to_do()));
}

void Inbox(Session& session, const InboxOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::MarkInboxRequest mark;
  if (options.mark_all) {
    mark.set_everything(true);
    if (MarkSeen(session, *stub, mark) && !session.json) std::cout << "all that is here now is marked as seen\n";
    return;
  }
  v1::InboxRequest request;
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::InboxReply reply;
  if (!session.Check(stub->Inbox(&context, request, &reply))) return;
  session.TellUnread(reply.unreadable(), reply.unreadable_arrivals(),
                     "arrivals cannot be read, and the node cannot say whether they are news");
  if (session.json) {
    PrintJson(reply);
  } else {
    for (const v1::InboxItem& item : reply.items()) PrintItem(item);
    if (reply.items_size() == 0 && !reply.more()) std::cout << "nothing new\n";
  }
  std::cout << std::flush;
  // Items that could not be printed were not seen: do not mark them.
  if (!std::cout || options.keep) return;
  mark.set_cursor(reply.cursor());
  if (!MarkSeen(session, *stub, mark) || session.json) return;
  if (reply.more()) std::cerr << "there is more: run `inbox` again\n";
}

}  // namespace

void AddInbox(CLI::App& app, Session& session) {
  auto options = std::make_shared<InboxOptions>();
  CLI::App* inbox = app.add_subcommand("inbox", "Show what is new since you last looked; what it shows counts as seen");
  inbox->add_flag("--keep", options->keep, "Do not mark anything as seen");
  inbox->add_flag("--mark-all", options->mark_all, "Show nothing; mark all that is here now as seen");
  inbox->footer(
      "It shows alerts, recalls and sightings that partners sent, and conflicts and rejects that our imports left. A\n"
      "key of a partner that expires soon, and a recall that did not finish, stay there until you deal with them. It\n"
      "shows at most 100 of each at once, oldest first. With --reason it also shows titles.\n"
      "`find is:new` shows every record that came or was amended since you last ran `inbox`.\n"
      "Example:\n"
      "  tidegate --node ~/police inbox --reason \"start of the watch\"");
  AddJson(inbox, session);
  inbox->add_option("--user", session.user, "Who looks; kept in the register");
  inbox->add_option("--reason", session.reason, "Why you look, for titles; kept in the register");
  inbox->callback([&session, options] { Inbox(session, *options); });
}

}  // namespace tidegate::command
