#include "node/door/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tidegate::door {
namespace {

constexpr size_t kMostOutbox = 1 << 20;  // beyond it nobody is read until the serving process has taken some
constexpr size_t kMostSockets = 4;       // of one message; the serving process sends one

absl::Status Lost() { return absl::UnavailableError("door: the serving process is gone"); }

}  // namespace

Channel::~Channel() {
  for (const int socket : sockets_) close(socket);
  if (socket_ >= 0) close(socket_);
}

int Channel::TakeSocket() {
  if (sockets_.empty()) return -1;
  const int socket = sockets_.front();
  sockets_.pop_front();
  return socket;
}

absl::Status Channel::Read() {
  std::array<char, 64 << 10> bytes;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostSockets * sizeof(int))> beside;
  iovec into{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &into;
  message.msg_iovlen = 1;
  message.msg_control = beside.data();
  message.msg_controllen = beside.size();
  const ssize_t length = recvmsg(socket_, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length == 0) return Lost();
  if (length < 0) return errno == EAGAIN || errno == EINTR ? absl::OkStatus() : Lost();
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len; at += sizeof(int)) {
      int socket = -1;
      std::memcpy(&socket, CMSG_DATA(part) + at, sizeof socket);
      sockets_.push_back(socket);
    }
  }
  reader_.Add({bytes.data(), static_cast<size_t>(length)});
  while (true) {
    const absl::StatusOr<std::optional<Frame>> frame = reader_.Next();
    if (!frame.ok()) return frame.status();
    if (!frame->has_value()) return absl::OkStatus();
    if (absl::Status taken = taker_(**frame); !taken.ok()) return taken;
  }
}

absl::Status Channel::AwaitOne() {
  pollfd wait{socket_, POLLIN, 0};
  if (poll(&wait, 1, -1) < 0 && errno != EINTR) return Lost();
  return Read();
}

void Channel::Post(Kind kind, ConnectionId connection, StreamId stream, std::string_view payload) {
  outbox_.append(EncodeFrame(kind, connection, stream, payload));
}

absl::Status Channel::Flush() {
  while (waits()) {
    const ssize_t length = send(socket_, outbox_.data() + at_, outbox_.size() - at_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno != EAGAIN) return Lost();
    if (length < 0) {
      if (at_ > kMostOutbox / 2) outbox_.erase(0, std::exchange(at_, 0));  // under load it is never empty
      return absl::OkStatus();
    }
    at_ += static_cast<size_t>(length);
  }
  outbox_.clear();
  at_ = 0;
  if (outbox_.capacity() > kMostOutbox) outbox_.shrink_to_fit();
  return absl::OkStatus();
}

absl::Status Channel::Drain() {
  while (outbox_.size() - at_ > kMostOutbox) {
    pollfd wait{socket_, POLLIN | POLLOUT, 0};
    if (poll(&wait, 1, -1) < 0 && errno != EINTR) return Lost();
    if ((wait.revents & ~POLLOUT) != 0) {
      if (absl::Status read = Read(); !read.ok()) return read;
    }
    if (absl::Status flushed = Flush(); !flushed.ok()) return flushed;
  }
  return absl::OkStatus();
}

}  // namespace tidegate::door
