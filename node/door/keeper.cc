// The serving process's end of the socket pair: DOOR.md, "Two processes".
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/door/clock.h"
#include "node/door/frame.h"
#include "node/door/start.h"

extern char** environ;

namespace tidegate::door {
namespace {

constexpr int kBacklog = 4096;
constexpr int kLeastFile = 16;  // above those that the door is given under fixed numbers
constexpr auto kBindPatience = std::chrono::seconds(5);
constexpr uint64_t kFirstBackoffMs = 50, kMostBackoffMs = 5000;
constexpr std::chrono::milliseconds kStopPatience = std::chrono::seconds(3);
constexpr uint64_t kWellAfterMs = 10000;
constexpr uint64_t kAskMs = 1000;
#ifdef TIDEGATE_SANITIZED
constexpr uint64_t kAnswerMs = 60000;
#else
constexpr uint64_t kAnswerMs = 5000;
#endif
constexpr ConnectionId kNumbersOfOneDoor = ConnectionId{1} << 40;

absl::Status CannotListen(std::string_view where, std::string_view why) {
  return absl::UnavailableError(absl::StrCat("door: cannot listen on `", std::string(where), "`: ", std::string(why)));
}

// Out of the way of the numbers that the door's own files get.
int Above(int file) {
  const int moved = fcntl(file, F_DUPFD_CLOEXEC, kLeastFile);
  close(file);
  return moved;
}

// A door of a killed node holds the address for the moment that it takes to notice: waits for that.
int BindAndListen(const addrinfo& address, std::string& why) {
  const auto deadline = std::chrono::steady_clock::now() + kBindPatience;
  while (true) {
    const int file = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) {
      why = std::strerror(errno);
      return -1;
    }
    const int on = 1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(file, address.ai_addr, address.ai_addrlen) == 0 && listen(file, kBacklog) == 0) return Above(file);
    const int error = errno;
    close(file);
    why = std::strerror(error);
    if (error != EADDRINUSE || std::chrono::steady_clock::now() > deadline) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

absl::StatusOr<int> Listen(std::string_view where) {
  const size_t colon = where.rfind(':');
  if (colon == std::string_view::npos) return CannotListen(where, "write HOST:PORT");
  std::string host(where.substr(0, colon));
  const std::string port(where.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return CannotListen(where, gai_strerror(error));
  }
  std::string why = "there is no such address";
  int file = -1;
  for (const addrinfo* address = found; address != nullptr && file < 0; address = address->ai_next) {
    file = BindAndListen(*address, why);
  }
  freeaddrinfo(found);
  if (file < 0) return CannotListen(where, why);
  return file;
}

int PortOf(int file) {
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (getsockname(file, reinterpret_cast<sockaddr*>(&name), &length) != 0) return 0;
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(name).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(name).sin_port);
}

// The program that this process runs, as a door. 0 where it cannot be started.
pid_t Spawn(int channel, int listener) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, channel, kChannelFile);
  posix_spawn_file_actions_adddup2(&files, listener, kListenerFile);
  // It ends when we do, not when a terminal or a supervisor signals both of us.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, one);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  char name[] = "tidegate", verb[sizeof kVerb];
  std::memcpy(verb, kVerb, sizeof kVerb);
  char* const arguments[] = {name, verb, nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? child : 0;
}

// How it ended: by itself, or killed where it does not within its time.
int WaitFor(pid_t child, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return status;
}

std::string HowEnded(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("signal ", WTERMSIG(status));
  return absl::StrCat("exit code ", WEXITSTATUS(status));
}

}  // namespace

class Keeper::State {
 public:
  State(int listener, const Certificate& certificate, const Pins& pins)
      : listener_(listener),
        port_(PortOf(listener)),
        certificate_(EncodeCertificate(certificate)),
        pins_(EncodePins(pins)) {}
  ~State() { Stop(); }

  void Open(Visits& visits) {
    thread_ = std::thread([this, &visits] { Run(visits); });
  }

  void Stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      if (channel_ >= 0) shutdown(channel_, SHUT_RDWR);
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) close(std::exchange(listener_, -1));
  }

  int port() const { return port_; }

  void SetPins(const Pins& pins) {
    std::lock_guard lock(mutex_);
    pins_ = EncodePins(pins);
    Write(EncodeFrame(Kind::kPins, 0, 0, pins_));
  }
  void SetCertificate(const Certificate& certificate) {
    std::lock_guard lock(mutex_);
    certificate_ = EncodeCertificate(certificate);
    Write(EncodeFrame(Kind::kCertificate, 0, 0, certificate_.Expose()));
  }
  void Send(ConnectionId connection, StreamId stream, std::string_view bytes) {
    const std::string frame = EncodeFrame(Kind::kSend, connection, stream, bytes);
    std::lock_guard lock(mutex_);
    Write(frame);
  }
  void Finish(ConnectionId connection, StreamId stream, int status, std::string_view message) {
    const std::string frame = EncodeFrame(Kind::kFinish, connection, stream, EncodeFinish(status, message));
    std::lock_guard lock(mutex_);
    Write(frame);
  }

 private:
  // Under the lock. The door always reads, so this waits for no caller; where the door is gone it is in vain.
  void Write(std::string_view bytes) {
    while (channel_ >= 0 && !bytes.empty()) {
      const ssize_t length = send(channel_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0) {
        shutdown(channel_, SHUT_RDWR);  // whoever reads it notices
        return;
      }
      bytes.remove_prefix(static_cast<size_t>(length));
    }
  }

  // One door after another.
  void Run(Visits& visits) {
    uint64_t backoff_ms = kFirstBackoffMs;
    for (uint64_t number = 0;; ++number) {
      const uint64_t began_ms = NowMs();
      const absl::Status ended = RunOne(number, visits);
      visits.AllClosed();
      if (NowMs() > began_ms + kWellAfterMs) backoff_ms = kFirstBackoffMs;
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      spdlog::error("door: it ended ({}) and is started again in {} ms", std::string(ended.message()), backoff_ms);
      wake_.wait_for(lock, std::chrono::milliseconds(backoff_ms), [this] { return stopping_; });
      if (stopping_) return;
      backoff_ms = std::min(backoff_ms * 2, kMostBackoffMs);
    }
  }

  absl::Status RunOne(uint64_t number, Visits& visits) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      return absl::InternalError(absl::StrCat("no socket pair: ", std::strerror(errno)));
    }
    const int ours = Above(ends[0]), theirs = Above(ends[1]);
    const pid_t child = Spawn(theirs, listener_);
    close(theirs);
    if (child == 0) {
      close(ours);
      return absl::InternalError("it cannot be started");
    }
    {
      std::lock_guard lock(mutex_);
      channel_ = ours;
      Write(EncodeFrame(Kind::kHello, 0, 0, EncodeHello(number * kNumbersOfOneDoor)));
      Write(EncodeFrame(Kind::kPins, 0, 0, pins_));
      Write(EncodeFrame(Kind::kCertificate, 0, 0, certificate_.Expose()));
      if (stopping_) shutdown(channel_, SHUT_RDWR);
    }
    absl::Status read = ReadAll(ours, visits);
    {
      std::lock_guard lock(mutex_);
      channel_ = -1;
    }
    close(ours);
    const int status = WaitFor(child, absl::IsCancelled(read) ? kStopPatience : std::chrono::milliseconds(100));
    return absl::InternalError(absl::StrCat(std::string(read.message()), "; ", HowEnded(status)));
  }

  // Until the door ends, lies, or does not answer.
  absl::Status ReadAll(int channel, Visits& visits) {
    FrameReader reader;
    std::string bytes(64 << 10, '\0');
    uint64_t heard_ms = NowMs(), pinged_ms = heard_ms;
    while (true) {
      pollfd wait{channel, POLLIN, 0};
      if (poll(&wait, 1, static_cast<int>(kAskMs)) < 0 && errno != EINTR) return absl::InternalError("no poll");
      const uint64_t now_ms = NowMs();
      if (wait.revents != 0) {
        const ssize_t length = recv(channel, bytes.data(), bytes.size(), 0);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) return stopping() ? absl::CancelledError("stopping") : absl::InternalError("it hung up");
        heard_ms = now_ms;
        reader.Add({bytes.data(), static_cast<size_t>(length)});
        if (absl::Status told = TellAll(reader, visits); !told.ok()) return told;
      }
      if (now_ms > heard_ms + kAnswerMs) return absl::InternalError("it does not answer");
      if (now_ms >= pinged_ms + kAskMs) {
        pinged_ms = now_ms;
        std::lock_guard lock(mutex_);
        Write(EncodeFrame(Kind::kPing, 0, 0, {}));
      }
    }
  }

  static absl::Status TellAll(FrameReader& reader, Visits& visits) {
    while (true) {
      const absl::StatusOr<std::optional<Frame>> frame = reader.Next();
      if (!frame.ok()) return frame.status();
      if (!frame->has_value()) return absl::OkStatus();
      if (absl::Status told = Tell(**frame, visits); !told.ok()) return told;
    }
  }

  bool stopping() const {
    std::lock_guard lock(mutex_);
    return stopping_;
  }

  int listener_;
  const int port_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  crypto::SecretBytes certificate_;  // as the frames that a new door is given
  std::string pins_;
  int channel_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

Keeper::Keeper(std::unique_ptr<State> state) : state_(std::move(state)) {}
Keeper::~Keeper() = default;

absl::StatusOr<std::unique_ptr<Keeper>> Keeper::Listen(std::string_view listen, Certificate certificate, Pins pins) {
  absl::StatusOr<int> listener = door::Listen(listen);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<Keeper>(new Keeper(std::make_unique<State>(*listener, certificate, pins)));
}

void Keeper::Open(Visits& visits) { state_->Open(visits); }
int Keeper::port() const { return state_->port(); }
void Keeper::SetPins(Pins pins) { state_->SetPins(pins); }
void Keeper::SetCertificate(Certificate certificate) { state_->SetCertificate(certificate); }
void Keeper::Send(ConnectionId connection, StreamId stream, std::string_view bytes) {
  state_->Send(connection, stream, bytes);
}
void Keeper::Finish(ConnectionId connection, StreamId stream, int status, std::string_view message) {
  state_->Finish(connection, stream, status, message);
}
void Keeper::Stop() { state_->Stop(); }

}  // namespace tidegate::door
