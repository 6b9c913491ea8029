#include "tests/fault/hostile/node.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tidegate::hostile {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  int port = 0;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(listener);
  return port;
}

// Starts a program that ends with this one. Its two outputs go to files, which are emptied first unless `append`.
pid_t Spawn(const Words& words, const std::string& out, const std::string& err, bool append) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC);
  const int out_file = open(out.c_str(), flags, 0600), err_file = open(err.c_str(), flags, 0600);
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out_file, STDOUT_FILENO);
    dup2(err_file, STDERR_FILENO);
    execv(arguments.front(), arguments.data());
    _exit(127);
  }
  close(out_file);
  close(err_file);
  return child;
}

}  // namespace

bool Until(const std::function<bool()>& holds, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

absl::StatusOr<std::unique_ptr<Node>> Node::Make(const std::string& program, const std::string& folder,
                                                 const std::string& organisation, const std::string& sector,
                                                 const std::string& extra) {
  std::unique_ptr<Node> node(new Node());
  node->program_ = program;
  node->directory_ = absl::StrCat(folder, "/", organisation);
  node->organisation_ = organisation;
  node->log_ = absl::StrCat(folder, "/", organisation, ".log");
  node->port_ = FreePort();
  const Ran made = node->Run({"init", "--organisation", organisation, "--sector", sector, "--country", "GB", "--listen",
                              node->address(), "--key-file", absl::StrCat(folder, "/keys/", organisation, ".key")});
  if (made.code != 0) return absl::InternalError(absl::StrCat("init: ", made.err));
  std::ofstream(node->directory_ + "/tidegate.toml", std::ios::app) << extra;
  return node;
}

Node::~Node() { Stop(); }

absl::Status Node::Start() {
  process_ = Spawn({program_, "--node", directory_, "serve"}, log_, log_, /*append=*/true);
  if (Until([this] { return !alive() || Run({"status", "--json"}).code == 0; }) && alive()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(organisation_, " does not serve: ", LogSince(0)));
}

void Node::Stop() {
  if (process_ <= 0) return;
  kill(process_, SIGTERM);
  if (!Until([this] { return waitpid(process_, nullptr, WNOHANG) != 0; }, 20)) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  process_ = -1;
}

bool Node::alive() const { return process_ > 0 && kill(process_, 0) == 0 && waitpid(process_, nullptr, WNOHANG) == 0; }

Ran Node::Run(const Words& words) const {
  static std::atomic<int> number = 0;
  const std::string base = absl::StrCat(fs::path(directory_).parent_path().string(), "/run-", ++number);
  Words whole = {program_, "--node", directory_};
  whole.insert(whole.end(), words.begin(), words.end());
  const pid_t child = Spawn(whole, base + ".out", base + ".err", /*append=*/false);
  int state = 0;
  waitpid(child, &state, 0);
  Ran ran{WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state), ReadAll(base + ".out"),
          ReadAll(base + ".err")};
  fs::remove(base + ".out");
  fs::remove(base + ".err");
  return ran;
}

absl::StatusOr<json> Node::Ask(Words words) const {
  words.push_back("--json");
  const Ran ran = Run(words);
  json answer = json::parse(ran.out.empty() ? "{}" : ran.out, nullptr, /*allow_exceptions=*/false);
  if (ran.code == 0 && !answer.is_discarded()) return answer;
  return absl::InternalError(absl::StrCat("`", absl::StrJoin(words, " "), "` ended with ", ran.code, ": ", ran.err));
}

size_t Node::LogMark() const {
  std::error_code error;
  const auto size = fs::file_size(log_, error);
  return error ? 0 : static_cast<size_t>(size);
}

std::string Node::LogSince(size_t mark) const {
  std::string text = ReadAll(log_);
  return text.substr(std::min(mark, text.size()));
}

std::string Node::RefusedSince(size_t mark, int seconds) const {
  static const std::regex kRefused("refused at layer ([a-z]+)");
  std::string layer;
  Until(
      [&] {
        const std::string text = LogSince(mark);
        std::smatch found;
        if (std::regex_search(text, found, kRefused)) layer = found[1];
        return !layer.empty();
      },
      seconds);
  return layer;
}

absl::StatusOr<uint64_t> Node::RegisterSize() const {
  absl::StatusOr<json> status = Ask({"status"});
  if (!status.ok()) return status.status();
  const json& size = (*status)["register_size"];
  return size.is_string() ? std::stoull(size.get<std::string>()) : size.get<uint64_t>();
}

absl::StatusOr<std::string> Node::AddReport(const std::string& title) const {
  absl::StatusOr<json> added =
      Ask({"add", "report", "--set", "title=" + title, "--set", "place=|Leeds|West Yorkshire|GB", "--set", "tlp=GREEN",
           "--set", "purpose=prevention", "--set", "legal_basis=gdpr-6-1-f"});
  if (!added.ok()) return added.status();
  return (*added)["id"].get<std::string>();
}

}  // namespace tidegate::hostile
