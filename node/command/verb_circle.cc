#include <iostream>
#include <memory>

#include "absl/strings/str_join.h"
#include "node/command/planned.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct CircleOptions {
  std::string circle;
  std::string name;
  std::vector<std::string> organisations;
  Planned planned;
};

void PrintCircle(const Session& session, const v1::CircleReply& reply) {
  if (session.json) return PrintJson(reply);
  std::cout << reply.circle() << ": "
            << (reply.organisations_size() == 0 ? "empty, so it reaches nobody"
                                                : absl::StrJoin(reply.organisations(), ", "))
            << "\n";
}

void CreateCircle(Session& session, const CircleOptions& options) {
  v1::CreateCircleRequest request;
  request.set_circle(options.circle);
  v1::CircleReply reply;
  if (session.Ask(&v1::Operator::Stub::CreateCircle, request, reply)) PrintCircle(session, reply);
}

// Puts partners into a circle, or takes them out of it: either may let more go to them.
template <typename Request>
void MoveMembers(Session& session, const CircleOptions& options,
                 grpc::Status (v1::Operator::Stub::*call)(grpc::ClientContext*, const Request&, v1::CircleReply*)) {
  if (options.organisations.size() > 1 && (options.planned.dry_run || !options.planned.plan.empty())) {
    return session.Usage("a digest is for one partner: with --dry-run or --plan name only one");
  }
  auto stub = session.Connect();
  if (!stub) return;
  v1::CircleReply reply;
  for (const std::string& organisation : options.organisations) {
    const auto ask = [&](bool dry_run, const std::string& plan, v1::CircleReply* answer) {
      grpc::ClientContext context;
      Request request;
      request.set_circle(options.circle);
      request.set_organisation(organisation);
      request.set_dry_run(dry_run);
      request.set_plan(plan);
      *request.mutable_asker() = session.Asker();
      return session.Check(((*stub).*call)(&context, request, answer));
    };
    if (!TakeWhatWouldGo(session, options.planned, ask, &reply, organisation)) return;
  }
  PrintCircle(session, reply);
}

void AddMember(Session& session, const CircleOptions& options) {
  MoveMembers<v1::AddToCircleRequest>(session, options, &v1::Operator::Stub::AddToCircle);
}

void DropMember(Session& session, const CircleOptions& options) {
  MoveMembers<v1::DropFromCircleRequest>(session, options, &v1::Operator::Stub::DropFromCircle);
}

void RemoveCircle(Session& session, const CircleOptions& options) {
  v1::RemoveCircleRequest request;
  request.set_circle(options.circle);
  v1::CircleReply reply;
  if (!session.Ask(&v1::Operator::Stub::RemoveCircle, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.circle() << ": removed\n";
  for (const std::string& warning : reply.warnings()) PrintWarning(warning);
}

void RenameCircle(Session& session, const CircleOptions& options) {
  v1::RenameCircleRequest request;
  request.set_circle(options.circle);
  request.set_name(options.name);
  v1::CircleReply reply;
  if (session.Ask(&v1::Operator::Stub::RenameCircle, request, reply)) PrintCircle(session, reply);
}

void ListCircles(Session& session) {
  v1::ListCirclesReply reply;
  if (!session.Ask(&v1::Operator::Stub::ListCircles, {}, reply)) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"CIRCLE", "ORGANISATIONS"}};
  for (const v1::CircleReply& circle : reply.circles()) {
    rows.push_back({circle.circle(), absl::StrJoin(circle.organisations(), ", ")});
  }
  PrintTable(rows);
}

}  // namespace

void AddCircle(CLI::App& app, Session& session) {
  CLI::App* circle = app.add_subcommand("circle", "Group partners. Policies can name a circle; partners never see it");
  circle->require_subcommand(1);
  circle->footer(
      "Examples:\n  tidegate --node ~/lantern circle create banks\n"
      "  tidegate --node ~/lantern circle add banks northbank\n"
      "  tidegate --node ~/lantern circle list");
  auto options = std::make_shared<CircleOptions>();

  CLI::App* create = circle->add_subcommand("create", "Make an empty circle");
  create->add_option("CIRCLE", options->circle, "Its name")->required();
  create->footer("Example:\n  tidegate --node ~/lantern circle create banks");
  AddJson(create, session);
  AddAsker(create, session);
  create->callback([&session, options] { CreateCircle(session, *options); });

  CLI::App* add = circle->add_subcommand("add", "Put partners into a circle");
  add->add_option("CIRCLE", options->circle, "The circle")->required();
  add->add_option("ORGANISATION", options->organisations, "Partners")->required();
  add->footer("Example:\n  tidegate --node ~/lantern circle add banks northbank");
  AddPlanned(add, options->planned);
  AddJson(add, session);
  AddAsker(add, session);
  add->callback([&session, options] { AddMember(session, *options); });

  CLI::App* drop = circle->add_subcommand("drop", "Take partners out of a circle");
  drop->add_option("CIRCLE", options->circle, "The circle")->required();
  drop->add_option("ORGANISATION", options->organisations, "Partners")->required();
  drop->footer("Example:\n  tidegate --node ~/lantern circle drop banks northbank");
  AddPlanned(drop, options->planned);
  AddJson(drop, session);
  AddAsker(drop, session);
  drop->callback([&session, options] { DropMember(session, *options); });

  CLI::App* remove = circle->add_subcommand("remove", "Remove a circle; its members stay partners");
  remove->add_option("CIRCLE", options->circle, "The circle")->required();
  remove->footer("Example:\n  tidegate --node ~/lantern circle remove banks");
  AddJson(remove, session);
  AddAsker(remove, session);
  remove->callback([&session, options] { RemoveCircle(session, *options); });

  CLI::App* rename = circle->add_subcommand("rename", "Give a circle another name; its members stay in it");
  rename->add_option("CIRCLE", options->circle, "The circle")->required();
  rename->add_option("NAME", options->name, "The new name")->required();
  rename->footer(
      "A new name must not change what anybody gets. So it is refused while a policy in force or a condition of a\n"
      "record has either name. If a policy has it, make the new circle beside the old one, add its members, plan\n"
      "policies that name the new one, and remove the old one. Your own files (mappings, policies that are not in\n"
      "force) keep the old name; `import` and `policy check` warn of it.\n"
      "Example:\n"
      "  tidegate --node ~/lantern circle rename banks high-street-banks");
  AddJson(rename, session);
  AddAsker(rename, session);
  rename->callback([&session, options] { RenameCircle(session, *options); });

  CLI::App* list = circle->add_subcommand("list", "List circles and who is in them");
  list->footer("Example:\n  tidegate --node ~/lantern circle list");
  AddJson(list, session);
  list->callback([&session] { ListCircles(session); });
}

}  // namespace tidegate::command
