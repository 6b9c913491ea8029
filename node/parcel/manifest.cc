// M of CRYPTO.md "Parcel", and the inputs that are derived from it.
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"
#include "node/parcel/parcel.h"

namespace tidegate::parcel {
namespace {

constexpr std::string_view kManifestLabel = crypto::Label("TDGman1");
constexpr std::string_view kManifestFamily = kManifestLabel.substr(0, 6);

std::string EncodeOpenings(const Openings& openings) {
  crypto::ByteWriter out(openings.size() * 3);
  for (const record::SlotRung& opening : openings) out.U16(opening.slot).U8(opening.rung);
  return out.Take();
}

}  // namespace

Hash ContentsLeaf(const Id16& parcel_salt, const Disclosed& disclosed) {
  crypto::ByteWriter out(8 + 16 + 32 + 4 + disclosed.openings.size() * 3 + disclosed.purpose.size());
  out.Raw(crypto::Label("TDGcon1")).Raw(parcel_salt).Raw(disclosed.leaf);
  out.Lp16(EncodeOpenings(disclosed.openings)).Lp16(disclosed.purpose);
  return merkle::LeafHash(out.view());
}

Hash ContentsRoot(const Id16& parcel_salt, const std::vector<Disclosed>& disclosed) {
  if (disclosed.empty()) return merkle::EmptyRoot();
  merkle::Accumulator tree;
  for (const Disclosed& one : disclosed) tree.Push(ContentsLeaf(parcel_salt, one));
  return tree.Root();
}

std::string EncodeManifest(const Manifest& manifest) {
  crypto::ByteWriter out(kMaxManifestBytes);
  out.Raw(kManifestLabel).U8(static_cast<uint8_t>(manifest.suite));
  out.Raw(manifest.sender_fpr).Raw(manifest.recipient_fpr).Raw(manifest.delivery_fpr);
  out.Raw(manifest.feed).U64(manifest.seq).Raw(manifest.after).U64(manifest.sent_ms);
  out.Raw(manifest.kem_id).U32(manifest.psk_epoch).U32(manifest.n).Raw(manifest.contents);
  out.Raw(manifest.enc).Raw(manifest.commitment).U32(manifest.chunks).Raw(manifest.digest);
  return out.Take();
}

absl::StatusOr<Manifest> ParseManifest(std::string_view bytes) {
  if (bytes.size() > kMaxManifestBytes) return Refuse(Layer::kLimit, "the manifest is too long");
  if (!bytes.starts_with(kManifestLabel)) {
    return bytes.starts_with(kManifestFamily) ? Refuse(Layer::kVersion, "the manifest is of an unknown version")
                                              : Refuse(Layer::kManifest, "this is no manifest");
  }
  crypto::ByteReader in(bytes);
  in.Raw(kManifestLabel.size());
  Manifest manifest;
  const uint8_t suite = in.U8();
  manifest.sender_fpr = in.Array<32>();
  manifest.recipient_fpr = in.Array<32>();
  manifest.delivery_fpr = in.Array<32>();
  manifest.feed = in.Array<16>();
  manifest.seq = in.U64();
  manifest.after = in.Array<32>();
  manifest.sent_ms = in.U64();
  manifest.kem_id = in.Array<8>();
  manifest.psk_epoch = in.U32();
  manifest.n = in.U32();
  manifest.contents = in.Array<32>();
  manifest.enc = in.Array<32>();
  manifest.commitment = in.Array<32>();
  manifest.chunks = in.U32();
  manifest.digest = in.Array<32>();
  if (absl::Status read = in.Finish("manifest"); !read.ok()) return AtLayer(Layer::kManifest, read);
  if (suite != static_cast<uint8_t>(Suite::kAes256Gcm) && suite != static_cast<uint8_t>(Suite::kChaCha20Poly1305)) {
    return Refuse(Layer::kVersion, absl::StrCat("parcel suite ", suite, " is not known here"));
  }
  manifest.suite = static_cast<Suite>(suite);
  if (manifest.chunks == 0) return Refuse(Layer::kManifest, "the manifest announces no chunk");
  return manifest;
}

std::string EnvelopeInfo(const Manifest& manifest) {
  crypto::ByteWriter out(104);
  out.Raw(crypto::Label("TDGhpk1")).Raw(manifest.sender_fpr).Raw(manifest.recipient_fpr);
  out.Raw(manifest.kem_id).Raw(manifest.feed).U64(manifest.seq);
  return out.Take();
}

std::string PskId(const Id16& pair, uint32_t epoch) {
  crypto::ByteWriter out(28);
  out.Raw(crypto::Label("TDGpsk1")).Raw(pair).U32(epoch);
  return out.Take();
}

}  // namespace tidegate::parcel
