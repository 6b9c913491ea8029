// Receipts that their signer made up: the signature is always good. Each has one form.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "node/parcel/receipt.h"

namespace crypto = tidegate::crypto;
namespace parcel = tidegate::parcel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const crypto::SigningKey key = *crypto::SigningKey::FromSeed(std::string(32, 'k'));
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  crypto::Hash signer{};
  if (size >= 73) std::copy_n(data + 41, 32, signer.begin());  // where the receipt names its signer
  const absl::StatusOr<parcel::Receipt> receipt =
      parcel::VerifyReceipt(input, crypto::View(key.Sign(input)), key.public_key(), signer);
  if (!receipt.ok()) {
    if (!parcel::LayerOf(receipt.status()).has_value()) std::abort();
    return 0;
  }
  const absl::StatusOr<parcel::SignedReceipt> again = parcel::SignReceipt(*receipt, key);
  if (!again.ok() || again->bytes != input) std::abort();
  return 0;
}
