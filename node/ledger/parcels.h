// The index of parcels, and what can be known of a parcel whose row is damaged. Private to the room.
#ifndef TIDEGATE_NODE_LEDGER_PARCELS_H_
#define TIDEGATE_NODE_LEDGER_PARCELS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/ledger/ledger.h"

namespace tidegate::ledger {

// How many entries are read at most for one question.
inline constexpr uint64_t kMostRead = 100'000;

// Whether the row is damaged or gone. Another fault may pass.
bool Lost(const absl::Status& status);

absl::StatusOr<Entry> ReadEntry(const store::Reader& reader, uint64_t index);

std::string EncodeParcel(const ParcelState& state, std::string_view partner);
absl::StatusOr<ParcelState> DecodeParcel(std::string_view bytes, std::string* partner = nullptr);
absl::StatusOr<ParcelState> ReadParcel(const store::Reader& reader, std::string_view partner, uint64_t parcel_seq);
// Makes the changes of a receipt in the row, except the number of receipts.
void TakeReceipt(const Receipt& receipt, uint64_t index, ParcelState& state);

// The same from the newest kMostRead of `entries` entries, for a row that is damaged. DataLoss if the intent is not
// among them.
absl::StatusOr<ParcelState> ParcelFromEntries(const store::Reader& reader, std::string_view partner,
                                              uint64_t parcel_seq, uint64_t entries);
// The highest number of a parcel that was intended for the partner; 0 if none. Reads keys only.
absl::StatusOr<uint64_t> LastParcelOf(const store::Reader& reader, std::string_view partner);
// The number of the parcel with that manifest, from the newest kMostRead of `entries` entries; NotFound.
absl::StatusOr<uint64_t> ParcelWithManifest(const store::Reader& reader, std::string_view partner, const Hash& manifest,
                                            uint64_t entries);
// Every partner that the index of parcels names.
absl::Status AddPartnersOfParcels(const store::Reader& reader, std::set<std::string>& partners);

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_PARCELS_H_
