// The arrival order as feeds walk it. An event, or a record of our own, is opened and hashed once for all partners that
// walk together. Nothing that is kept here can be stale: a feed asks for it by the name of what the store holds now.
#ifndef TIDEGATE_NODE_FEED_ARRIVALS_H_
#define TIDEGATE_NODE_FEED_ARRIVALS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/feed/frontier.h"
#include "node/record/record.h"
#include "node/store/store.h"
#include "threads/threads.h"

namespace tidegate::feed {

// An event, or a record of our own, as it stands in the store. Shared by feeds: any thread.
class OpenedArrival {
 public:
  explicit OpenedArrival(store::Arrival arrival) : arrival_(std::move(arrival)) {}
  OpenedArrival(const OpenedArrival&) = delete;
  OpenedArrival& operator=(const OpenedArrival&) = delete;

  const store::Arrival& arrival() const { return arrival_; }
  bool is_record() const { return arrival_.record.has_value(); }
  const store::StoredRecord& record() const { return *arrival_.record; }

  // The record's narrower, for as long as the lock is held.
  struct Locked {
    threads::HandedLock lock;
    record::Narrower& narrower;
  };
  // The lock goes to the caller: Clang does not follow it here.
  absl::StatusOr<Locked> Narrower() ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  const store::Arrival arrival_;
  threads::Mutex mutex_;
  std::optional<record::Narrower> narrower_ ABSL_GUARDED_BY(mutex_);
};

// Arrivals are walked a stretch at a time: as many as a parcel holds.
inline constexpr uint64_t kStretch = 2048;
inline uint64_t StretchOf(uint64_t seq) { return (seq - 1) / kStretch * kStretch + 1; }

// Damage to one row on disk, not a fault of the store that passes.
bool Unreadable(const absl::Status& status);

// Thread-safe.
class Arrivals {
 public:
  // A feed that walks the arrivals. Opened records are kept only while there are two walkers or more. They are kept as
  // long as one of them is in its stretch, and until the next stretch begins.
  class Walker {
   public:
    explicit Walker(Arrivals& arrivals);
    ~Walker();
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;

    // Upwards over `range`, which lies in one stretch, until the callback gives false. Records of others are passed
    // over; so is what cannot be read, which is counted and told to the log once. `passed`: how many rows that were.
    absl::Status Scan(const store::Reader& reader, Range range, absl::FunctionRef<bool(OpenedArrival&)> visit,
                      size_t* passed = nullptr) const;
    // Counts a row that cannot be read, and tells the log once.
    void PassOver(uint64_t seq, const absl::Status& why) const { arrivals_.PassOver(seq, why); }
    // The stretches that walkers were in last, the latest first. A record that is opened there is opened for all feeds.
    std::vector<uint64_t> Recent() const;

   private:
    Arrivals& arrivals_;
  };

  // How many arrivals could not be read so far.
  size_t unreadable() const;

 private:
  struct Place {
    threads::Mutex mutex;
    std::string version ABSL_GUARDED_BY(mutex);
    std::shared_ptr<OpenedArrival> opened ABSL_GUARDED_BY(mutex);
  };
  struct Stretch {
    std::array<Place, kStretch> places;
  };
  struct Begun {
    uint64_t first = 0;
    std::weak_ptr<Stretch> stretch;
  };

  // The stretch that begins there, as others have opened it; null while a single feed walks.
  std::shared_ptr<Stretch> Begin(uint64_t first);
  static absl::StatusOr<std::shared_ptr<OpenedArrival>> Opened(Stretch& stretch, const store::SealedArrival& sealed);
  void Leave();
  void PassOver(uint64_t seq, const absl::Status& why);

  std::atomic<size_t> walkers_ = 0;
  mutable threads::Mutex mutex_;
  std::vector<Begun> begun_ ABSL_GUARDED_BY(mutex_);         // the latest first
  std::shared_ptr<Stretch> latest_ ABSL_GUARDED_BY(mutex_);  // until another one is begun
  std::set<uint64_t> unreadable_ ABSL_GUARDED_BY(mutex_);    // bounded
};

}  // namespace tidegate::feed

#endif  // TIDEGATE_NODE_FEED_ARRIVALS_H_
