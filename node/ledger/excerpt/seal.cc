// The entry by which the register signs an excerpt (LEDGER.md, "Entries").
#include "crypto/bytes.h"
#include "node/ledger/excerpt/excerpt.h"

namespace tidegate::excerpt {
namespace {

constexpr std::string_view kSealLabel = crypto::Label("TDGlex1");

// Cuts what a person wrote to what its length prefix can say.
std::string_view Text(std::string_view text) { return text.substr(0, 0xffff); }

}  // namespace

std::string EncodeSeal(const Seal& seal) {
  crypto::ByteWriter out;
  out.Raw(kSealLabel).U64(seal.at_ms).Lp16(Text(seal.user)).Lp16(Text(seal.reason)).Lp16(Text(seal.what));
  out.U64(seal.count).Raw(seal.digest);
  return out.Take();
}

absl::StatusOr<Seal> DecodeSeal(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kSealLabel.size()) != kSealLabel) in.Fail();
  Seal seal;
  seal.at_ms = in.U64();
  seal.user = in.Lp16();
  seal.reason = in.Lp16();
  seal.what = in.Lp16();
  seal.count = in.U64();
  seal.digest = in.Array<32>();
  if (absl::Status status = in.Finish("seal of an excerpt"); !status.ok()) return status;
  return seal;
}

}  // namespace tidegate::excerpt
