// The arrival order as feeds walk it: what is an event or our own is opened, and hashed, once for all partners that
// walk together. Holds nothing that could be stale: what is kept is asked for by the name of what stands in the store
// now.
#ifndef TIDEGATE_NODE_FLOW_ARRIVALS_H_
#define TIDEGATE_NODE_FLOW_ARRIVALS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/flow/frontier.h"
#include "node/record/record.h"
#include "node/store/store.h"

namespace tidegate::flow {

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
    std::unique_lock<std::mutex> lock;
    record::Narrower& narrower;
  };
  absl::StatusOr<Locked> Narrower();

 private:
  const store::Arrival arrival_;
  std::mutex mutex_;
  std::optional<record::Narrower> narrower_;  // protected by mutex_
};

// Thread-safe.
class Arrivals {
 public:
  Arrivals();

  // A feed that walks. What was opened is kept only while there are two or more.
  class Walker {
   public:
    explicit Walker(Arrivals& arrivals);
    ~Walker();
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;

    // Upwards over `range` until the callback gives false. Records of others are passed over.
    absl::Status Scan(const store::Reader& reader, Range range, absl::FunctionRef<bool(OpenedArrival&)> visit) const;

   private:
    Arrivals& arrivals_;
  };

 private:
  // As many as a parcel holds: partners that walk together are within one of each other.
  static constexpr size_t kPlaces = 4096;

  struct Place {
    std::mutex mutex;
    uint64_t seq = 0;
    std::string version;
    std::shared_ptr<OpenedArrival> opened;
  };

  absl::StatusOr<std::shared_ptr<OpenedArrival>> Opened(const store::SealedArrival& sealed);
  void Join();
  void Leave();

  std::atomic<size_t> walkers_ = 0;
  const std::unique_ptr<Place[]> places_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ARRIVALS_H_
