// Users, logins and sessions.
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/session_file.h"

namespace tidegate::command {
namespace {

constexpr char kRolesFooter[] =
    "Roles: analyst, investigator, supervisor, screening, administrator, auditor, service. docs/users.md has the table "
    "of\nwhat each may do. A user may have several.\n";

struct UserOptions {
  std::string name;
  std::vector<std::string> roles;
  std::vector<std::string> more_roles;
  std::string password_file, current_file;
  std::string session_id;
  bool all = false;
  bool print_token = false;
};

void PrintUser(const Session& session, const v1::UserReply& user) {
  if (session.json) return PrintJson(user);
  std::cout << user.name() << ": " << absl::StrJoin(user.roles(), ", ") << (user.enabled() ? "" : ", disabled") << "\n";
}

void AddUser(Session& session, const UserOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  auto password = PasswordFrom(options.password_file, options.name, true);
  if (!session.Check(password.status())) return;
  grpc::ClientContext context;
  v1::AddUserRequest request;
  request.set_name(options.name);
  for (const std::string& role : options.roles) request.add_roles(role);
  request.set_password(*password);
  *request.mutable_asker() = session.Asker();
  v1::UserReply reply;
  if (session.Check(stub->AddUser(&context, request, &reply))) PrintUser(session, reply);
}

void ListUsers(Session& session) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ListUsersReply reply;
  if (!session.Check(stub->ListUsers(&context, {}, &reply))) return;
  if (session.json) return PrintJson(reply);
  if (reply.users_size() == 0) {
    std::cout << "no users: whoever may use the node's socket has every role. The first is an administrator: tidegate "
                 "user add NAME --role administrator\n";
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"USER", "ROLES", "STATE", "SESSIONS", "PASSWORD SET"}};
  for (const v1::UserReply& user : reply.users()) {
    rows.push_back({user.name(), absl::StrJoin(user.roles(), ", "), user.enabled() ? "enabled" : "disabled",
                    absl::StrCat(user.sessions()), user.password_set()});
  }
  PrintTable(rows);
}

void SetRoles(Session& session, const UserOptions& options) {
  if (options.roles.empty() && options.more_roles.empty())
    return session.Usage("say which roles the user has from now on");
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::SetUserRolesRequest request;
  request.set_name(options.name);
  for (const std::string& role : options.roles) request.add_roles(role);
  for (const std::string& role : options.more_roles) request.add_roles(role);
  *request.mutable_asker() = session.Asker();
  v1::UserReply reply;
  if (session.Check(stub->SetUserRoles(&context, request, &reply))) PrintUser(session, reply);
}

template <typename Request>
void ChangeUser(Session& session, const UserOptions& options,
                grpc::Status (v1::Operator::Stub::*call)(grpc::ClientContext*, const Request&, v1::UserReply*)) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  Request request;
  request.set_name(options.name);
  *request.mutable_asker() = session.Asker();
  v1::UserReply reply;
  if (session.Check(((*stub).*call)(&context, request, &reply))) PrintUser(session, reply);
}

void SetPassword(Session& session, const UserOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  absl::StatusOr<std::string> current;
  if (options.name.empty() || !options.current_file.empty()) {
    current = PasswordFrom(options.current_file, "your account until now", false);
    if (!session.Check(current.status())) return;
  } else {
    current = "";
  }
  auto password = PasswordFrom(options.password_file, options.name.empty() ? "your account" : options.name, true);
  if (!session.Check(password.status())) return;
  grpc::ClientContext context;
  v1::SetPasswordRequest request;
  request.set_name(options.name);
  request.set_password(*password);
  request.set_current(*current);
  *request.mutable_asker() = session.Asker();
  v1::UserReply reply;
  if (!session.Check(stub->SetPassword(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::cout << reply.name() << ": password set; every session of this user has ended\n";
}

void Login(Session& session, const UserOptions& options) {
  auto file = SessionFile(session.session_file, session.node_directory);
  session.sends_session = false;
  auto stub = session.Connect();
  if (!stub || !session.Check(file.status())) return;
  auto password = PasswordFrom(options.password_file, options.name, false);
  if (!session.Check(password.status())) return;
  grpc::ClientContext context;
  v1::LoginRequest request;
  request.set_name(options.name);
  request.set_password(*password);
  v1::LoginReply reply;
  if (!session.Check(stub->Login(&context, request, &reply))) return;
  if (!session.Check(WriteToken(*file, reply.token()))) return;
  if (!options.print_token) reply.clear_token();
  if (session.json) return PrintJson(reply);
  std::cout << "logged in as " << reply.user() << " (" << absl::StrJoin(reply.roles(), ", ") << ") until "
            << reply.ends() << "\n";
  if (options.print_token) std::cout << reply.token() << "\n";
}

void Logout(Session& session) {
  auto file = SessionFile(session.session_file, session.node_directory);
  auto stub = session.Connect();
  if (!stub || !session.Check(file.status())) return;
  grpc::ClientContext context;
  v1::LogoutReply reply;
  const bool ended = session.Check(stub->Logout(&context, {}, &reply));
  RemoveToken(*file);
  if (!ended) return;
  if (session.json) return PrintJson(reply);
  std::cout << "logged out\n";
}

void ListSessions(Session& session, const UserOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ListSessionsRequest request;
  request.set_all(options.all);
  v1::ListSessionsReply reply;
  if (!session.Check(stub->ListSessions(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"SESSION", "USER", "BEGAN", "ENDS"}};
  for (const v1::SessionLine& one : reply.sessions()) rows.push_back({one.id(), one.user(), one.began(), one.ends()});
  PrintTable(rows);
}

void EndSession(Session& session, const UserOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::EndSessionRequest request;
  request.set_id(options.session_id);
  *request.mutable_asker() = session.Asker();
  v1::SessionLine reply;
  if (!session.Check(stub->EndSession(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  std::cout << "session " << reply.id() << " of " << reply.user() << " has ended\n";
}

void AddPasswordFile(CLI::App* verb, UserOptions& options) {
  verb->add_option("--password-file", options.password_file,
                   "Read the password from this file; otherwise it is asked for on the terminal");
}

CLI::App* AddNamed(CLI::App* user, Session& session, const std::shared_ptr<UserOptions>& options, const char* verb,
                   const char* about) {
  CLI::App* added = user->add_subcommand(verb, about);
  added->add_option("NAME", options->name, "The user")->required();
  added->footer(absl::StrCat("Example:\n  tidegate --node ~/lantern user ", verb, " ana"));
  AddJson(added, session);
  AddAsker(added, session);
  return added;
}

void AddUserVerbs(CLI::App& app, Session& session) {
  CLI::App* user = app.add_subcommand("user", "Who may use the node, in which roles");
  user->require_subcommand(1);
  user->footer(
      "Until there is a user, whoever may use the node's socket has every role. From the first on, everybody logs in.\n"
      "Examples:\n"
      "  tidegate --node ~/lantern user add sue --role administrator\n"
      "  tidegate --node ~/lantern user list");
  auto options = std::make_shared<UserOptions>();

  CLI::App* add = user->add_subcommand("add", "Make an account; the first is an administrator's");
  add->add_option("NAME", options->name, "Lower-case letters, digits and single `-._` between them")->required();
  add->add_option("--role", options->roles, "What the user may be; give it again for another role")
      ->required()
      ->delimiter(',');
  AddPasswordFile(add, *options);
  add->footer(absl::StrCat(kRolesFooter,
                           "A password has at least 12 characters and is not made of common words.\n"
                           "Examples:\n"
                           "  tidegate --node ~/lantern user add sue --role administrator\n"
                           "  tidegate --node ~/lantern user add ana --role investigator --role screening"));
  AddJson(add, session);
  AddAsker(add, session);
  add->callback([&session, options] { AddUser(session, *options); });

  CLI::App* list = user->add_subcommand("list", "List the accounts");
  list->footer("Example:\n  tidegate --node ~/lantern user list");
  AddJson(list, session);
  list->callback([&session] { ListUsers(session); });

  CLI::App* role = user->add_subcommand("role", "Give a user these roles and no others; ends the user's sessions");
  role->add_option("NAME", options->name, "The user")->required();
  role->add_option("ROLE", options->more_roles, "The roles from now on");
  role->add_option("--role", options->roles, "The same")->delimiter(',');
  role->footer(
      absl::StrCat(kRolesFooter, "Example:\n  tidegate --node ~/lantern user role ana investigator screening"));
  AddJson(role, session);
  AddAsker(role, session);
  role->callback([&session, options] { SetRoles(session, *options); });

  CLI::App* disable = AddNamed(user, session, options, "disable", "Let a user in no more; ends the user's sessions");
  disable->callback(
      [&session, options] { ChangeUser<v1::DisableUserRequest>(session, *options, &v1::Operator::Stub::DisableUser); });
  CLI::App* enable = AddNamed(user, session, options, "enable", "Let a disabled user in again");
  enable->callback(
      [&session, options] { ChangeUser<v1::EnableUserRequest>(session, *options, &v1::Operator::Stub::EnableUser); });

  CLI::App* passwd = user->add_subcommand("passwd", "Set a password; ends the user's sessions");
  passwd->add_option("NAME", options->name, "The user; left out, yourself");
  AddPasswordFile(passwd, *options);
  passwd->add_option("--current-password-file", options->current_file,
                     "Your password until now is in this file. To set your own you give it too");
  passwd->footer(
      "Everybody sets their own, and gives the current one too. An administrator sets those of others.\n"
      "Examples:\n  tidegate --node ~/lantern user passwd\n  tidegate --node ~/lantern user passwd ana");
  AddJson(passwd, session);
  AddAsker(passwd, session);
  passwd->callback([&session, options] { SetPassword(session, *options); });
}

void AddSessionVerbs(CLI::App& app, Session& session) {
  CLI::App* group = app.add_subcommand("session", "Sessions: who is logged in");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n  tidegate --node ~/lantern session list\n  tidegate --node ~/lantern session end 3f9c2a51d07e");
  auto options = std::make_shared<UserOptions>();
  CLI::App* list = group->add_subcommand("list", "List your sessions, or all");
  list->add_flag("--all", options->all, "Of all users; for administrators and auditors");
  list->footer("Example:\n  tidegate --node ~/lantern session list --all");
  AddJson(list, session);
  list->callback([&session, options] { ListSessions(session, *options); });
  CLI::App* end = group->add_subcommand("end", "End a session: its token is worth nothing any more");
  end->add_option("ID", options->session_id, "As `session list` has it")->required();
  end->footer("Example:\n  tidegate --node ~/lantern session end 3f9c2a51d07e --reason \"laptop lost\"");
  AddJson(end, session);
  AddAsker(end, session);
  end->callback([&session, options] { EndSession(session, *options); });
}

}  // namespace

void AddUsers(CLI::App& app, Session& session) {
  AddUserVerbs(app, session);
  auto options = std::make_shared<UserOptions>();
  CLI::App* login = app.add_subcommand("login", "Begin a session as a user of the node");
  login->add_option("NAME", options->name, "Your name as a user")->required();
  AddPasswordFile(login, *options);
  login->add_flag("--print-token", options->print_token, "Print the token too: whoever has it is you");
  login->footer(
      "A session lasts 12 hours. Its token is kept in your runtime directory (XDG_RUNTIME_DIR), or where --session "
      "FILE "
      "or\nTIDEGATE_SESSION says; the other verbs find it there.\n"
      "Examples:\n  tidegate --node ~/lantern login ana\n"
      "  tidegate --node ~/lantern login ana --password-file ~/.lantern-password");
  AddJson(login, session);
  login->callback([&session, options] { Login(session, *options); });

  CLI::App* logout = app.add_subcommand("logout", "End your session");
  logout->footer("Example:\n  tidegate --node ~/lantern logout");
  AddJson(logout, session);
  logout->callback([&session] { Logout(session); });
  AddSessionVerbs(app, session);
}

}  // namespace tidegate::command
