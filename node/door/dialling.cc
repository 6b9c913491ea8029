#include "node/door/dialling.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "node/door/clock.h"
#include "node/door/confine.h"

namespace tidegate::door {
namespace {

constexpr uint64_t kChannelKey = 0;  // connections have larger numbers
constexpr int kTurnMs = 100;

absl::Status Refusing(const char* what) { return absl::InvalidArgumentError(what); }

bool SetEvents(int epoll, int change, int file, uint64_t key, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return epoll_ctl(epoll, change, file, &event) == 0;
}

}  // namespace

// Tells the serving process what one partner answers.
class Dialling::Told final : public Ear {
 public:
  Told(Channel& channel, ConnectionId id) : channel_(channel), id_(id) {}
  void Sent(StreamId call, uint32_t bytes) override { channel_.Post(Kind::kSent, id_, call, EncodeSent(bytes)); }
  void Received(StreamId call, std::string_view bytes) override { channel_.Post(Kind::kReceived, id_, call, bytes); }
  void Ended(StreamId call, uint8_t status, std::string_view message) override {
    channel_.Post(Kind::kEnded, id_, call, EncodeFinish(status, message));
  }

 private:
  Channel& channel_;
  const ConnectionId id_;
};

Dialling::Dialling(int channel)
    : channel_(channel, [this](const Frame& frame) { return Take(frame); }),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      context_(DialContext()) {}

Dialling::~Dialling() {
  lines_.clear();
  if (epoll_ >= 0) close(epoll_);
}

absl::Status Dialling::Take(const Frame& frame) {
  if (frame.kind == Kind::kHello) return ReadHello(frame.payload).status();
  if (frame.kind == Kind::kDial) return Dial(frame);
  if (frame.kind == Kind::kPing) {
    channel_.Post(Kind::kPong, 0, 0, {});
    return absl::OkStatus();
  }
  const auto found = lines_.find(frame.connection);
  if (found == lines_.end()) return absl::OkStatus();  // it was lost, and the serving process has been told
  Inquiry& inquiry = found->second.errand->inquiry();
  asked_.insert(frame.connection);
  switch (frame.kind) {
    case Kind::kCall:
      if (!IsPath(frame.payload)) return Refusing("door: a path that is none");
      inquiry.Call(frame.stream, frame.payload);
      return absl::OkStatus();
    case Kind::kSend:
      inquiry.Send(frame.stream, frame.payload);
      return absl::OkStatus();
    case Kind::kWhole:
      inquiry.Whole(frame.stream);
      return absl::OkStatus();
    case Kind::kTaken: {
      const absl::StatusOr<uint32_t> bytes = ReadTaken(frame.payload);
      if (bytes.ok()) inquiry.Taken(frame.stream, *bytes);
      return bytes.status();
    }
    case Kind::kCancel:
      inquiry.Cancel(frame.stream);
      return absl::OkStatus();
    case Kind::kHangUp:
      lines_.erase(found);
      return absl::OkStatus();
    default:
      return Refusing("door: a frame that is not for a dialler came to it");
  }
}

absl::Status Dialling::Dial(const Frame& frame) {
  const int socket = channel_.TakeSocket();
  const absl::StatusOr<Dialled> dial = ReadDial(frame.payload);
  if (!dial.ok() || frame.connection == kChannelKey || lines_.count(frame.connection) > 0) {
    if (socket >= 0) close(socket);
    return Refusing("door: a connection that cannot be dialled");
  }
  if (socket < 0) {  // this process has no number left for a file; the lines that it has go on
    channel_.Post(Kind::kLost, frame.connection, 0, EncodeLost(Reason::kFull));
    return absl::OkStatus();
  }
  Line line;
  line.told = std::make_unique<Told>(channel_, frame.connection);
  line.errand = std::make_unique<Errand>(socket, context_.get(), dial->pin, dial->certificate, *line.told, NowMs());
  line.events = EPOLLIN | EPOLLOUT;
  if (lines_.size() >= kMostDialled || !SetEvents(epoll_, EPOLL_CTL_ADD, socket, frame.connection, line.events)) {
    channel_.Post(Kind::kLost, frame.connection, 0, EncodeLost(Reason::kFull));
    return absl::OkStatus();
  }
  lines_.emplace(frame.connection, std::move(line));
  return absl::OkStatus();
}

void Dialling::Serve(ConnectionId id, uint64_t now_ms) {
  const auto found = lines_.find(id);
  if (found == lines_.end()) return;  // lost earlier in this turn
  Line& line = found->second;
  if (!line.errand->Ready(now_ms)) {
    channel_.Post(Kind::kLost, id, 0, EncodeLost(line.errand->why()));
    lines_.erase(found);
    return;
  }
  const uint32_t events = line.errand->wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (events == line.events) return;
  SetEvents(epoll_, EPOLL_CTL_MOD, line.errand->socket(), id, events);
  line.events = events;
}

void Dialling::Tick(uint64_t now_ms) {
  std::vector<ConnectionId> lost;
  for (auto& [id, line] : lines_) {
    if (!line.errand->Tick(now_ms)) lost.push_back(id);
    asked_.insert(id);  // a ping may have to go
  }
  for (const ConnectionId id : lost) {
    const auto line = lines_.find(id);
    channel_.Post(Kind::kLost, id, 0, EncodeLost(line->second.errand->why()));
    lines_.erase(line);
  }
  if (!lost.empty()) GiveMemoryBack();
}

absl::Status Dialling::FlushChannel() {
  if (absl::Status flushed = channel_.Flush(); !flushed.ok()) return flushed;
  if (channel_.waits() != channel_waits_) {
    channel_waits_ = channel_.waits();
    SetEvents(epoll_, EPOLL_CTL_MOD, channel_.socket(), kChannelKey, channel_waits_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return absl::OkStatus();
}

absl::Status Dialling::Serve() {
  if (epoll_ < 0 || context_ == nullptr || !SetEvents(epoll_, EPOLL_CTL_ADD, channel_.socket(), kChannelKey, EPOLLIN)) {
    return absl::InternalError("door: the dialler cannot be set up");
  }
  channel_.Post(Kind::kReady, 0, 0, {});
  uint64_t ticked_ms = NowMs();
  std::array<epoll_event, 64> events;
  while (true) {
    if (absl::Status flushed = FlushChannel(); !flushed.ok()) return flushed;
    const int count = epoll_wait(epoll_, events.data(), events.size(), kTurnMs);
    if (count < 0 && errno != EINTR) return absl::InternalError("door: the dialler cannot wait");
    const uint64_t now_ms = NowMs();
    for (int i = 0; i < count; ++i) {
      const uint64_t key = events[static_cast<size_t>(i)].data.u64;
      if (key != kChannelKey) {
        Serve(key, now_ms);
      } else if (absl::Status read = channel_.Read(); !read.ok()) {
        return read;
      }
      if (absl::Status drained = channel_.Drain(); !drained.ok()) return drained;
    }
    if (now_ms >= ticked_ms + kTurnMs) {
      Tick(now_ms);
      ticked_ms = now_ms;
    }
    for (const ConnectionId id : std::exchange(asked_, {})) {
      Serve(id, now_ms);
      if (absl::Status drained = channel_.Drain(); !drained.ok()) return drained;
    }
  }
}

}  // namespace tidegate::door
