// The serving process's end of a socket pair: DOOR.md, "Three processes".
#include "node/door/process.h"

#include <fcntl.h>
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
#include <cstring>

#include "absl/strings/str_cat.h"
#include "node/door/clock.h"
#include "node/door/start.h"

extern char** environ;

namespace tidegate::door {
namespace {

constexpr int kLeastFile = 16;  // above those that a started process is given under fixed numbers
constexpr uint64_t kFirstBackoffMs = 50, kMostBackoffMs = 5000;
constexpr std::chrono::milliseconds kStopPatience = std::chrono::seconds(3);
constexpr uint64_t kWellAfterMs = 10000;
constexpr uint64_t kAskMs = 1000;

// The program that this process runs, as `verb`. 0 if it cannot be started.
pid_t Spawn(const char* verb, int channel, int listener) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  // An attacker who takes the process over cannot write to our terminal or our log.
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
#ifndef TIDEGATE_SANITIZED  // what a sanitizer finds is told there
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_adddup2(&files, channel, kChannelFile);
  if (listener >= 0) posix_spawn_file_actions_adddup2(&files, listener, kListenerFile);
  // It ends when we do, not when a terminal or a supervisor signals both of us.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, one);
  posix_spawnattr_setsigmask(&attributes, &blocked);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::string name = "tidegate", word = verb;
  char* const arguments[] = {name.data(), word.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error == 0 ? child : 0;
}

// A process that hangs, or was taken over, reads nothing. Waiting for it has an end. False when that has come.
bool AwaitRoom(int channel, uint64_t until_ms) {
  const uint64_t now_ms = NowMs();
  if (now_ms >= until_ms) return false;
  pollfd room{channel, POLLOUT, 0};
  return poll(&room, 1, static_cast<int>(until_ms - now_ms)) > 0 || errno == EINTR;
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

int MovedAbove(int file) {
  const int moved = fcntl(file, F_DUPFD_CLOEXEC, kLeastFile);
  close(file);
  return moved;
}

void Process::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Process::Stop() {
  {
    threads::MutexLock lock(mutex_);
    stopping_ = true;
    if (channel_ >= 0) shutdown(channel_, SHUT_RDWR);
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

bool Process::Write(std::string_view frames, int socket) {
  threads::MutexLock lock(mutex_);
  const uint64_t until_ms = NowMs() + answer_ms_;
  while (channel_ >= 0 && !frames.empty()) {
    iovec from{const_cast<char*>(frames.data()), frames.size()};
    msghdr message{};
    message.msg_iov = &from;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> beside{};
    if (socket >= 0) {
      message.msg_control = beside.data();
      message.msg_controllen = beside.size();
      cmsghdr* const part = CMSG_FIRSTHDR(&message);
      part->cmsg_level = SOL_SOCKET;
      part->cmsg_type = SCM_RIGHTS;
      part->cmsg_len = CMSG_LEN(sizeof socket);
      std::memcpy(CMSG_DATA(part), &socket, sizeof socket);
    }
    const ssize_t length = sendmsg(channel_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN && AwaitRoom(channel_, until_ms)) continue;
    if (length < 0) {
      shutdown(channel_, SHUT_RDWR);  // whoever reads it notices
      return false;
    }
    socket = -1;
    frames.remove_prefix(static_cast<size_t>(length));
  }
  return channel_ >= 0;
}

bool Process::AwaitStarted(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  threads::MutexLock lock(mutex_);
  while (!stopping_ && channel_ < 0 && wake_.WaitUntil(mutex_, until)) {
  }
  return channel_ >= 0 && !stopping_;
}

// One process after another.
void Process::Run() {
  uint64_t backoff_ms = kFirstBackoffMs;
  for (uint64_t number = 0;; ++number) {
    const uint64_t began_ms = NowMs();
    const absl::Status ended = RunOne(number);
    owner_.Ended();
    if (NowMs() > began_ms + kWellAfterMs) backoff_ms = kFirstBackoffMs;
    threads::MutexLock lock(mutex_);
    if (stopping_) return;
    spdlog::error("door: the {} ended ({}) and is started again in {} ms", verb_, std::string(ended.message()),
                  backoff_ms);
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(backoff_ms);
    while (!stopping_ && wake_.WaitUntil(mutex_, until)) {
    }
    if (stopping_) return;
    backoff_ms = std::min(backoff_ms * 2, kMostBackoffMs);
  }
}

absl::Status Process::RunOne(uint64_t number) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::InternalError(absl::StrCat("no socket pair: ", std::strerror(errno)));
  }
  const int ours = MovedAbove(ends[0]), theirs = MovedAbove(ends[1]);
  const pid_t child = Spawn(verb_, theirs, listener_);
  close(theirs);
  if (child == 0) {
    close(ours);
    return absl::InternalError("it cannot be started");
  }
  {
    threads::MutexLock lock(mutex_);
    channel_ = ours;
    if (stopping_) shutdown(channel_, SHUT_RDWR);
  }
  wake_.NotifyAll();
  owner_.Begun(number);
  absl::Status read = ReadAll(ours);
  {
    threads::MutexLock lock(mutex_);
    channel_ = -1;
  }
  close(ours);
  const int status = WaitFor(child, absl::IsCancelled(read) ? kStopPatience : std::chrono::milliseconds(100));
  return absl::InternalError(absl::StrCat(std::string(read.message()), "; ", HowEnded(status)));
}

// Until the process ends, lies, or does not answer.
absl::Status Process::ReadAll(int channel) {
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
      if (absl::Status told = TellAll(reader); !told.ok()) return told;
    }
    if (now_ms > heard_ms + answer_ms_) return absl::InternalError("it does not answer");
    if (now_ms >= pinged_ms + kAskMs) {
      pinged_ms = now_ms;
      Write(EncodeFrame(Kind::kPing, 0, 0, {}));
    }
  }
}

absl::Status Process::TellAll(FrameReader& reader) {
  while (true) {
    const absl::StatusOr<std::optional<Frame>> frame = reader.Next();
    if (!frame.ok()) return frame.status();
    if (!frame->has_value()) return absl::OkStatus();
    if (absl::Status told = owner_.Tell(**frame); !told.ok()) return told;
  }
}

bool Process::stopping() const {
  threads::MutexLock lock(mutex_);
  return stopping_;
}

}  // namespace tidegate::door
