#include "node/watchdog.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "threads/threads.h"

namespace tidegate::node {
namespace {

constexpr char kHttp2Begins[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";  // and a zero for the frame's end

class Socket {
 public:
  explicit Socket(int file) : file_(file) {}
  ~Socket() {
    if (file_ >= 0) close(file_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int file() const { return file_; }

 private:
  const int file_;
};

}  // namespace

Watchdog::Watchdog(std::vector<Door> doors, Pace pace, std::function<void()> well,
                   std::function<void(const std::string&)> lost)
    : doors_(std::move(doors)), pace_(pace), well_(std::move(well)), lost_(std::move(lost)) {
  thread_ = std::thread([this] { Run(); });
}

Watchdog::~Watchdog() {
  {
    threads::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

void Watchdog::Run() {
  std::vector<int> failures(doors_.size(), 0);
  threads::MutexLock lock(mutex_);
  for (;;) {
    const auto until = std::chrono::steady_clock::now() + pace_.between;
    while (!stopping_ && wake_.WaitUntil(mutex_, until)) {
    }
    if (stopping_) return;
    lock.Unlock();
    bool all = true;
    for (size_t i = 0; i < doors_.size(); ++i) {
      const absl::Status answered = doors_[i].answers();
      failures[i] = answered.ok() ? 0 : failures[i] + 1;
      if (answered.ok()) continue;
      all = false;
      spdlog::warn("node: {} does not answer: {}", doors_[i].name, std::string(answered.message()));
      if (failures[i] < pace_.most_failures) continue;
      lost_(doors_[i].name);
      return;
    }
    if (all) well_();
    lock.Lock();
  }
}

absl::Status KnockAtSocket(const std::string& path, std::chrono::milliseconds patience) {
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.file() < 0 || path.size() >= sizeof address.sun_path) {
    return absl::UnavailableError(absl::StrCat("no socket: ", std::strerror(errno)));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (connect(socket.file(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return absl::UnavailableError(absl::StrCat("no connection: ", std::strerror(errno)));
  }
  if (send(socket.file(), kHttp2Begins, sizeof kHttp2Begins, MSG_NOSIGNAL) < 0) {
    return absl::UnavailableError(absl::StrCat("nothing can be said: ", std::strerror(errno)));
  }
  pollfd wait{socket.file(), POLLIN, 0};
  char byte = 0;
  if (poll(&wait, 1, static_cast<int>(patience.count())) == 1 && recv(socket.file(), &byte, 1, 0) == 1) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError("no answer in time");
}

void TellSupervisor(const std::string& state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
  const Socket socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  if (socket.file() < 0) return;
  sendto(socket.file(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace tidegate::node
