// Makes calls of what comes through the door and gives them to threads, within a budget for each caller. Private to
// this room.
#ifndef TIDEGATE_NODE_EXCHANGE_RECEPTION_H_
#define TIDEGATE_NODE_EXCHANGE_RECEPTION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "node/exchange/call.h"
#include "node/exchange/call_threads.h"
#include "node/partner/partner.h"
#include "threads/threads.h"

namespace tidegate::exchange {

class Reception final : public door::Visits {
 public:
  // Answers a call whose request is whole, on a thread that it may keep.
  using Answer = std::function<absl::Status(Call& call)>;

  Reception(const partner::Directory& directory, size_t most_threads, Answer answer)
      : directory_(directory), answer_(std::move(answer)), threads_(most_threads) {}
  ~Reception() override { Stop(); }

  // The keeper outlives it; nothing comes before.
  void Open(door::Keeper& keeper) { keeper_ = &keeper; }
  // Cancels every call and waits for its thread.
  void Stop();

  // Open ones, as far as the door says: at most twice as many as a door keeps open.
  size_t connections() const;

  void Opened(door::ConnectionId connection, std::string_view certificate, std::string_view address) override;
  void Closed(door::ConnectionId connection) override;
  void AllClosed() override;
  void Called(door::ConnectionId connection, door::StreamId stream, std::string_view path) override;
  void Received(door::ConnectionId connection, door::StreamId stream, std::string_view bytes) override;
  void Asked(door::ConnectionId connection, door::StreamId stream) override;
  void Cancelled(door::ConnectionId connection, door::StreamId stream) override;
  void Sent(door::ConnectionId connection, door::StreamId stream, uint32_t bytes) override;
  void Refused(const door::TurnedAway& turned_away) override;

 private:
  using Key = std::pair<door::ConnectionId, door::StreamId>;
  using CallPtr = std::shared_ptr<Call>;
  // How much the calls of one key use now.
  struct Load {
    size_t calls = 0;
    size_t bytes = 0;
  };

  CallPtr Find(const Key& key) const;
  void Run(const Key& key, const CallPtr& call);
  // The call is no more; what it took is free again.
  void Forget(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Discharge(const Call& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const Key& key, std::string_view why);

  const partner::Directory& directory_;
  const Answer answer_;
  door::Keeper* keeper_ = nullptr;
  mutable threads::Mutex mutex_;
  std::map<door::ConnectionId, Caller> callers_ ABSL_GUARDED_BY(mutex_);
  std::map<Key, CallPtr> calls_ ABSL_GUARDED_BY(mutex_);
  std::map<crypto::Hash, Load> loads_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of all requests
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CallThreads threads_;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_RECEPTION_H_
