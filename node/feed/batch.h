// One parcel's worth for one partner: records that policy lets go, notices of what it no longer does, recalls.
#ifndef TIDEGATE_NODE_FEED_BATCH_H_
#define TIDEGATE_NODE_FEED_BATCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/feed/arrivals.h"
#include "node/ledger/ledger.h"
#include "node/parcel/parcel.h"

namespace tidegate::feed {

// The answers of policy for one partner. A new one is made when the policies or the partner's facts change.
struct Judgement {
  decision::Candidates candidates;
  policy::PartyHandle party;
  policy::Digest version{};  // names both policies and the partner's facts
};

class Batch {
 public:
  Batch(ledger::Log& log, std::string organisation, Judgement& judgement, uint64_t now_ms);

  // Adds the record if policy lets any of it go to the partner and, with `held`, if that is more than the partner
  // surely holds already. Gives whether it was added.
  absl::StatusOr<bool> Offer(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held);
  // Takes up a notice if the partner holds more of the record than policy now allows. An erased or superseded record is
  // allowed nothing.
  absl::Status Limit(const store::Reader& reader, const store::StoredRecord& record, const ledger::Holding& held);
  // Both, for a record that was looked at before: withdraws what is no longer allowed and offers what is new.
  absl::Status Renew(const store::Reader& reader, OpenedArrival& opened, const ledger::Holding* held);
  // Adds a notice that the partner may hold nothing of the record, if policy says so. Returns true if it does.
  absl::StatusOr<bool> Withdraw(const store::Reader& reader, const store::StoredRecord& record);
  // The same for every revision of our record that the partner may hold, whether this node knows it or not.
  void RecallWhole(uint64_t seq, const crypto::Hash& leaf, const record::RecordId& record);
  // Adds a notice that the partner may hold nothing of the leaf that went to it as this arrival. The row of the arrival
  // cannot be read, so nobody can ask policy about it any more.
  void TakeBack(uint64_t seq, const crypto::Hash& leaf);
  // Adds our recall for a partner that ever got a revision of the record.
  void Recall(const store::StoredRecord& recall, const std::vector<std::pair<uint64_t, crypto::Hash>>& recalled);

  bool empty() const { return intended_.empty(); }
  bool full() const;
  // Whether it asks the partner to give anything up.
  bool takes_back() const { return !withdrawals_.empty() || !recalls_.empty() || !whole_recalls_.empty(); }

  // Everything that must be in the register before a byte leaves.
  std::vector<ledger::IntendedRecord> TakeIntended() { return std::move(intended_); }
  std::string Purposes() const;
  // The section of our own log: items in order, proved under the newest checkpoint, linked to `linked_size`.
  absl::StatusOr<parcel::Section> TakeSection(uint64_t linked_size, uint64_t* log_size);
  std::vector<parcel::Withdrawal> TakeWithdrawals() { return std::move(withdrawals_); }
  std::vector<parcel::WholeRecall> TakeWholeRecalls() { return std::move(whole_recalls_); }

 private:
  // The rungs that policy allows of the record now. Empty if it allows nothing.
  absl::StatusOr<policy::Rungs> Permitted(const store::Reader& reader, const store::StoredRecord& record);
  // `renewed`: the same parcel offers it too, and a receiver carries out notices after it has stored records.
  absl::Status Notice(const store::Reader& reader, const store::StoredRecord& record, const ledger::Holding& held,
                      bool renewed);

  ledger::Log& log_;
  const std::string organisation_;
  Judgement& judgement_;
  const uint64_t now_ms_;
  std::vector<parcel::Item> items_;
  std::vector<parcel::RecallItem> recalls_;
  std::vector<parcel::Withdrawal> withdrawals_;
  std::vector<parcel::WholeRecall> whole_recalls_;
  std::vector<ledger::IntendedRecord> intended_;
  std::unordered_set<uint64_t> taken_;    // records in items_, so that none goes twice
  std::unordered_set<uint64_t> limited_;  // records in withdrawals_, likewise
  size_t bytes_ = 0;
};

}  // namespace tidegate::feed

#endif  // TIDEGATE_NODE_FEED_BATCH_H_
