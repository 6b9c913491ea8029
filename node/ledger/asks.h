// The records that partners were asked to erase and have not answered about (LEDGER.md, "Indices"). Private to the
// room.
#ifndef TIDEGATE_NODE_LEDGER_ASKS_H_
#define TIDEGATE_NODE_LEDGER_ASKS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {

// As many as are looked through at once.
inline constexpr size_t kMostAsks = 100'000;

absl::StatusOr<std::vector<std::string>> ReadPartners(const store::Reader& reader);
absl::StatusOr<Asks> ReadAsks(const store::Reader& reader, std::string_view partner, size_t limit);
// The ask of that arrival; none. One whose row is damaged counts as a recall of time 0.
absl::StatusOr<std::optional<Ask>> AskOf(const store::Reader& reader, const std::string& partner, uint64_t seq);
// Keeps the time of an ask that is there already; a recall stays one. A damaged one is written over, as a recall.
absl::Status PutAsk(store::WriteTransaction& transaction, const std::string& partner, const Ask& ask);
// Whether anything of that arrival may be with the partner.
absl::StatusOr<bool> MayHold(const store::Reader& reader, const std::string& partner, uint64_t seq);
// An intent asks for what its notices leave nothing of, and takes back the ask of what it sends again.
absl::Status KeepAsks(store::WriteTransaction& transaction, const Intent& intent);
// Drops the asks that this receipt answers as erased.
absl::Status DropAsks(store::WriteTransaction& transaction, const Intent& intent, const Receipt& receipt);
// Finds by what was disclosed which asks the damaged rows are, and writes those again.
absl::Status RewriteAsks(store::WriteTransaction& transaction, const std::string& partner);
// Once in a store's life: the asks of entries that were made before asks were kept. Passes over what is damaged.
absl::Status GatherAsks(store::Store& store);

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_ASKS_H_
