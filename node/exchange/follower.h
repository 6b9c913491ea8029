// Following one partner: introduce, follow, acknowledge, wait, again. Private to this room.
#ifndef TIDEGATE_NODE_EXCHANGE_FOLLOWER_H_
#define TIDEGATE_NODE_EXCHANGE_FOLLOWER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "node/exchange/backoff.h"
#include "node/exchange/dial.h"
#include "node/exchange/exchange.h"
#include "threads/threads.h"
#include "tidegate/v1/exchange.pb.h"

namespace tidegate::exchange {

class Follower {
 public:
  // Everything but the options outlives it. Begins at once.
  Follower(const FollowerOptions& options, std::string organisation, Switchboard& switchboard,
           partner::Directory& directory, ParcelSink& sink);
  ~Follower();  // stops and waits
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  const std::string& organisation() const { return organisation_; }
  FollowState state() const;
  // After Stop: true if the destructor has nothing to wait for.
  bool ended() const { return ended_; }
  // The directory changed, or somebody is in a hurry: try again now; a stream that should not be is cut.
  void Wake();
  // Begins to stop; the destructor waits for the end.
  void Stop();
  // Cuts what has been arriving for too long: the next part of a parcel, or the rest of any message. Call about once a
  // second.
  void CutIfStalled(uint64_t now_ms);

 private:
  class Call;
  class Chunks;
  class Storing;
  void Run();
  absl::Status Once();
  absl::Status FollowStream(Line& line, const partner::PartnerPtr& partner);
  absl::Status ReadStream(Asking& stream, const partner::PartnerPtr& partner, Storing& storing);
  absl::Status TakeParcel(const partner::PartnerPtr& partner, Asking& stream, v1::Manifest manifest, Storing& storing);
  absl::Status StoreParcel(Line& line, const partner::PartnerPtr& partner, ArrivedParcel& parcel, bool whole);
  absl::Status AcknowledgeLeft(Line& line, const partner::PartnerPtr& partner);
  absl::Status Acknowledge(Line& line, const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt);
  // The next part of the stream; nothing once it has ended well.
  absl::StatusOr<std::optional<v1::ParcelPart>> Read(Asking& stream, bool in_parcel);
  void Update(const std::function<void(FollowState&)>& change);
  bool stopping() const;
  bool allowed() const;  // the partner may be dialled
  // Waits for the back-off, a wake or the end.
  void Pause();

  const FollowerOptions options_;
  const std::string organisation_;
  Switchboard& switchboard_;
  partner::Directory& directory_;
  ParcelSink& sink_;

  mutable threads::Mutex mutex_;
  threads::Condition wake_;
  FollowState state_ ABSL_GUARDED_BY(mutex_);
  std::set<Asking*> calls_ ABSL_GUARDED_BY(mutex_);  // under way: the stream, and a receipt beside it
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t waiting_since_ms_ ABSL_GUARDED_BY(mutex_) = 0;  // for the next part of a parcel; 0 outside of parcels

  Backoff backoff_;
  std::atomic<bool> ended_ = false;
  uint64_t caught_up_ms_ = 0;  // when this stream first said so; the following thread's own
  std::minstd_rand random_;
  std::thread thread_;
};

}  // namespace tidegate::exchange

#endif  // TIDEGATE_NODE_EXCHANGE_FOLLOWER_H_
