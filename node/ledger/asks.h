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

// How many asks are looked through at once.
inline constexpr size_t kMostAsks = 100'000;

absl::StatusOr<std::vector<std::string>> ReadPartners(const store::Reader& reader);
absl::StatusOr<Asks> ReadAsks(const store::Reader& reader, std::string_view partner, size_t limit);
// The ask about that arrival, or none. An ask whose row is damaged counts as a recall of time 0.
absl::StatusOr<std::optional<Ask>> AskOf(const store::Reader& reader, const std::string& partner, uint64_t seq);
// If the ask is there already, it keeps its time, and a recall stays a recall. A damaged ask is written over, as a
// recall.
absl::Status PutAsk(store::WriteTransaction& transaction, const std::string& partner, const Ask& ask);
// Whether anything of that arrival may be with the partner.
absl::StatusOr<bool> MayHold(const store::Reader& reader, const std::string& partner, uint64_t seq);
// A notice of the intent that leaves nothing of a record makes an ask. A record that the intent sends again loses its
// ask.
absl::Status KeepAsks(store::WriteTransaction& transaction, const Intent& intent);
// Drops the asks that this receipt answers as erased.
absl::Status DropAsks(store::WriteTransaction& transaction, const Intent& intent, const Receipt& receipt);
// Finds out from what was disclosed which asks the damaged rows are, and writes those rows again.
absl::Status RewriteAsks(store::WriteTransaction& transaction, const std::string& partner);
// Makes the asks of entries that are older than the table of asks. It does so once in a store's life. It passes over
// what is damaged.
absl::Status GatherAsks(store::Store& store);

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_ASKS_H_
