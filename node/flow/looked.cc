#include "node/flow/looked.h"

#include <algorithm>

#include "crypto/bytes.h"
#include "crypto/hash.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kLookedLabel = crypto::Label("TDGsee1");
constexpr std::string_view kLookedScope = "looked at";

absl::StatusOr<LookedAt> ReadLooked(const store::Reader& reader) {
  auto bytes = reader.GetNamed(store::Named::kSetting, kLookedScope, "");
  if (absl::IsNotFound(bytes.status())) return LookedAt{};
  // Where it is damaged, everything counts as new again.
  auto looked = bytes.ok() ? DecodeLooked(*bytes) : bytes.status();
  return store::Damaged(looked.status()) ? LookedAt{} : looked;
}

}  // namespace

std::string EncodeLooked(const LookedAt& looked) {
  return crypto::ByteWriter(24).Raw(kLookedLabel).U64(looked.arrival).U64(looked.import).Take();
}

absl::StatusOr<LookedAt> DecodeLooked(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kLookedLabel.size()) != kLookedLabel) in.Fail();
  LookedAt looked;
  looked.arrival = in.U64();
  looked.import = in.U64();
  if (auto whole = in.Finish("what was looked at"); !whole.ok()) return whole;
  return looked;
}

absl::StatusOr<LookedAt> LookedUpTo(const store::Store& store) {
  auto snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ReadLooked(**snapshot);
}

absl::Status LookUpTo(store::Store& store, const LookedAt& looked) {
  return store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (looked.arrival > transaction.LastSeq()) {
      return absl::InvalidArgumentError("flow: that has not come yet, so nobody has looked at it");
    }
    auto before = ReadLooked(transaction);
    if (!before.ok()) return before.status();
    const LookedAt now{std::max(before->arrival, looked.arrival), std::max(before->import, looked.import)};
    if (now == *before) return absl::OkStatus();
    return transaction.PutNamed(store::Named::kSetting, kLookedScope, "", EncodeLooked(now));
  });
}

}  // namespace tidegate::flow
