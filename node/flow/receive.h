// receive: what arrives. One sentence: exchange -> parcel(open) -> policy(admit) -> store.
#ifndef TIDEGATE_NODE_FLOW_RECEIVE_H_
#define TIDEGATE_NODE_FLOW_RECEIVE_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "node/exchange/exchange.h"
#include "node/flow/share.h"

namespace tidegate::flow {

// Where we stand with one partner's feed. Durable in the same transaction as what it says we have.
struct Standing {
  std::string cursor;  // sealed by them
  uint64_t last_seq = 0;

  static absl::StatusOr<Standing> Load(const store::Reader& reader, const std::string& organisation);
  absl::Status Save(store::WriteTransaction& transaction, const std::string& organisation) const;
};

class Receiving final : public exchange::ParcelSink {
 public:
  Receiving(const Rooms& rooms, Continuity& continuity) : rooms_(rooms), continuity_(continuity) {}

  exchange::Greeting Greet(const partner::Partner& partner) override { return continuity_.Ours(partner); }
  void Greeted(const partner::Partner& partner, const exchange::Greeting& theirs) override {
    continuity_.Consider(partner, theirs);
  }
  absl::StatusOr<std::string> Cursor(const partner::PartnerPtr& partner) override;
  absl::StatusOr<Received> Receive(const partner::PartnerPtr& partner, std::string manifest, std::string signature,
                                   exchange::ChunkReader& chunks) override;
  absl::StatusOr<std::vector<parcel::SignedReceipt>> Unacknowledged(const partner::PartnerPtr& partner) override;
  absl::Status Acknowledged(const partner::PartnerPtr& partner, const parcel::SignedReceipt& receipt) override;
  void CaughtUp(const partner::PartnerPtr& partner) override;

  // Records stored from this partner since the process started.
  uint64_t ReceivedFrom(const std::string& organisation) const;

 private:
  // An error with a layer is a refusal of what came; without one it is a fault of ours.
  absl::StatusOr<parcel::Opened> Open(const partner::PartnerPtr& partner, std::string manifest,
                                      const std::string& signature, exchange::ChunkReader& chunks);
  // Says so to the sender, and to our own register.
  absl::StatusOr<Received> Refuse(const partner::PartnerPtr& partner, const crypto::Hash& manifest_hash,
                                  parcel::Layer layer, absl::Status reason);
  absl::StatusOr<parcel::SignedReceipt> Store(const partner::PartnerPtr& partner, const parcel::Opened& opened);

  const Rooms& rooms_;
  Continuity& continuity_;
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> received_;  // protected by mutex_
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_RECEIVE_H_
