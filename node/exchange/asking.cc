#include "node/exchange/asking.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/exchange/call.h"
#include "node/exchange/refusal.h"

namespace tidegate::exchange {
namespace {

constexpr size_t kHead = 5;                 // of a message, as gRPC frames it
constexpr uint32_t kTellTaken = 128 << 10;  // bytes; the dialler is told now and then
static_assert(kTellTaken * 4 < door::kReceiveWindow);

}  // namespace

// --- Whose answer it is. ---

door::ConnectionId Switchboard::Begin() {
  const door::ConnectionId connection = dialler_.NewNumber();
  threads::MutexLock lock(mutex_);
  connections_[connection];
  return connection;
}

void Switchboard::Forget(door::ConnectionId connection) {
  threads::MutexLock lock(mutex_);
  connections_.erase(connection);
}

door::StreamId Switchboard::Begin(door::ConnectionId connection, Asking& asking) {
  threads::MutexLock lock(mutex_);
  Connection& line = connections_[connection];
  const door::StreamId call = ++line.last;
  line.calls[call] = &asking;
  if (line.lost.has_value()) asking.Lose(*line.lost);
  return call;
}

void Switchboard::Forget(door::ConnectionId connection, door::StreamId call) {
  threads::MutexLock lock(mutex_);
  const auto found = connections_.find(connection);
  if (found != connections_.end()) found->second.calls.erase(call);
}

Asking* Switchboard::Find(door::ConnectionId connection, door::StreamId call) const {
  const auto line = connections_.find(connection);
  if (line == connections_.end()) return nullptr;
  const auto found = line->second.calls.find(call);
  return found == line->second.calls.end() ? nullptr : found->second;
}

void Switchboard::Sent(door::ConnectionId connection, door::StreamId call, uint32_t bytes) {
  threads::MutexLock lock(mutex_);
  if (Asking* const asking = Find(connection, call)) asking->Grant(bytes);
}

bool Switchboard::Received(door::ConnectionId connection, door::StreamId call, std::string_view bytes) {
  threads::MutexLock lock(mutex_);
  Asking* const asking = Find(connection, call);
  return asking == nullptr || asking->Take(bytes);
}

void Switchboard::Ended(door::ConnectionId connection, door::StreamId call, int status, std::string_view message) {
  threads::MutexLock lock(mutex_);
  if (Asking* const asking = Find(connection, call)) asking->End(status, message);
}

void Switchboard::Lost(door::ConnectionId connection, door::Reason reason) {
  threads::MutexLock lock(mutex_);
  const auto found = connections_.find(connection);
  if (found == connections_.end()) return;
  found->second.lost = reason;
  for (const auto& [number, asking] : found->second.calls) asking->Lose(reason);
}

void Switchboard::AllLost() {
  threads::MutexLock lock(mutex_);
  for (auto& [number, connection] : connections_) {
    connection.lost = door::Reason::kDiallerEnded;
    for (const auto& [call, asking] : connection.calls) asking->Lose(door::Reason::kDiallerEnded);
  }
}

// --- One call. ---

Asking::Asking(Switchboard& switchboard, door::ConnectionId connection, std::string_view path, std::string_view during)
    : switchboard_(switchboard), connection_(connection), during_(during) {
  call_ = switchboard.Begin(connection, *this);
  switchboard.dialler().Call(connection, call_, path);
}

Asking::~Asking() {
  switchboard_.Forget(connection_, call_);
  bool ended = false;
  {
    threads::MutexLock lock(mutex_);
    ended = ended_.has_value();
  }
  if (!ended) switchboard_.dialler().Cancel(connection_, call_);
}

void Asking::Cancel() {
  threads::MutexLock lock(mutex_);
  cancelled_ = true;
  changed_.NotifyAll();
}

bool Asking::Stalled(uint64_t now_ms, uint64_t patience_ms) const {
  threads::MutexLock lock(mutex_);
  return partial_since_ms_ != 0 && now_ms >= partial_since_ms_ + patience_ms;
}

void Asking::Grant(uint32_t bytes) {
  threads::MutexLock lock(mutex_);
  window_ = std::min<size_t>(window_ + bytes, door::kSendWindow);
  changed_.NotifyAll();
}

bool Asking::Take(std::string_view bytes) {
  threads::MutexLock lock(mutex_);
  if (in_.size() - at_ + taken_ + bytes.size() > door::kReceiveWindow) return false;
  if (at_ > 0) in_.erase(0, std::exchange(at_, 0));
  in_.append(bytes);
  if (waiting_ && partial_since_ms_ == 0) partial_since_ms_ = NowMs();
  changed_.NotifyAll();
  return true;
}

void Asking::End(int status, std::string_view message) {
  threads::MutexLock lock(mutex_);
  if (!ended_.has_value()) ended_ = FromAnswer(status, message, during_);
  changed_.NotifyAll();
}

void Asking::Lose(door::Reason reason) {
  threads::MutexLock lock(mutex_);
  if (!ended_.has_value()) ended_ = FromLoss(reason, during_);
  changed_.NotifyAll();
}

absl::Status Asking::WhyOver(bool in_time) const {
  if (cancelled_) return absl::CancelledError(absl::StrCat("exchange: ", during_, ": cancelled"));
  if (ended_.has_value()) return *ended_;
  if (in_time) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("exchange: ", during_, ": no answer in time"));
}

bool Asking::AwaitChange() {
  if (deadline_.has_value()) return changed_.WaitUntil(mutex_, *deadline_);
  changed_.Wait(mutex_);
  return true;
}

absl::Status Asking::Send(std::string_view message) {
  const std::string framed = Framed(message);
  std::string_view rest = framed;
  while (!rest.empty()) {
    const size_t wanted = std::min(rest.size(), kPiece);
    {
      threads::MutexLock lock(mutex_);
      bool in_time = true;
      while (!over() && window_ < wanted && in_time) in_time = AwaitChange();
      if (!over() && window_ < wanted) return WhyOver(in_time);
      if (over()) return cancelled_ ? WhyOver(true) : absl::OkStatus();  // an early answer: Receive tells it
      window_ -= wanted;
    }
    switchboard_.dialler().Send(connection_, call_, rest.substr(0, wanted));
    rest.remove_prefix(wanted);
  }
  switchboard_.dialler().Whole(connection_, call_);
  return absl::OkStatus();
}

absl::StatusOr<std::optional<size_t>> Asking::NextLength(size_t most) const {
  if (in_.size() - at_ < kHead) return std::nullopt;
  crypto::ByteReader head(std::string_view(in_).substr(at_, kHead));
  const bool compressed = head.U8() != 0;
  const size_t length = head.U32();
  if (compressed) return parcel::Refuse(parcel::Layer::kVersion, "an answer that is compressed");
  if (length > most) {
    return parcel::Refuse(parcel::Layer::kLimit,
                          absl::StrCat("a message of ", length, " bytes, where ", most, " may come"));
  }
  if (in_.size() - at_ < kHead + length) return std::nullopt;
  return length;
}

absl::StatusOr<std::optional<std::string>> Asking::Receive(size_t most) {
  std::string message;
  uint32_t taken = 0;
  {
    threads::MutexLock lock(mutex_);
    waiting_ = true;
    partial_since_ms_ = in_.size() > at_ ? NowMs() : 0;
    bool in_time = true;
    absl::StatusOr<std::optional<size_t>> length = NextLength(most);
    while (length.ok() && !length->has_value() && !over() && in_time) {
      in_time = AwaitChange();
      length = NextLength(most);
    }
    waiting_ = false;
    partial_since_ms_ = 0;
    if (!length.ok()) return length.status();
    if (cancelled_ || !length->has_value()) {
      if (absl::Status why = WhyOver(in_time); !why.ok()) return why;
      if (in_.size() > at_) return parcel::Refuse(parcel::Layer::kManifest, "an answer that ends inside a message");
      return std::nullopt;
    }
    message = in_.substr(at_ + kHead, **length);
    at_ += kHead + **length;
    taken_ += static_cast<uint32_t>(kHead + **length);
    if (taken_ >= kTellTaken) taken = std::exchange(taken_, 0);
  }
  if (taken > 0) switchboard_.dialler().Taken(connection_, call_, taken);
  return message;
}

absl::StatusOr<std::string> Asking::Only(std::string_view message, size_t most) {
  if (absl::Status sent = Send(message); !sent.ok()) return sent;
  absl::StatusOr<std::optional<std::string>> answer = Receive(most);
  if (!answer.ok()) return answer.status();
  if (!answer->has_value()) return parcel::Refuse(parcel::Layer::kManifest, "an answer without a message");
  absl::StatusOr<std::optional<std::string>> end = Receive(0);
  if (!end.ok()) return end.status();
  if (end->has_value()) return parcel::Refuse(parcel::Layer::kManifest, "an answer of more than one message");
  return std::move(**answer);
}

}  // namespace tidegate::exchange
