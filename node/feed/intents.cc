#include "node/feed/intents.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace tidegate::feed {

absl::StatusOr<ledger::Intent> IntentAt(const ledger::Register& disclosures, uint64_t index) {
  auto entry = disclosures.Get(index);
  if (!entry.ok() && !absl::IsNotFound(entry.status())) return entry.status();
  auto* intent = entry.ok() ? std::get_if<ledger::Intent>(&*entry) : nullptr;
  if (intent != nullptr) return std::move(*intent);
  return absl::DataLossError(absl::StrCat("feed: entry ", index, " of the register is not the intent that is meant"));
}

absl::StatusOr<ledger::Intent> IntentOf(const ledger::Register& disclosures, const std::string& organisation,
                                        uint64_t parcel_seq) {
  auto parcel = disclosures.Parcel(organisation, parcel_seq);
  if (!parcel.ok()) return parcel.status();
  return IntentAt(disclosures, parcel->intent_index);
}

}  // namespace tidegate::feed
