// The index of what was disclosed of which arrivals. Private to the room.
#ifndef TIDEGATE_NODE_LEDGER_DISCLOSURE_H_
#define TIDEGATE_NODE_LEDGER_DISCLOSURE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {

// Enters the only intent of its parcel into the indices.
absl::Status IndexIntent(store::WriteTransaction& transaction, uint64_t index, const Intent& intent);

// Reads what is known of disclosures to one partner, block by block, from one snapshot.
class DisclosureReader {
 public:
  // `taken` as Register::Disclosed.
  DisclosureReader(const store::Reader& reader, std::string_view partner, uint64_t taken);

  // Holdings of arrivals [from, to) of one block, ascending. If a row of the index is damaged, it reads the entry that
  // the row points to. A damaged entry counts as one that may have sent everything of the records that it names, or of
  // all our records in the block if nothing says which those are.
  absl::Status Block(uint64_t from, uint64_t to, absl::FunctionRef<bool(uint64_t seq, const Holding&)> visit,
                     bool& more);

 private:
  struct Item {
    uint64_t index = 0;                      // of the intent
    const IntendedRecord* record = nullptr;  // null if the entry is damaged
  };
  absl::StatusOr<const Intent*> ReadIntent(uint64_t index);
  // If the row is damaged, the state has no answer. So what was asked there is asked again.
  absl::StatusOr<const ParcelState*> ReadState(uint64_t parcel_seq);
  absl::StatusOr<const Receipt*> ReadReceipt(const ParcelState& state);
  // What a parcel's receipt says about one of its records.
  struct Said {
    bool taken = false, refused = false, erased = false, withheld = false;
  };
  absl::StatusOr<Said> SaidOf(const ParcelState& state, const Intent& intent, const IntendedRecord& record);
  absl::StatusOr<Holding> Fold(const std::vector<Item>& items);
  // Enters the intent with that index for each arrival of [from, to) that it may be about.
  using Items = std::map<uint64_t, std::vector<Item>>;
  absl::Status Gather(uint64_t index, const absl::StatusOr<std::vector<uint64_t>>& offsets, uint64_t from, uint64_t to,
                      Items& items);

  const store::Reader& reader_;
  const std::string partner_;
  const uint64_t taken_;
  const vault::BlindTermBytes disclosure_blind_;
  std::map<uint64_t, std::unique_ptr<const Intent>> intents_;  // of the block at hand
  std::map<uint64_t, Receipt> receipts_;                       // likewise, where they say which records
  std::map<uint64_t, ParcelState> states_;
};

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_DISCLOSURE_H_
