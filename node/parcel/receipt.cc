#include "node/parcel/receipt.h"

#include <tuple>

#include "crypto/bytes.h"

namespace tidegate::parcel {
namespace {

constexpr std::string_view kReceiptLabel = crypto::Label("TDGrcp1");
constexpr std::string_view kWithheldLabel = crypto::Label("TDGwhl1");
constexpr size_t kMaxKemNotice = 4096;

// Checks what each kind of receipt may and must say, so that one receipt has one meaning.
absl::Status CheckShape(const Receipt& receipt) {
  if (receipt.unwanted.size() > kMaxReceiptLeaves || receipt.erased.size() > kMaxReceiptLeaves ||
      receipt.withheld.size() > kMaxWithheldLeaves || receipt.kem_notice.size() > kMaxKemNotice) {
    return absl::InvalidArgumentError("parcel: a receipt names too many leaves");
  }
  const bool stored = receipt.kind == Receipt::Kind::kStored;
  const bool refused = receipt.kind == Receipt::Kind::kRefused;
  if (refused != receipt.layer.has_value()) {
    return absl::InvalidArgumentError("parcel: a receipt names a layer if and only if it refuses");
  }
  if (!stored && (receipt.stored != 0 || receipt.recalls != 0 || receipt.notices != 0 || !receipt.unwanted.empty())) {
    return absl::InvalidArgumentError("parcel: only a receipt for a stored parcel counts what was stored");
  }
  if (refused && !(receipt.erased.empty() && receipt.withheld.empty())) {
    return absl::InvalidArgumentError("parcel: a refusing receipt erases nothing");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedReceipt> SignReceipt(const Receipt& receipt, const crypto::SigningKey& delivery_key) {
  if (absl::Status shape = CheckShape(receipt); !shape.ok()) return shape;
  crypto::ByteWriter out(256 + 32 * receipt.unwanted.size() + 44 * receipt.erased.size());
  out.Raw(kReceiptLabel).U8(static_cast<uint8_t>(receipt.kind)).Raw(receipt.manifest_hash).Raw(receipt.signer_fpr);
  out.U64(receipt.at_ms).U32(receipt.stored).U32(receipt.recalls).U32(receipt.notices);
  out.U8(receipt.layer.has_value() ? static_cast<uint8_t>(*receipt.layer) : 0);
  out.U32(static_cast<uint32_t>(receipt.unwanted.size()));
  for (const crypto::Hash& leaf : receipt.unwanted) out.Raw(leaf);
  out.U32(static_cast<uint32_t>(receipt.erased.size()));
  for (const Erased& erased : receipt.erased) {
    out.Raw(erased.leaf).U32(erased.onward_held).U32(erased.onward_erased).U32(erased.onward_unanswered);
  }
  out.Lp16(receipt.kem_notice);
  SignedReceipt result;
  result.bytes = out.Take();
  result.signature = delivery_key.Sign(result.bytes);
  if (receipt.withheld.empty()) return result;
  crypto::ByteWriter beside(128 + 32 * receipt.withheld.size());
  beside.Raw(kWithheldLabel).Raw(receipt.manifest_hash).Raw(receipt.signer_fpr).U64(receipt.at_ms);
  beside.U32(static_cast<uint32_t>(receipt.withheld.size()));
  for (const crypto::Hash& leaf : receipt.withheld) beside.Raw(leaf);
  const crypto::Signature signature = delivery_key.Sign(beside.view());
  result.withheld = beside.Raw(signature).Take();
  return result;
}

absl::StatusOr<std::vector<crypto::Hash>> VerifyWithheld(std::string_view withheld, const Receipt& receipt,
                                                         const crypto::PublicKey& delivery_key) {
  constexpr size_t kSignatureBytes = std::tuple_size_v<crypto::Signature>;
  std::vector<crypto::Hash> leaves;
  if (withheld.empty()) return leaves;
  if (withheld.size() > kMaxWithheldBytes) return Refuse(Layer::kLimit, "what is withheld is too long");
  if (!withheld.starts_with(kWithheldLabel) || withheld.size() < kSignatureBytes) {
    return Refuse(Layer::kVersion, "what is withheld is of no known version");
  }
  const std::string_view body = withheld.substr(0, withheld.size() - kSignatureBytes);
  const std::string_view signature = withheld.substr(body.size());
  if (absl::Status valid = crypto::Verify(delivery_key, body, signature); !valid.ok()) {
    return AtLayer(Layer::kManifest, valid);
  }
  crypto::ByteReader in(body);
  in.Raw(kWithheldLabel.size());
  const bool same = in.Array<32>() == receipt.manifest_hash && in.Array<32>() == receipt.signer_fpr;
  in.U64();
  const uint32_t count = in.U32();
  if (count == 0 || count > kMaxWithheldLeaves || count > in.remaining() / 32) in.Fail();
  for (uint32_t i = 0; in.ok() && i < count; ++i) leaves.push_back(in.Array<32>());
  if (absl::Status read = in.Finish("what is withheld"); !read.ok()) return AtLayer(Layer::kManifest, read);
  if (!same) return Refuse(Layer::kManifest, "what is withheld is of another parcel or signer");
  return leaves;
}

absl::StatusOr<Receipt> VerifyReceipt(std::string_view bytes, std::string_view signature,
                                      const crypto::PublicKey& delivery_key, const crypto::Hash& signer_fpr) {
  if (bytes.size() > kMaxReceiptBytes) return Refuse(Layer::kLimit, "the receipt is too long");
  if (!bytes.starts_with(kReceiptLabel)) return Refuse(Layer::kVersion, "the receipt is of no known version");
  if (absl::Status valid = crypto::Verify(delivery_key, bytes, signature); !valid.ok()) {
    return AtLayer(Layer::kManifest, valid);
  }
  crypto::ByteReader in(bytes);
  in.Raw(kReceiptLabel.size());
  Receipt receipt;
  const uint8_t kind = in.U8();
  receipt.manifest_hash = in.Array<32>();
  receipt.signer_fpr = in.Array<32>();
  receipt.at_ms = in.U64();
  receipt.stored = in.U32();
  receipt.recalls = in.U32();
  receipt.notices = in.U32();
  const uint8_t layer = in.U8();
  const uint32_t unwanted = in.U32();
  if (unwanted > kMaxReceiptLeaves || unwanted > in.remaining() / 32) in.Fail();
  for (uint32_t i = 0; in.ok() && i < unwanted; ++i) receipt.unwanted.push_back(in.Array<32>());
  const uint32_t erased = in.U32();
  if (erased > kMaxReceiptLeaves || erased > in.remaining() / 44) in.Fail();
  for (uint32_t i = 0; in.ok() && i < erased; ++i) {
    Erased entry;
    entry.leaf = in.Array<32>();
    entry.onward_held = in.U32();
    entry.onward_erased = in.U32();
    entry.onward_unanswered = in.U32();
    receipt.erased.push_back(entry);
  }
  receipt.kem_notice = std::string(in.Lp16());
  if (absl::Status read = in.Finish("receipt"); !read.ok()) return AtLayer(Layer::kManifest, read);
  if (kind < 1 || kind > 3) return Refuse(Layer::kVersion, "the receipt is of an unknown kind");
  receipt.kind = static_cast<Receipt::Kind>(kind);
  if (layer != 0) {
    receipt.layer = LayerFrom(layer);
    if (!receipt.layer.has_value()) return Refuse(Layer::kManifest, "the receipt names an unknown layer");
  }
  if (absl::Status shape = CheckShape(receipt); !shape.ok()) return AtLayer(Layer::kManifest, shape);
  if (receipt.signer_fpr != signer_fpr) return Refuse(Layer::kManifest, "the receipt names another signer");
  return receipt;
}

}  // namespace tidegate::parcel
