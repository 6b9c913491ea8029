// The plaintext layouts of the store's own rows (FORMAT.md). Private to the room. Numbers are varints (varint.h). What
// is decoded encodes to the same bytes again.
#ifndef TIDEGATE_NODE_STORE_ROWS_H_
#define TIDEGATE_NODE_STORE_ROWS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "node/store/store.h"

namespace tidegate::store {

// A claim, with its giver as an interned number. Without openings it claims everything that the view opens.
struct RowClaim {
  uint32_t giver = 0;
  record::Openings openings;
  bool operator==(const RowClaim&) const = default;
};

// One row of `arrivals`. Its views live as long as the bytes from which it was decoded.
struct Row {
  Event event = Event::kPut;
  uint64_t at_ms = 0;
  // The flags of a record's row.
  bool own = false, erased = false, final = false, superseded = false, forked = false;
  uint32_t label = 0;
  uint32_t origin = 0;
  uint64_t log_index = 0;
  uint64_t proof = 0;
  std::vector<RowClaim> claims;
  std::string_view local;
  std::string_view view;
  // The subject of an event that is no record.
  uint64_t subject = 0;
  std::string_view detail;
};

// Whether search shows the record, and its terms are in the index.
inline bool IsShown(const Row& row) {
  return IsRecord(row.event) && row.event != Event::kRecall && !row.erased && !row.superseded;
}

void EncodeRow(const Row& row, std::string& out);
absl::StatusOr<Row> DecodeRow(std::string_view bytes);

// A parcel's proof; names are interned, leaves of records that are held are named by their number (FORMAT.md).
std::string EncodeProof(const ParcelProof& proof);
absl::StatusOr<ParcelProof> DecodeProof(std::string_view bytes);

// The key of a count: records of a label and kind (slot is kWholeRecord), or present fields.
struct CountKey {
  static constexpr uint16_t kWholeRecord = 0xffff;
  uint32_t label = 0;
  uint32_t kind = 0;
  uint16_t slot = kWholeRecord;
  uint16_t rungs = 0;    // label::HeldRungs
  uint32_t marking = 0;  // interned; 0 = none
  bool operator==(const CountKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const CountKey& k) {
    return H::combine(std::move(h), k.label, k.kind, k.slot, k.rungs, k.marking);
  }
};
std::string EncodeCountKey(const CountKey& key);
absl::StatusOr<CountKey> DecodeCountKey(std::string_view bytes);

std::string Key64(uint64_t number);
absl::StatusOr<uint64_t> NumberFrom(std::string_view key);

}  // namespace tidegate::store

#endif  // TIDEGATE_NODE_STORE_ROWS_H_
