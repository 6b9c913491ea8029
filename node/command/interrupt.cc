#include "node/command/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tidegate::command {
namespace {

constexpr char kInterrupted = 'i';
constexpr char kOver = 'o';

// A handler may call little; writing to a pipe is among it.
std::atomic<int> g_tell{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void OnSignal(int) {
  const int error = errno;
  const char byte = kInterrupted;
  (void)!write(g_tell.load(), &byte, 1);
  errno = error;
}

}  // namespace

CancelOnInterrupt::CancelOnInterrupt(grpc::ClientContext& context) : context_(context) {
  if (pipe2(pipe_.data(), O_CLOEXEC) != 0) return;  // then a signal ends the process at once, as ever
  waiting_ = std::thread([this] {
    char byte = kOver;
    ssize_t got = 0;
    while ((got = read(pipe_[0], &byte, 1)) < 0 && errno == EINTR) {
    }
    if (got != 1 || byte != kInterrupted) return;
    interrupted_ = true;
    context_.TryCancel();
  });
  g_tell = pipe_[1];
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

CancelOnInterrupt::~CancelOnInterrupt() {
  if (!waiting_.joinable()) return;
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
  g_tell = -1;
  const char byte = kOver;
  while (write(pipe_[1], &byte, 1) < 0 && errno == EINTR) {
  }
  waiting_.join();
  close(pipe_[0]);
  close(pipe_[1]);
}

}  // namespace tidegate::command
