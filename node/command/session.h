// A verb's session with the serving node, and the options that verbs share.
#ifndef TIDEGATE_NODE_COMMAND_SESSION_H_
#define TIDEGATE_NODE_COMMAND_SESSION_H_

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::command {

// Exit codes are part of the pinned command line.
enum ExitCode : int { kSuccess = 0, kRefused = 1, kUsage = 2, kPartly = 3 };

inline constexpr char kWhichNode[] = "which node? Give --node DIR or set TIDEGATE_NODE";

// Prints an error on stderr: a sentence, or with `json` one line {"error": {"kind", "exit_code", "message"}}. `kind` is
// usage, refused or partly (docs/json.md).
void PrintError(std::string_view message, ExitCode code, bool json);

// Shared by all verbs of one invocation. CLI11 fills it before a verb's callback runs.
struct Session {
  std::string node_directory;
  std::string user;
  std::string reason;
  std::string session_file;   // --session: where the token of the login is; empty: in the runtime directory
  bool sends_session = true;  // the token goes with every call
  bool needs_reason = false;  // the node refuses this verb without a reason
  bool json = false;
  bool no_pager = false;
  int exit_code = kSuccess;

  // The stub of the serving node. If no node answers, prints what to do and returns null.
  std::unique_ptr<v1::Operator::Stub> Connect();
  // Whether the node is shared with a Unix group and runs as another account than this process: then it opens no file
  // for this one, which sends contents.
  bool SendsFiles() const;
  // The reason of this invocation. Where the verb needs one and none was given, asks for it on the terminal, once. No
  // reason is made up: without an answer the node refuses. The user's name travels in the metadata of every call.
  v1::Asker Asker();
  // One call of the node, with who asks and why. If it fails, prints why and returns false.
  template <typename Request, typename Reply>
  bool Ask(grpc::Status (v1::Operator::Stub::*call)(grpc::ClientContext*, const Request&, Reply*),
           std::type_identity_t<Request> request, Reply& reply) {
    const auto stub = Connect();
    if (!stub) return false;
    if constexpr (requires { request.mutable_asker(); }) *request.mutable_asker() = Asker();
    grpc::ClientContext context;
    return Check((stub.get()->*call)(&context, request, &reply));
  }
  // True if `status` is OK. Otherwise prints the refusal and sets the exit code.
  bool Check(const grpc::Status& status);
  bool Check(const absl::Status& status);
  void Usage(std::string_view message);
  // Prints the error and sets the exit code.
  void Fail(std::string_view message, ExitCode code);
  // An answer leaves out `count` things that are damaged on disk (0: nothing). Prints that, and sets the exit code
  // kPartly. `what`: `records cannot be read and are left out`.
  void TellUnread(uint32_t count, const google::protobuf::RepeatedPtrField<std::string>& arrivals,
                  std::string_view what);
};

// Adds `--json` to a reading verb, and `--user`, `--reason` where access is recorded.
void AddJson(CLI::App* verb, Session& session);
void AddAsker(CLI::App* verb, Session& session);
// The same for a verb that shows what records hold: the node refuses it without a reason, so it is asked for.
void AddReader(CLI::App* verb, Session& session);
// --origin: authors choose ids, so author and id together name a record.
void AddOrigin(CLI::App* verb, std::string& origin);

// `FIELD=VALUE` arguments of this option. Errors: an argument without `=`.
absl::StatusOr<std::vector<v1::Assignment>> ParseAssignments(const std::vector<std::string>& arguments,
                                                             std::string_view option = "--set");

// Whole file, at most `limit` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit);
// The same of a file that people wrote: UTF-8 without control characters. Errors name the line.
absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t limit);

// Each adds its verbs to `app`; one file a verb or family.
void AddNode(CLI::App& app, Session& session);
void AddPartner(CLI::App& app, Session& session);
void AddCircle(CLI::App& app, Session& session);
void AddImport(CLI::App& app, Session& session);
void AddImports(CLI::App& app, Session& session);
void AddInbox(CLI::App& app, Session& session);
void AddMapping(CLI::App& app, Session& session);
void AddAuthoring(CLI::App& app, Session& session);
void AddAttach(CLI::App& app, Session& session);
void AddFinding(CLI::App& app, Session& session);
void AddReading(CLI::App& app, Session& session);
void AddRecall(CLI::App& app, Session& session);
void AddPolicy(CLI::App& app, Session& session);
void AddAudit(CLI::App& app, Session& session);
// The verb of `audit` for a request for subject access.
void AddAuditSubject(CLI::App& audit, Session& session);
// The verbs of `audit` that write and check files.
void AddAuditExport(CLI::App& audit, Session& session);
void AddStatus(CLI::App& app, Session& session);
void AddHold(CLI::App& app, Session& session);
// `left` shows what an earlier version left, or settles the record that it is given.
void AddReview(CLI::App& app, Session& session, std::function<void(const std::string& settle)> left);
void AddUsers(CLI::App& app, Session& session);
void AddCatalogue(CLI::App& app, Session& session);
void AddManual(CLI::App& app, Session& session);

}  // namespace tidegate::command

#endif  // TIDEGATE_NODE_COMMAND_SESSION_H_
