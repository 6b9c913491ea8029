// Numbers of parcels, as the store keeps them.
#include "absl/strings/numbers.h"

#include "crypto/bytes.h"
#include "node/feed/feed.h"

namespace tidegate::feed {
namespace {

constexpr std::string_view kNumberLabel = crypto::Label("TDGnum1");

}  // namespace

std::string EncodeNumber(uint64_t number) { return crypto::ByteWriter(16).Raw(kNumberLabel).U64(number).Take(); }

absl::StatusOr<uint64_t> DecodeNumber(std::string_view bytes) {
  uint64_t number = 0;
  if (!bytes.starts_with(kNumberLabel)) {
    if (absl::SimpleAtoi(absl::string_view(bytes.data(), bytes.size()), &number)) return number;
    return absl::DataLossError("feed: the number of a parcel cannot be read; run `tidegate verify`");
  }
  crypto::ByteReader in(bytes);
  in.Raw(kNumberLabel.size());
  number = in.U64();
  if (!in.Finish("number").ok()) {
    return absl::DataLossError("feed: the number of a parcel cannot be read; run `tidegate verify`");
  }
  return number;
}

}  // namespace tidegate::feed
