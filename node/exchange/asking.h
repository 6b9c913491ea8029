// Calls that we make, over connections that the dialler holds: one message there, one or many back. Private to this
// room.
#ifndef TIDEGATE_NODE_EXCHANGE_ASKING_H_
#define TIDEGATE_NODE_EXCHANGE_ASKING_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/door/door.h"
#include "threads/threads.h"

namespace tidegate::exchange {

class Asking;

// Brings each answer to its call. Outlives every line and call.
class Switchboard final : public door::Answers {
 public:
  Switchboard() : dialler_(*this) {}
  ~Switchboard() override { dialler_.Stop(); }
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  door::Dialler& dialler() { return dialler_; }
  // A connection that is to be dialled, until it is forgotten.
  door::ConnectionId Begin();
  void Forget(door::ConnectionId connection);
  // The number of a call; the call outlives its forgetting.
  door::StreamId Begin(door::ConnectionId connection, Asking& asking);
  void Forget(door::ConnectionId connection, door::StreamId call);

  void Sent(door::ConnectionId connection, door::StreamId call, uint32_t bytes) override;
  bool Received(door::ConnectionId connection, door::StreamId call, std::string_view bytes) override;
  void Ended(door::ConnectionId connection, door::StreamId call, int status, std::string_view message) override;
  void Lost(door::ConnectionId connection, door::Reason reason) override;
  void AllLost() override;

 private:
  struct Connection {
    std::optional<door::Reason> lost;
    std::map<door::StreamId, Asking*> calls;
    door::StreamId last = 0;
  };
  Asking* Find(door::ConnectionId connection, door::StreamId call) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable threads::Mutex mutex_;  // also while an Asking is told: it is not forgotten meanwhile
  std::map<door::ConnectionId, Connection> connections_ ABSL_GUARDED_BY(mutex_);
  door::Dialler dialler_;  // last: it tells from its first moment on
};

// One call. One thread asks and waits; any may cancel it or look at it.
class Asking {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `during`: what it is for, for messages. Everything outlives it.
  Asking(Switchboard& switchboard, door::ConnectionId connection, std::string_view path, std::string_view during);
  ~Asking();  // cancels what has not ended
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  void SetDeadline(Time deadline) { deadline_ = deadline; }
  // The request, once. Waits while the other side is slow.
  absl::Status Send(std::string_view message);
  // The next message of the answer, at most `most` bytes; nothing once it has ended well. Waits.
  absl::StatusOr<std::optional<std::string>> Receive(size_t most);
  // A call whose answer is one message.
  absl::StatusOr<std::string> Only(std::string_view message, size_t most);

  void Cancel();
  // True if a message has begun, somebody waits for the rest, and it has not come for `patience_ms`.
  bool Stalled(uint64_t now_ms, uint64_t patience_ms) const;

 private:
  friend class Switchboard;
  void Grant(uint32_t bytes);
  bool Take(std::string_view bytes);
  void End(int status, std::string_view message);
  void Lose(door::Reason reason);

  // Gives the lock up until something may have changed. False if the deadline passed.
  bool AwaitChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool over() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return cancelled_ || ended_.has_value(); }
  // Why a wait was in vain; OK if it was not.
  absl::Status WhyOver(bool in_time) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first message's length, once its head has come.
  absl::StatusOr<std::optional<size_t>> NextLength(size_t most) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Switchboard& switchboard_;
  const door::ConnectionId connection_;
  const std::string during_;
  door::StreamId call_ = 0;
  std::optional<Time> deadline_;

  mutable threads::Mutex mutex_;
  threads::Condition changed_;
  std::string in_ ABSL_GUARDED_BY(mutex_);
  size_t at_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t taken_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes that the dialler has not been told of
  size_t window_ ABSL_GUARDED_BY(mutex_) = door::kSendWindow;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;           // in Receive
  uint64_t partial_since_ms_ ABSL_GUARDED_BY(mutex_) = 0;  // a message has begun and is waited for
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_ASKING_H_
