#include "node/door/doorman.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "node/door/clock.h"
#include "node/door/confine.h"

namespace tidegate::door {
namespace {

constexpr uint64_t kListener = 0, kChannel = 1;  // connections have larger numbers
constexpr ConnectionId kFirstConnection = 16;
constexpr int kTickMs = 100, kPauseMs = 5;
constexpr int kAcceptsATurn = 64;
constexpr int kNotSentBytes = 128 << 10;  // in the kernel, of one connection
constexpr size_t kMostUntold = 512;
constexpr size_t kFewer = 16;

bool Add(int epoll, int file, uint64_t key, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = key;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) == 0;
}

// HOST:PORT as it is logged, and what counts as one host.
std::pair<std::string, std::string> Names(const sockaddr_storage& from) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(from);
    inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    return {std::string(reinterpret_cast<const char*>(&six.sin6_addr), 8),
            absl::StrCat("[", text.data(), "]:", ntohs(six.sin6_port))};
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(from);
  inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
  return {text.data(), absl::StrCat(text.data(), ":", ntohs(four.sin_port))};
}

}  // namespace

// Tells the keeper what one visitor asks.
class Doorman::VisitorDesk final : public Desk {
 public:
  VisitorDesk(Doorman& doorman, ConnectionId id) : doorman_(doorman), id_(id) {}
  void Called(StreamId stream, std::string_view path) override {
    doorman_.channel_.Post(Kind::kCalled, id_, stream, path);
  }
  void Received(StreamId stream, std::string_view bytes) override {
    doorman_.channel_.Post(Kind::kReceived, id_, stream, bytes);
  }
  void Asked(StreamId stream) override { doorman_.channel_.Post(Kind::kAsked, id_, stream, {}); }
  void Cancelled(StreamId stream) override { doorman_.channel_.Post(Kind::kCancelled, id_, stream, {}); }
  void Sent(StreamId stream, uint32_t bytes) override {
    doorman_.channel_.Post(Kind::kSent, id_, stream, EncodeSent(bytes));
  }

 private:
  Doorman& doorman_;
  const ConnectionId id_;
};

Doorman::Doorman(int listener, int channel)
    : listener_(listener),
      channel_(channel, [this](const Frame& frame) { return Take(frame); }),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      told_(20, 1, NowMs()) {}

Doorman::~Doorman() {
  guests_.clear();
  for (const int file : {listener_, epoll_, spare_}) {
    if (file >= 0) close(file);
  }
}

// --- The keeper. ---

absl::Status Doorman::Greet() {
  while (entrance_ == nullptr || next_ == 0) {
    if (absl::Status read = channel_.AwaitOne(); !read.ok()) return read;
  }
  return absl::OkStatus();
}

absl::Status Doorman::Take(const Frame& frame) {
  const auto guest = guests_.find(frame.connection);
  Conversation* const conversation = guest == guests_.end() ? nullptr : guest->second.visitor->conversation();
  switch (frame.kind) {
    case Kind::kHello: {
      const absl::StatusOr<ConnectionId> first = ReadHello(frame.payload);
      if (!first.ok()) return first.status();
      next_ = std::max(*first, kFirstConnection);
      return absl::OkStatus();
    }
    case Kind::kCertificate: {
      const absl::StatusOr<Certificate> certificate = ReadCertificateFrame(frame.payload);
      if (!certificate.ok()) return certificate.status();
      if (entrance_ != nullptr) return entrance_->SetCertificate(*certificate);
      absl::StatusOr<std::unique_ptr<Entrance>> made = Entrance::Make(*certificate);
      if (!made.ok()) return made.status();
      entrance_ = *std::move(made);
      entrance_->SetPins(pins_);
      return absl::OkStatus();
    }
    case Kind::kPins: {
      absl::StatusOr<Pins> pins = ReadPins(frame.payload);
      if (!pins.ok()) return pins.status();
      pins_ = *std::move(pins);
      if (entrance_ != nullptr) entrance_->SetPins(pins_);
      return absl::OkStatus();
    }
    case Kind::kSend:
      if (conversation != nullptr) conversation->Send(frame.stream, frame.payload);
      answered_.insert(frame.connection);
      return absl::OkStatus();
    case Kind::kFinish: {
      const absl::StatusOr<Finish> finish = ReadFinish(frame.payload);
      if (!finish.ok()) return finish.status();
      if (conversation != nullptr) conversation->Finish(frame.stream, finish->status, finish->message);
      answered_.insert(frame.connection);
      return absl::OkStatus();
    }
    case Kind::kPing:
      channel_.Post(Kind::kPong, 0, 0, {});
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("door: a frame that a door sends came to it");
  }
}

absl::Status Doorman::FlushChannel() {
  if (absl::Status flushed = channel_.Flush(); !flushed.ok()) return flushed;
  if (channel_.waits() != channel_waits_) {
    channel_waits_ = channel_.waits();
    epoll_event event{};
    event.events = channel_waits_ ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = kChannel;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, channel_.socket(), &event);
  }
  return absl::OkStatus();
}

// --- Coming and going. ---

void Doorman::Accept(uint64_t now_ms) {
  std::vector<Waiting> waiting = WhoWaits(now_ms);  // once a turn: a crowd must not cost its square
  for (int i = 0; i < kAcceptsATurn; ++i) {
    if (Crowded(places_, waiting)) return Pause(true);
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int socket = accept4(listener_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      auto [host, address] = Names(from);
      MakeRoom(host, waiting);
      waiting.push_back({next_, host, 0, false});
      Welcome(socket, std::move(host), std::move(address), now_ms);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      AcceptWithoutPlace();
      return;
    } else if (errno != EINTR && errno != ECONNABORTED && errno != EPERM && errno != EPROTO) {
      return;
    }
  }
}

// No file is left for it: takes it out of the queue, so that the listener does not stay ready for nothing.
void Doorman::AcceptWithoutPlace() {
  if (spare_ >= 0) close(std::exchange(spare_, -1));
  const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) close(socket);
  spare_ = dup(channel_.socket());
  untold_[{Reason::kFull, crypto::Hash{}}].count += 1;
}

void Doorman::Welcome(int socket, std::string host, std::string address, uint64_t now_ms) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kNotSentBytes, sizeof kNotSentBytes);
  const ConnectionId id = next_++;
  Guest guest;
  guest.id = id;
  guest.desk = std::make_unique<VisitorDesk>(*this, id);
  guest.visitor = std::make_unique<Visitor>(socket, std::move(host), std::move(address), now_ms);
  guest.events = EPOLLIN;
  if (!Add(epoll_, socket, id, guest.events)) return;
  guests_.emplace(id, std::move(guest));
  Serve(id, EPOLLIN, now_ms);  // its hello may be here already
}

void Doorman::Pause(bool paused) {
  if (paused == paused_) return;
  epoll_event event{};
  event.events = paused ? 0U : uint32_t{EPOLLIN};
  event.data.u64 = kListener;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, listener_, &event);
  paused_ = paused;
}

std::vector<Waiting> Doorman::WhoWaits(uint64_t now_ms) const {
  std::vector<Waiting> waiting;
  for (const auto& [id, guest] : guests_) {
    const Visitor::Stage stage = guest.visitor->stage();
    if (stage == Visitor::Stage::kOpen) continue;
    waiting.push_back(
        {id, guest.visitor->host(), guest.visitor->progress(), now_ms >= guest.visitor->since_ms() + kGraceMs});
  }
  return waiting;
}

void Doorman::MakeRoom(const std::string& host, std::vector<Waiting>& waiting) {
  const std::optional<ConnectionId> leaves = LeavesForNew(places_, waiting, host);
  if (!leaves.has_value()) return;
  std::erase_if(waiting, [&leaves](const Waiting& one) { return one.id == *leaves; });
  const auto guest = guests_.find(*leaves);
  if (guest == guests_.end()) return;  // it came in this turn and has gone already
  guest->second.visitor->Blame(Reason::kTooManyWaiting);
  Leave(*leaves);
}

bool Doorman::Admit(ConnectionId id, Guest& guest) {
  std::vector<Open> open;
  for (const auto& [other, known] : guests_) {
    if (other == id || known.visitor->stage() != Visitor::Stage::kOpen) continue;
    open.push_back({other, known.visitor->caller().spki, known.visitor->idle()});
  }
  const Verdict verdict = door::Admit(places_, open, guest.visitor->caller().spki);
  if (verdict.leaves.has_value()) {
    if (const auto leaves = guests_.find(*verdict.leaves); leaves != guests_.end()) {
      leaves->second.visitor->Blame(verdict.why);
    }
    Leave(*verdict.leaves);
  }
  if (!verdict.admitted) {
    guest.visitor->Blame(verdict.why);
    return false;
  }
  const Visitor& visitor = *guest.visitor;
  channel_.Post(Kind::kOpened, id, 0, EncodeOpened(visitor.address(), visitor.caller().certificate));
  return true;
}

void Doorman::Serve(ConnectionId id, uint32_t events, uint64_t now_ms) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;  // left earlier in this turn
  Guest& guest = found->second;
  Visitor& visitor = *guest.visitor;
  bool stays = true;
  // A handshake goes on whichever way its socket is ready.
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 || visitor.stage() == Visitor::Stage::kHandshake) {
    const bool was_open = visitor.stage() == Visitor::Stage::kOpen;
    // A caller may send its first call with the last of its handshake, so who is new is admitted in between.
    stays = visitor.Readable(*entrance_, *guest.desk, now_ms);
    if (stays && !was_open && visitor.stage() == Visitor::Stage::kOpen) {
      stays = Admit(id, guest) && visitor.Readable(*entrance_, *guest.desk, now_ms);
    }
  }
  if (stays) stays = visitor.Writable();
  if (stays) {
    Watch(guest);
  } else {
    Leave(id);
  }
}

void Doorman::Flush(ConnectionId id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  if (found->second.visitor->Writable()) {
    Watch(found->second);
  } else {
    Leave(id);
  }
}

void Doorman::Watch(Guest& guest) const {
  const uint32_t events = guest.visitor->wants_to_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (events == guest.events) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = guest.id;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, guest.visitor->socket(), &event);
  guest.events = events;
}

void Doorman::Leave(ConnectionId id) {
  const auto found = guests_.find(id);
  const Visitor& visitor = *found->second.visitor;
  if (const std::optional<Reason> why = visitor.why()) TurnAway(visitor, *why);
  if (visitor.stage() == Visitor::Stage::kOpen) channel_.Post(Kind::kClosed, id, 0, {});
  guests_.erase(found);
}

// --- What is told of those who were turned away. ---

void Doorman::TurnAway(const Visitor& visitor, Reason reason) {
  // Only a key that somebody has is told; strangers are counted together, however many keys they make.
  crypto::Hash spki{};
  for (const Pins::Pin& pin : pins_.pins) {
    if (pin.spki == visitor.caller().spki) spki = pin.spki;
  }
  const auto key = std::make_pair(reason, spki);
  if (untold_.size() >= kMostUntold && untold_.count(key) == 0) return;
  Untold& untold = untold_[key];
  ++untold.count;
  untold.address = visitor.address();
}

void Doorman::TellRefusals(uint64_t now_ms) {
  while (!untold_.empty() && told_.Take(1, now_ms)) {
    auto next = untold_.upper_bound(last_told_);
    if (next == untold_.end()) next = untold_.begin();
    last_told_ = next->first;
    TurnedAway turned_away;
    std::tie(turned_away.reason, turned_away.spki) = next->first;
    turned_away.count = next->second.count;
    turned_away.address = next->second.address;
    channel_.Post(Kind::kRefused, 0, 0, EncodeRefused(turned_away));
    untold_.erase(next);
  }
}

void Doorman::Tick(uint64_t now_ms) {
  std::vector<ConnectionId> leaving;
  for (auto& [id, guest] : guests_) {
    if (!guest.visitor->Tick(now_ms)) leaving.push_back(id);
    answered_.insert(id);  // a ping may have to go
  }
  for (const ConnectionId id : leaving) Leave(id);
  if (guests_.size() + kFewer < most_guests_) {  // a crowd has gone
    most_guests_ = guests_.size();
    GiveMemoryBack();
  }
  most_guests_ = std::max(most_guests_, guests_.size());
  TellRefusals(now_ms);
}

absl::Status Doorman::Serve(size_t files) {
  places_ = Places::For(files);
  spare_ = dup(channel_.socket());
  if (epoll_ < 0 || !Add(epoll_, listener_, kListener, EPOLLIN) || !Add(epoll_, channel_.socket(), kChannel, EPOLLIN)) {
    return absl::InternalError(absl::StrCat("door: cannot wait for callers: ", std::strerror(errno)));
  }
  channel_.Post(Kind::kReady, 0, 0, {});
  uint64_t ticked_ms = NowMs();
  std::array<epoll_event, 64> events;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), paused_ ? kPauseMs : kTickMs);
    if (count < 0 && errno != EINTR) return absl::InternalError("door: cannot wait for callers");
    const uint64_t now_ms = NowMs();
    if (paused_ && !Crowded(places_, WhoWaits(now_ms))) Pause(false);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.u64 == kChannel) {
        if (absl::Status read = channel_.Read(); !read.ok()) return read;
      } else if (event.data.u64 == kListener) {
        Accept(now_ms);
      } else {
        Serve(event.data.u64, event.events, now_ms);
      }
      if (absl::Status drained = channel_.Drain(); !drained.ok()) return drained;
    }
    if (now_ms >= ticked_ms + kTickMs) {
      Tick(now_ms);
      ticked_ms = now_ms;
    }
    for (const ConnectionId id : std::exchange(answered_, {})) Flush(id);
    if (absl::Status flushed = FlushChannel(); !flushed.ok()) return flushed;
  }
}

}  // namespace tidegate::door
