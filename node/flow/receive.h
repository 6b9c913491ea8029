// receive: what arrives. One sentence: exchange -> parcel(open) -> policy(admit) -> store.
#ifndef TIDEGATE_NODE_FLOW_RECEIVE_H_
#define TIDEGATE_NODE_FLOW_RECEIVE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/decision/decision.h"
#include "node/exchange/exchange.h"
#include "node/flow/share.h"
#include "node/flow/standing.h"
#include "threads/threads.h"

namespace tidegate::flow {

class Receiving final : public exchange::ParcelSink {
 public:
  // All outlive this.
  Receiving(store::Store& store, ledger::Register& disclosures, partner::Directory& directory,
            const decision::Decisions& decisions, std::function<uint64_t()> now_ms, Continuity& continuity,
            const Limits& limits = {})
      : store_(store),
        disclosures_(disclosures),
        directory_(directory),
        decisions_(decisions),
        now_ms_(std::move(now_ms)),
        continuity_(continuity),
        limits_(limits) {}
  // Deletes delivered receipts. Call it before the store closes; otherwise they are offered once more.
  void Tidy();

  exchange::Greeting Greet(const partner::Partner& partner) override { return continuity_.Ours(partner); }
  void Greeted(const partner::Partner& partner, const exchange::Greeting& theirs) override {
    continuity_.Consider(partner, theirs);
  }
  absl::StatusOr<std::string> Cursor(const partner::PartnerPtr& partner) override;
  absl::StatusOr<std::shared_ptr<exchange::ArrivedParcel>> Read(const partner::PartnerPtr& partner,
                                                                std::string manifest, std::string signature,
                                                                exchange::ChunkReader& chunks,
                                                                const exchange::ArrivedParcel* before) override;
  absl::StatusOr<std::vector<parcel::SignedReceipt>> Unacknowledged(const partner::PartnerPtr& partner) override;
  absl::Status Acknowledged(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) override;
  void CaughtUp(const partner::PartnerPtr& partner) override;

  // Records stored from this partner since the process started.
  uint64_t ReceivedFrom(const std::string& organisation) const;
  // How much of its limits this partner has used. All zero if the row cannot be read.
  Used UsedBy(const std::string& organisation) const;

 private:
  class Arrived;
  class Refused;
  // The state that a parcel meets: the stored one, or the one after the parcel before it is stored.
  struct Position;
  absl::StatusOr<Position> Stored(const partner::Partner& partner) const;
  // An error with a layer refuses what came. An error without a layer is a fault of ours.
  absl::StatusOr<parcel::Opened> Open(const partner::Partner& partner, const Position& position,
                                      std::string_view manifest, const std::string& signature,
                                      exchange::ChunkReader& chunks, uint64_t& bytes) const;
  // What a partner may add with this parcel. What it takes back of what is held is done in any case.
  struct Room {
    absl::Status records;  // why nothing may be added; OK if it may
    bool recalls = true;   // recalls of what is not held are remembered
  };
  absl::StatusOr<Room> RoomFor(const partner::Partner& partner, const parcel::Opened& opened, uint64_t bytes,
                               uint64_t now_ms) const;
  // Whether to enter a refusal into the register. If so, adds to `rule` how many were not entered before it.
  bool ToBeEntered(const std::string& organisation, parcel::Layer layer, uint64_t now_ms, std::string& rule);

  std::vector<crypto::Hash> Delivered(const std::string& organisation) const;
  // How many receipts wait until this partner takes them.
  absl::StatusOr<uint64_t> WaitingReceipts(const store::Reader& reader, const std::string& organisation) const;
  // Notes that so many records of this partner were stored, and that the first of its delivered receipts were deleted.
  void Count(const std::string& organisation, uint64_t stored, size_t deleted);

  store::Store& store_;
  ledger::Register& disclosures_;
  partner::Directory& directory_;
  const decision::Decisions& decisions_;
  const std::function<uint64_t()> now_ms_;
  Continuity& continuity_;
  const Limits limits_;
  mutable threads::Mutex mutex_;
  struct Entered {
    uint64_t at_ms = 0;
    uint64_t since = 0;  // not entered
  };
  std::map<std::pair<std::string, parcel::Layer>, Entered> entered_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> received_ ABSL_GUARDED_BY(mutex_);
  // Receipts that were delivered and still stand in the outbox, by partner: deleted with the next parcel that is
  // stored, or at the end.
  std::map<std::string, std::vector<crypto::Hash>> delivered_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_RECEIVE_H_
