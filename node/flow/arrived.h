// Stores a parcel that was verified and admitted, and that waits for the writer. Private to the room.
//
// A parcel may hold thousands of records, and the work for one record depends on what its author stored before. So a
// parcel is written in pieces of bounded work. Each piece is a transaction of its own, and other writers have their
// turn between two pieces. The last piece moves the cursor and makes the receipt. After a crash before the last piece
// the parcel comes again, and the node then knows what it stored already.
#ifndef TIDEGATE_NODE_FLOW_ARRIVED_H_
#define TIDEGATE_NODE_FLOW_ARRIVED_H_

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "node/flow/admitting.h"
#include "node/flow/known_checkpoints.h"
#include "node/flow/receive.h"

namespace tidegate::flow {

struct Receiving::Position {
  Standing standing;
  KnownCheckpoints checkpoints;
};

// What the receipt of a parcel will say.
struct Answer {
  parcel::Receipt receipt;
  std::set<crypto::Hash> erased;  // the leaves of receipt.erased
};

class Receiving::Arrived final : public exchange::ArrivedParcel {
 public:
  Arrived(Receiving& owner, partner::PartnerPtr partner, Position before, parcel::Opened opened, Admitted admitted,
          Room room, uint64_t bytes, uint64_t now_ms);

  // The position once it is stored; for who reads the parcel after it.
  const Position& after() const { return after_; }

  absl::StatusOr<Received> Store() override;

 private:
  // A record that the store did not take, and why.
  struct Declined {
    std::vector<crypto::Hash> twins;      // another author's record under one of our ids
    std::vector<crypto::Hash> unbounded;  // too many revisions, forks or authors
  };
  // How far the parcel is written, and what the receipt will say of it.
  struct Progress {
    size_t batch = 0, record = 0, recall = 0;  // the next of each
    size_t withdrawal = 0, whole_recall = 0;
    uint64_t proof_id = 0;  // of `batch`; 0 while it is not stored
    Answer answer;
    bool whole = false;
  };
  // The work of one piece, for the register and the partner's budget.
  struct Piece {
    uint64_t stored = 0;
    uint64_t remembered = 0;  // recalls of what was not held
    uint64_t erased = 0;
    Declined declined;
  };

  // Does what the parcel takes back, and refuses it. It comes again later as a whole.
  absl::StatusOr<Received> TakeBackOnly(const absl::Status& why);
  bool has_records() const;
  bool PieceIsFull(const store::WriteTransaction& transaction) const;
  // Where everything begins. Without `records` only what takes something back is done: recalls and withdrawals.
  Progress Begin() const;
  absl::Status WriteAll(bool records, store::Purpose purpose, parcel::SignedReceipt* receipt);
  // One transaction's worth from where `progress` stands.
  absl::Status WritePiece(store::WriteTransaction& transaction, bool records, Progress& progress, Piece& piece);
  absl::Status WriteBatch(store::WriteTransaction& transaction, bool records, Progress& progress, Piece& piece);
  absl::Status WriteRecord(store::WriteTransaction& transaction, store::PreparedPut& record, Progress& progress,
                           Piece& piece);
  absl::Status WriteRecall(store::WriteTransaction& transaction, Admitted::Batch& batch, Progress& progress,
                           Piece& piece);
  // Whether a recall changes or adds a row: one that is not known yet, of what is held or may be remembered.
  bool IsWritten(const store::Reader& reader, const store::PreparedPut& recall, const Recalled& recalled) const;
  absl::Status WriteWithdrawal(store::WriteTransaction& transaction, Progress& progress, Piece& piece);
  // Of the sender's own record nothing stays that the sender gave, of whichever revision.
  absl::Status WriteWholeRecall(store::WriteTransaction& transaction, Progress& progress, Piece& piece);
  static std::vector<crypto::Hash>* ListFor(store::PutOutcome outcome, Declined& declined);  // null: it was taken
  // The piece's entries in the register, and what the partner has used of its limits.
  absl::Status WriteEntries(store::WriteTransaction& transaction, const Piece& piece) const;
  absl::Status Decline(store::WriteTransaction& transaction, const std::vector<crypto::Hash>& leaves,
                       parcel::Layer layer, std::string_view why) const;
  absl::Status Use(store::WriteTransaction& transaction, const Piece& piece, uint64_t bytes, uint64_t entries) const;
  // The last piece's: the cursor, the receipt.
  absl::StatusOr<parcel::SignedReceipt> Conclude(store::WriteTransaction& transaction, const parcel::Receipt& receipt);

  Receiving& owner_;
  const partner::PartnerPtr partner_;
  Position after_;
  const crypto::Hash manifest_hash_;
  const uint32_t psk_epoch_;
  const std::vector<parcel::Withdrawal> withdrawals_;
  const std::vector<parcel::WholeRecall> whole_recalls_;
  const size_t instants_;
  Admitted admitted_;
  const Room room_;
  const uint64_t bytes_;  // as it came
  const uint64_t now_ms_;
};

// A parcel that was found bad, or for which there is no room. Says so to the sender, and to our own register.
class Receiving::Refused final : public exchange::ArrivedParcel {
 public:
  Refused(Receiving& owner, std::string organisation, const crypto::Hash& manifest_hash, parcel::Layer layer,
          absl::Status reason);
  absl::StatusOr<Received> Store() override;

 private:
  Receiving& owner_;
  const std::string organisation_;
  const crypto::Hash manifest_hash_;
  const parcel::Layer layer_;
  const absl::Status reason_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_ARRIVED_H_
