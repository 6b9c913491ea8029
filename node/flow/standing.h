// Where we stand with a partner's feed, and which receipts it has not taken: durable with what a parcel brings. The
// layouts are in FEED.md, "What each side keeps, in bytes".
#ifndef TIDEGATE_NODE_FLOW_STANDING_H_
#define TIDEGATE_NODE_FLOW_STANDING_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "node/parcel/parcel.h"
#include "node/store/store.h"

namespace tidegate::flow {

// Where we stand with one partner's feed. Durable in the same transaction as what it says we have.
struct Standing {
  std::string cursor;  // sealed by them
  uint64_t last_seq = 0;

  static absl::StatusOr<Standing> Load(const store::Reader& reader, const std::string& organisation);
  absl::Status Save(store::WriteTransaction& transaction, const std::string& organisation) const;
};

// Erases what we keep about a partner's feed and about our feed to it: where both stand, receipts that it has not
// taken, the largest checkpoint of its log. It is for a partner that is removed. The numbers of parcels stay, so that
// no number is given twice.
absl::Status ForgetLine(store::WriteTransaction& transaction, const std::string& organisation);

// The outbox: scope of named table exchange, item H(manifest).
std::string OutboxScope(const std::string& organisation);
// Puts a receipt there until the sender has taken it, so that a crash before that loses no receipt.
absl::Status KeepReceipt(store::WriteTransaction& transaction, const std::string& organisation,
                         const crypto::Hash& manifest_hash, const parcel::SignedReceipt& receipt);
// The receipt in a row that KeepReceipt or an older version wrote. DataLoss for any other row.
absl::StatusOr<parcel::SignedReceipt> KeptReceipt(std::string_view row);
// Takes receipts out of the outbox; those that are gone already are no error.
absl::Status DeleteReceipts(store::WriteTransaction& transaction, const std::string& organisation,
                            const std::vector<crypto::Hash>& manifest_hashes);

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_STANDING_H_
