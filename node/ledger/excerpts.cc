// Heads that went out in excerpts of the register (LEDGER.md, "Indices").
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "node/ledger/layout.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {
namespace {

constexpr std::string_view kGivenLabel = crypto::Label("TDGexg1");

absl::StatusOr<std::vector<uint64_t>> ReadSizes(const store::Reader& reader) {
  std::vector<uint64_t> sizes;
  store::Damage damage;
  const auto read = [&](std::string_view, std::string_view value) -> absl::StatusOr<bool> {
    crypto::ByteReader in(value);
    if (in.Raw(kGivenLabel.size()) != kGivenLabel) in.Fail();
    const uint64_t size = in.U64();
    if (in.Finish("size of an excerpt").ok()) sizes.push_back(size);
    return sizes.size() < 2 * excerpt::kMostEarlier;
  };
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, kExcerptsScope, damage, read);
  if (!status.ok()) return status;
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

}  // namespace

absl::Status Register::KeepExcerpted(store::WriteTransaction& transaction, uint64_t size) const {
  absl::StatusOr<std::vector<uint64_t>> sizes = ReadSizes(transaction);
  if (!sizes.ok()) return sizes.status();
  for (size_t i = 0; i + excerpt::kMostEarlier <= sizes->size(); ++i) {
    absl::Status dropped = transaction.DeleteNamed(store::Named::kLedger, kExcerptsScope, absl::StrCat((*sizes)[i]));
    if (!dropped.ok()) return dropped;
  }
  return transaction.PutNamed(store::Named::kLedger, kExcerptsScope, absl::StrCat(size),
                              crypto::ByteWriter().Raw(kGivenLabel).U64(size).Take());
}

absl::StatusOr<std::vector<uint64_t>> Register::ExcerptedSizes() const {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = StoreOf().Read();
  if (!snapshot.ok()) return snapshot.status();
  return ReadSizes(**snapshot);
}

}  // namespace tidegate::ledger
