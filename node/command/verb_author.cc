// add, amend, tag, link, sighting: the verbs that author one record, or a revision of several.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "node/command/planned.h"
#include "node/command/print.h"
#include "node/command/selected.h"
#include "node/command/session.h"
#include "node/command/wrong_words.h"

namespace tidegate::command {
namespace {

struct AuthorOptions {
  std::string kind;
  std::string id;
  std::string verb;
  std::string to;
  std::string outcome;
  std::string note;
  std::string origin;
  std::vector<std::string> set;
  std::vector<std::string> add_tags, remove_tags;
  Selected what;
  Planned planned;
};

template <typename Request>
bool FillAssignments(Session& session, const AuthorOptions& options, Request& request) {
  auto assignments = ParseAssignments(options.set);
  if (!session.Check(assignments.status())) return false;
  for (v1::Assignment& assignment : *assignments) *request.add_set() = std::move(assignment);
  return true;
}

template <typename Request>
void FillTags(const AuthorOptions& options, Request& request) {
  for (const std::string& tag : options.add_tags) request.add_add_tags(tag);
  for (const std::string& tag : options.remove_tags) request.add_remove_tags(tag);
}

// Prints what an amendment means for a partner that may hold an earlier revision.
void PrintAmended(const v1::Amended& partner) {
  std::cerr << partner.organisation() << ": ";
  if (partner.gets_size() == 0) {
    std::cerr << "gets nothing of the new revision; what it holds is taken back";
  } else {
    std::cerr << "gets " << absl::StrJoin(partner.gets(), ", ");
    if (partner.gains_size() > 0) std::cerr << "; gains " << absl::StrJoin(partner.gains(), ", ");
    if (partner.loses_size() > 0) std::cerr << "; loses " << absl::StrJoin(partner.loses(), ", ");
  }
  std::cerr << (partner.reached() ? "\n"
                                  : "; but it is not active, and keeps what it holds until it is active again\n");
}

void PrintAuthored(Session& session, const grpc::Status& status, const v1::AuthoredReply& reply) {
  if (!session.Check(status)) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.id() << "\n";
  PrintChanges(reply.changes());
  if (reply.unchanged()) {
    std::cerr << "its tags are so already: it keeps revision " << reply.revision() << "\n";
  } else if (reply.dry_run()) {
    std::cerr << "nothing was changed: it would be revision " << reply.revision() << "\n";
  } else {
    std::cerr << "stored as revision " << reply.revision() << ", log index " << reply.log_index() << "\n";
  }
  for (const v1::Amended& partner : reply.partners()) PrintAmended(partner);
  for (const std::string& warning : reply.warnings()) PrintWarning(warning);
}

// Fills in what all requests to author one record have in common, sends the request and prints the reply.
template <typename Request>
void Author(Session& session, const AuthorOptions& options, Request& request,
            grpc::Status (v1::Operator::Stub::*call)(grpc::ClientContext*, const Request&, v1::AuthoredReply*)) {
  if (!FillAssignments(session, options, request)) return;
  *request.mutable_asker() = session.Asker();
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::AuthoredReply reply;
  PrintAuthored(session, (stub.get()->*call)(&context, request, &reply), reply);
}

void Add(Session& session, const AuthorOptions& options) {
  v1::AddRecordRequest request;
  request.set_kind(options.kind);
  Author(session, options, request, &v1::Operator::Stub::AddRecord);
}

void AmendOne(Session& session, const AuthorOptions& options) {
  v1::AmendRecordRequest request;
  request.set_id(options.what.ids.front());
  request.set_dry_run(options.planned.dry_run);
  FillTags(options, request);
  Author(session, options, request, &v1::Operator::Stub::AmendRecord);
}

void PrintPlan(const v1::AmendRecordsReply& plan) {
  std::cout << plan.records() << " records would be amended\n";
  if (plan.unchanged() > 0)
    std::cout << "left as they are, since their tags are so already: " << plan.unchanged() << "\n";
  for (const v1::AmendedCount& partner : plan.partners()) {
    std::cout << partner.organisation() << ": would get more of " << partner.gains() << " records, and less of "
              << partner.loses() << "\n";
  }
  for (const std::string& id : plan.ids()) std::cout << "  " << id << "\n";
  std::cout << "digest: " << plan.digest() << "\n" << std::flush;
  PrintFaults(plan.faults(), plan.faulty());
  for (const std::string& warning : plan.warnings()) PrintWarning(warning);
}

// The last message of the stream; false if the node refused.
bool AskToAmend(Session& session, v1::Operator::Stub& stub, const v1::AmendRecordsRequest& request,
                v1::AmendRecordsReply* last) {
  grpc::ClientContext context;
  auto stream = stub.AmendRecords(&context, request);
  v1::AmendRecordsReply reply;
  {
    ProgressBar bar("amend");
    while (stream->Read(&reply)) {
      bar.Show(static_cast<double>(reply.amended()), static_cast<double>(reply.records()),
               absl::StrCat(reply.amended(), request.dry_run() ? " tried" : " amended"));
      last->Swap(&reply);
    }
  }
  return session.Check(stream->Finish());
}

void AmendSeveral(Session& session, const AuthorOptions& options) {
  v1::AmendRecordsRequest request;
  if (!FillAssignments(session, options, request)) return;
  FillTags(options, request);
  auto selection = SelectionOf(options.what);
  if (!session.Check(selection.status())) return;
  *request.mutable_what() = *std::move(selection);
  *request.mutable_asker() = session.Asker();
  auto stub = session.Connect();
  if (!stub) return;
  const auto ask = [&](bool dry_run, const std::string& plan, v1::AmendRecordsReply* reply) {
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    return AskToAmend(session, *stub, request, reply);
  };
  const auto show = [&](const v1::AmendRecordsReply& plan) {
    if (!session.json) PrintPlan(plan);
    return ShownPlan{plan.digest(), plan.records() > 0};
  };
  v1::AmendRecordsReply reply;
  const bool done = TakeAsShown(session, options.planned, "Amend them?", ask, show, &reply);
  if (reply.faulty() > 0 && session.exit_code == kSuccess) session.exit_code = kPartly;
  if (!done) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.amended() << " amended\n";
  if (reply.unchanged() > 0)
    std::cout << "left as they were, since their tags were so already: " << reply.unchanged() << "\n";
  PrintFaults(reply.faults(), reply.faulty());
  for (const std::string& warning : reply.warnings()) PrintWarning(warning);
}

void Amend(Session& session, const AuthorOptions& options) {
  const bool plain = options.planned.plan.empty() && !options.planned.yes;
  if (options.what.one() && plain) {
    AmendOne(session, options);
  } else {
    AmendSeveral(session, options);
  }
}

void Tag(Session& session, const AuthorOptions& options) {
  if (options.add_tags.empty() && options.remove_tags.empty()) {
    return session.Usage("say which tags: give --add TAG, --remove TAG or both");
  }
  Amend(session, options);
}

void AddTag(CLI::App& app, Session& session, const std::shared_ptr<AuthorOptions>& options) {
  CLI::App* tag = app.add_subcommand("tag", "Add tags to our records and take tags out; the other tags stay");
  AddSelected(tag, options->what);
  tag->add_option("--add", options->add_tags, "A tag to add; repeat it for several")->allow_extra_args(false);
  tag->add_option("--remove", options->remove_tags, "A tag to take out; repeat it for several")
      ->allow_extra_args(false);
  AddPlannedForMany(tag, options->planned);
  tag->footer(
      "A tag is this node's own word for a record: policies and `find tag:` read it. Partners are not told it,\n"
      "except `sar`. Each change of tags is a new revision, as an amendment is, and policies decide anew who gets it.\n"
      "With --reason a record that has these tags so already stays as it is. One ID is tagged at once. For several "
      "the\n"
      "command first shows what would change. On a terminal it then asks you. In a script give --dry-run first, and\n"
      "then --plan with the digest that it printed, or give --yes. Several records, and every dry run, need a reason.\n"
      "A fault in one record does not stop the others (exit code 3).\n"
      "Examples:\n"
      "  tidegate --node ~/lantern tag ID --add operation-swift --remove exercise --reason \"case 12\"\n"
      "  tidegate --node ~/lantern tag --query 'kind:report seen:2026-03' --add child --reason \"case 12\" --dry-run");
  AddJson(tag, session);
  AddAsker(tag, session);
  tag->callback([&session, options] { Tag(session, *options); });
}

void Link(Session& session, const AuthorOptions& options) {
  v1::LinkRecordsRequest request;
  request.set_from(options.id);
  request.set_verb(options.verb);
  request.set_to(options.to);
  request.set_origin(options.origin);
  Author(session, options, request, &v1::Operator::Stub::LinkRecords);
}

void Sight(Session& session, const AuthorOptions& options) {
  v1::SightRecordRequest request;
  request.set_id(options.id);
  request.set_outcome(options.outcome);
  request.set_note(options.note);
  request.set_origin(options.origin);
  Author(session, options, request, &v1::Operator::Stub::SightRecord);
}

}  // namespace

void AddAuthoring(CLI::App& app, Session& session) {
  auto options = std::make_shared<AuthorOptions>();
  const char* set_help =
      "FIELD=VALUE; handling too: tlp=AMBER, source-grade=2, purpose=prevention. Lists: repeat it, or separate the "
      "items with `;`";

  CLI::App* add = app.add_subcommand("add", "Author one record of a kind");
  add->add_option("KIND", options->kind, "report, alert, person, account, ...")->required();
  add->add_option("--set", options->set, set_help)->required();
  add->footer(
      "Example:\n  tidegate --node ~/lantern add report --set title=\"Car wash, staff sleep on site\" --set tlp=AMBER");
  AddJson(add, session);
  AddAsker(add, session);
  add->callback([&session, options] { Add(session, *options); });

  CLI::App* amend = app.add_subcommand("amend", "Author a new revision of one of our records, or of several");
  AddSelected(amend, options->what);
  amend->add_option("--set", options->set, set_help)->required();
  AddPlannedForMany(amend, options->planned);
  amend->footer(
      "An empty value removes the field. With --reason the command also shows what it changed. One ID is amended at\n"
      "once. For several records the command first shows what would change. On a terminal it then asks you. In a\n"
      "script give --dry-run first, and then --plan with the digest that it printed, or give --yes. Several records,\n"
      "and every dry run, need a reason. A fault in one record does not stop the others (exit code 3).\n"
      "Examples:\n"
      "  tidegate --node ~/lantern amend ID --set tlp=GREEN --reason \"witness agreed\"\n"
      "  tidegate --node ~/lantern amend --import 12 --set tlp=RED --reason \"too wide\" --dry-run");
  AddJson(amend, session);
  AddAsker(amend, session);
  amend->callback([&session, options] { Amend(session, *options); });

  AddTag(app, session, options);

  CLI::App* link = app.add_subcommand("link", "Say how two records are related");
  link->add_option("A", options->id, "From this record: its id, or the first 4 digits or more")->required();
  link->add_option("VERB", options->verb, "controls, recruited, transported, ...: `tidegate codes link-verb` lists all")
      ->required();
  link->add_option("B", options->to, "To this record, in the same way")->required();
  link->add_option("--set", options->set, set_help);
  AddOrigin(link, options->origin);
  link->footer(
      "A link is handled as strictly as both records; --set may only make it stricter. It goes to partners who see\n"
      "something of both.\nExample:\n  tidegate --node ~/lantern link ID transported OTHER-ID --set tlp=AMBER");
  AddJson(link, session);
  AddAsker(link, session);
  link->callback([&session, options] { Link(session, *options); });

  CLI::App* sighting = app.add_subcommand("sighting", "Give feedback on a record to its author: what came of it");
  sighting->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  sighting->add_option("--outcome", options->outcome, "What came of it")
      ->required()
      ->check(OneOf({"acted-on", "known", "no-trace"}));
  sighting->add_option("--note", options->note, "A sentence for the author");
  sighting->add_option("--set", options->set, set_help);
  AddOrigin(sighting, options->origin);
  sighting->footer(
      "The sighting is handled as the record is (--set may only make it stricter), and only the author of that record "
      "gets it.\nExample:\n  tidegate --node ~/police sighting ID --outcome acted-on");
  AddJson(sighting, session);
  AddAsker(sighting, session);
  sighting->callback([&session, options] { Sight(session, *options); });
}

}  // namespace tidegate::command
