#include "node/reading/mark.h"

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::reading {
namespace {

constexpr std::string_view kMarkLabel = crypto::Label("TDGmrk1");
constexpr std::string_view kMarkScope = "seen by";

// Whoever did not say who they are has the mark of all who do not.
std::string_view ItemOf(const policy::Principal& who) { return who.named() ? std::string_view(who.user()) : ""; }

}  // namespace

std::string EncodeMark(uint64_t arrival) { return crypto::ByteWriter(16).Raw(kMarkLabel).U64(arrival).Take(); }

absl::StatusOr<uint64_t> DecodeMark(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kMarkLabel.size()) != kMarkLabel) in.Fail();
  const uint64_t arrival = in.U64();
  if (auto whole = in.Finish("what somebody has seen"); !whole.ok()) return whole;
  return arrival;
}

absl::StatusOr<uint64_t> MarkOf(const store::Reader& reader, const policy::Principal& who) {
  auto bytes = reader.GetNamed(store::Named::kSetting, kMarkScope, ItemOf(who));
  if (absl::IsNotFound(bytes.status())) return uint64_t{0};
  auto arrival = bytes.ok() ? DecodeMark(*bytes) : absl::StatusOr<uint64_t>(bytes.status());
  if (store::Damaged(arrival.status())) return uint64_t{0};
  return arrival;
}

absl::Status PutMark(store::WriteTransaction& transaction, const policy::Principal& who, uint64_t arrival) {
  if (arrival > transaction.LastSeq()) {
    return absl::InvalidArgumentError("reading: that has not come yet, so nobody has looked at it");
  }
  auto before = MarkOf(transaction, who);
  if (!before.ok()) return before.status();
  if (*before >= arrival) return absl::OkStatus();
  return transaction.PutNamed(store::Named::kSetting, kMarkScope, ItemOf(who), EncodeMark(arrival));
}

}  // namespace tidegate::reading
