#include "tests/fault/rude/watch.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tidegate/v1/operator.grpc.pb.h"

namespace tidegate::rude {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int64_t kMayRiseKib = 64 << 10;
constexpr int64_t kMayKeepKib = 16 << 10;
constexpr int kPatienceMs = 10000;

int64_t SinceMs(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

// As the command line asks, on a connection of its own.
bool AskOperators(const std::string& directory) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto stub = v1::Operator::NewStub(
      grpc::CreateCustomChannel("unix:" + directory + "/operator.sock", grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(kPatienceMs));
  v1::StatusReply reply;
  return stub->Status(&context, v1::StatusRequest(), &reply).ok();
}

std::vector<pid_t> ChildrenOf(pid_t process) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (Field(pid, "PPid:") == process) children.push_back(pid);
  }
  return children;
}

}  // namespace

int64_t Field(pid_t process, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(name, 0) == 0) return std::stoll(line.substr(name.size()));
  }
  return 0;
}

pid_t ChildOf(pid_t process, std::string_view name) {
  for (const pid_t child : ChildrenOf(process)) {
    std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
    std::string word;
    if (std::getline(comm, word) && word == name) return child;
  }
  return 0;
}

int64_t Resident(pid_t process) {
  int64_t all = Field(process, "VmRSS:");
  for (const pid_t child : ChildrenOf(process)) all += Field(child, "VmRSS:");
  return all;
}

Watch::Watch(hostile::Node& node, hostile::Partner& honest) : node_(node), honest_(honest) {
  figures_.before_kib = figures_.peak_kib = Resident(node.process());
  weighing_ = std::thread([this] { Weigh(); });
  serving_ = std::thread([this] { Serve(); });
}

void Watch::Weigh() {
  while (!stop_) {
    const int64_t now = Resident(node_.process());
    {
      std::lock_guard lock(mutex_);
      figures_.peak_kib = std::max(figures_.peak_kib, now);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Watch::Serve() {
  do {
    const auto begin = Clock::now();
    const bool operators = AskOperators(node_.directory());
    const int64_t operators_ms = SinceMs(begin);
    const auto second = Clock::now();
    const absl::Status partners = honest_.IntroduceHonestly();
    const int64_t partners_ms = SinceMs(second);
    std::lock_guard lock(mutex_);
    figures_.operators_ms = std::max(figures_.operators_ms, operators_ms);
    figures_.partners_ms = std::max(figures_.partners_ms, partners_ms);
    ++figures_.served;
    if (!operators) figures_.wrong = "operators were not served";
    if (!partners.ok()) figures_.wrong = "a partner was not served: " + std::string(partners.message());
  } while (!stop_);
}

Figures Watch::Stop() {
  if (!serving_.joinable()) return figures_;
  stop_ = true;
  serving_.join();
  weighing_.join();
  if (figures_.wrong.empty() && (figures_.operators_ms > kWithinMs || figures_.partners_ms > kWithinMs)) {
    figures_.wrong = "somebody waited for more than a second";
  }
  if (kSanitized) return figures_;
  const auto comes_back = [this] {
    figures_.after_kib = Resident(node_.process());
    return figures_.after_kib <= figures_.before_kib + kMayKeepKib;
  };
  const bool back = hostile::Until(comes_back, 8);
  if (figures_.peak_kib > figures_.before_kib + kMayRiseKib) figures_.wrong = "memory rose by more than 64 MiB";
  if (!back && figures_.wrong.empty()) figures_.wrong = "memory did not come back";
  return figures_;
}

}  // namespace tidegate::rude
