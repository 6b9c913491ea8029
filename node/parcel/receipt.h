// Receipts: what a receiver signs about a parcel, and the only thing that moves a sender's cursor.
#ifndef TIDEGATE_NODE_PARCEL_RECEIPT_H_
#define TIDEGATE_NODE_PARCEL_RECEIPT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "node/parcel/layer.h"

namespace tidegate::parcel {

// A record that is no longer held, and how those behind the holder answered, in numbers only.
struct Erased {
  crypto::Hash leaf{};  // of the record, not of its recall
  uint32_t onward_held = 0;
  uint32_t onward_erased = 0;
  uint32_t onward_unanswered = 0;

  friend bool operator==(const Erased&, const Erased&) = default;
};

struct Receipt {
  enum class Kind : uint8_t {
    kStored = 1,   // durable here: counts, what was erased, what policy refused
    kRefused = 2,  // nothing of it was stored: the layer
    kErased = 3,   // later word on recalls of that parcel
  };

  Kind kind = Kind::kStored;
  crypto::Hash manifest_hash{};  // H(M)
  crypto::Hash signer_fpr{};     // the receiver's delivery key
  uint64_t at_ms = 0;
  uint32_t stored = 0;                 // views, also those held already
  uint32_t recalls = 0;                // recalls taken over
  uint32_t notices = 0;                // withdrawals and instants taken over
  std::optional<Layer> layer;          // of kRefused
  std::vector<crypto::Hash> unwanted;  // leaves that the receiver's policy does not admit; no reason is given
  std::vector<Erased> erased;
  // Records that it was asked to erase and keeps under legal hold, where nobody sees them. It says so in a text of its
  // own beside the receipt (SignedReceipt::withheld), because nodes of earlier versions refuse a receipt that says
  // more.
  std::vector<crypto::Hash> withheld = {};
  std::string kem_notice;  // the receiver's next KEM key (partner::SignedNotice), or empty

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

inline constexpr size_t kMaxReceiptBytes = 1u << 20;
inline constexpr size_t kMaxReceiptLeaves = 16384;

// The receiver names at most this many records that it keeps under legal hold. Further ones count as not answered.
inline constexpr size_t kMaxWithheldLeaves = 64;
inline constexpr size_t kMaxWithheldBytes = 160 + 32 * kMaxWithheldLeaves;

struct SignedReceipt {
  std::string bytes;
  crypto::Signature signature{};
  std::string withheld = {};  // what it keeps under legal hold, with its signature; empty if that is nothing
};

// InvalidArgument for one that is too large or contradicts its kind.
absl::StatusOr<SignedReceipt> SignReceipt(const Receipt& receipt, const crypto::SigningKey& delivery_key);
// Strict. Errors are of layer manifest; the signer's fingerprint must be `signer_fpr`.
absl::StatusOr<Receipt> VerifyReceipt(std::string_view bytes, std::string_view signature,
                                      const crypto::PublicKey& delivery_key, const crypto::Hash& signer_fpr);
// The leaves in SignedReceipt::withheld, which must be about the parcel of this receipt. Errors as VerifyReceipt's.
absl::StatusOr<std::vector<crypto::Hash>> VerifyWithheld(std::string_view withheld, const Receipt& receipt,
                                                         const crypto::PublicKey& delivery_key);

}  // namespace tidegate::parcel

#endif  // TIDEGATE_NODE_PARCEL_RECEIPT_H_
