#include "node/command/session.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "node/command/planned.h"
#include "node/command/print.h"
#include "node/command/session_file.h"
#include "node/command/waiting.h"
#include "node/node.h"
#include "node/record/value/value.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr char kSocket[] = "operator.sock";
constexpr char kOwnAccount[] = "operator.own";  // of a shared node; its own Unix account can read it

// Adds who asks to every call, so that no verb can leave it out: the user's name as it was said, the token of a login.
class Naming final : public grpc::experimental::Interceptor {
 public:
  Naming(std::string user, std::string token, std::string own)
      : user_(std::move(user)), token_(std::move(token)), own_(std::move(own)) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      if (!user_.empty()) methods->GetSendInitialMetadata()->emplace("tidegate-user-bin", user_);
      if (!token_.empty()) methods->GetSendInitialMetadata()->emplace("tidegate-session", token_);
      if (!own_.empty()) methods->GetSendInitialMetadata()->emplace("tidegate-own-account", own_);
    }
    methods->Proceed();
  }

 private:
  const std::string user_;
  const std::string token_;
  const std::string own_;
};

class NamingFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  NamingFactory(std::string user, std::string token, std::string own)
      : user_(std::move(user)), token_(std::move(token)), own_(std::move(own)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo*) override {
    return new Naming(user_, token_, own_);  // gRPC takes it
  }

 private:
  const std::string user_;
  const std::string token_;
  const std::string own_;
};

// What a token may be in a call's metadata: anything else in the file is no token of ours.
bool IsToken(const std::string& token) {
  return token.size() <= 128 && std::all_of(token.begin(), token.end(), [](char c) { return absl::ascii_isalnum(c); });
}

}  // namespace

std::unique_ptr<v1::Operator::Stub> Session::Connect() {
  if (node_directory.empty()) {
    Usage(kWhichNode);
    return nullptr;
  }
  if (!Check(node::CheckReach(node_directory, kSocket))) return nullptr;
  const std::string socket = absl::StrCat(node_directory, "/", kSocket);
  struct stat status {};
  if (stat(socket.c_str(), &status) != 0) {
    Fail(absl::StrCat("no node is serving in `", node_directory, "`; start it with `tidegate --node ", node_directory,
                      " serve`"),
         kRefused);
    return nullptr;
  }
  std::string token;
  if (auto file = SessionFile(session_file, node_directory); file.ok() && sends_session) {
    auto read = ReadToken(*file);
    if (!Check(read.status())) return nullptr;
    if (!IsToken(*read)) {
      Fail(absl::StrCat("`", *file, "` holds no session; log in again"), kRefused);
      return nullptr;
    }
    token = *std::move(read);
  }
  std::string own;
  if (auto read = ReadFile(absl::StrCat(node_directory, "/", kOwnAccount), 128); read.ok() && IsToken(*read)) {
    own = *std::move(read);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetMaxSendMessageSize(64 << 20);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> beside;
  beside.push_back(std::make_unique<NamingFactory>(user, std::move(token), std::move(own)));
  beside.push_back(ShowWaiting());
  auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(
      absl::StrCat("unix:", socket), grpc::InsecureChannelCredentials(), arguments, std::move(beside));
  return v1::Operator::NewStub(channel);
}

bool Session::SendsFiles() const {
  return access(absl::StrCat(node_directory, "/", kOwnAccount).c_str(), R_OK) != 0 && errno == EACCES;
}

v1::Asker Session::Asker() {
  if (needs_reason && reason.empty() && !json && OnTerminal() && isatty(STDERR_FILENO) == 1) {
    std::cerr << "Why do you look? The register keeps it: " << std::flush;
    std::getline(std::cin, reason);
    if (!value::IsCleanText(reason)) {
      std::cerr << "that is not UTF-8 text, or it has control characters\n";
      reason.clear();
    }
  }
  needs_reason = false;
  v1::Asker asker;
  asker.set_reason(reason);
  return asker;
}

bool Session::Check(const grpc::Status& status) {
  if (status.ok()) return true;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    Fail(absl::StrCat("the node in `", node_directory, "` does not answer; start it with `tidegate --node ",
                      node_directory, " serve`"),
         kRefused);
    return false;
  }
  const std::string& why = status.error_message();
  Fail(why.empty() ? "the node refused and gave no reason; look into the node's log" : why,
       status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? kUsage : kRefused);
  return false;
}

bool Session::Check(const absl::Status& status) {
  if (status.ok()) return true;
  Fail({status.message().data(), status.message().size()}, absl::IsInvalidArgument(status) ? kUsage : kRefused);
  return false;
}

void Session::Usage(std::string_view message) { Fail(message, kUsage); }

void Session::TellUnread(uint32_t count, const google::protobuf::RepeatedPtrField<std::string>& arrivals,
                         std::string_view what) {
  if (count == 0) return;
  exit_code = kPartly;
  if (json) return;
  std::cerr << count << " " << what;
  if (!arrivals.empty()) std::cerr << " (arrivals " << absl::StrJoin(arrivals, ", ") << ")";
  std::cerr << "; run `tidegate verify`\n";
}

void Session::Fail(std::string_view message, ExitCode code) {
  exit_code = code;
  PrintError(message, code, json);
}

void PrintError(std::string_view message, ExitCode code, bool json) {
  if (!json) {
    TellText("tidegate: " + text::Lines(message));
    return;
  }
  const char* kind = code == kUsage ? "usage" : code == kPartly ? "partly" : "refused";
  std::cerr << text::JsonTree(nlohmann::ordered_json{
                   {"error", {{"kind", kind}, {"exit_code", static_cast<int>(code)}, {"message", message}}}})
            << "\n";
}

void AddJson(CLI::App* verb, Session& session) {
  verb->add_flag("--json", session.json, "Print JSON (messages of operator.proto) instead of tables");
}

void AddOrigin(CLI::App* verb, std::string& origin) {
  verb->add_option("--origin", origin, "The author of the record, if several organisations use the id");
}

void AddAsker(CLI::App* verb, Session& session) {
  verb->add_option("--user", session.user, "Who asks; kept in the register");
  verb->add_option("--reason", session.reason, "Why; kept in the register");
}

void AddReader(CLI::App* verb, Session& session) {
  verb->add_option("--user", session.user, "Who asks; kept in the register");
  verb->add_option("--reason", session.reason, "Why you look; needed, and kept in the register");
  verb->preparse_callback([&session](size_t) { session.needs_reason = true; });
}

absl::StatusOr<std::vector<v1::Assignment>> ParseAssignments(const std::vector<std::string>& arguments,
                                                             std::string_view option) {
  std::vector<v1::Assignment> assignments;
  for (const std::string& argument : arguments) {
    const size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", std::string(option), " ", argument, "`: expected FIELD=VALUE"));
    }
    v1::Assignment& assignment = assignments.emplace_back();
    assignment.set_field(argument.substr(0, equals));
    assignment.set_value(argument.substr(equals + 1));
  }
  return assignments;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  std::string text(limit + 1, '\0');  // one more than may be, so that no file is read further than that
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (file.bad()) return absl::InvalidArgumentError(absl::StrCat("`", path, "` cannot be read as a file"));
  if (text.size() > limit) {
    return absl::InvalidArgumentError(absl::StrCat("`", path, "` is larger than ", limit, " bytes"));
  }
  return text;
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path, size_t limit) {
  auto text = ReadFile(path, limit);
  if (!text.ok() || value::IsCleanText(*text)) return text;
  size_t line = 1;
  for (const absl::string_view one : absl::StrSplit(*text, '\n')) {
    if (!value::IsCleanText({one.data(), one.size()})) break;
    ++line;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("`", path, "` line ", line,
                   ": this is not UTF-8 text, or it has control characters; save the file as plain text"));
}

}  // namespace tidegate::command
