// Keys and names of the ledger in the store (LEDGER.md). Private to the room.
#ifndef TIDEGATE_NODE_LEDGER_LAYOUT_H_
#define TIDEGATE_NODE_LEDGER_LAYOUT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/vault/vault.h"

namespace tidegate::ledger {

inline constexpr unsigned kTileHeight = 8;
inline constexpr uint64_t kTileWidth = uint64_t{1} << kTileHeight;

// The arrivals [block * kBlock, (block + 1) * kBlock) share the index entries of what was disclosed of them.
inline constexpr uint64_t kBlock = 4096;

// Items of a log in the store's table kLedger. The scope is the log's name.
inline constexpr std::string_view kHeadItem = "head";
inline constexpr std::string_view kPartnersScope = "partners";

// The scope of the sizes of heads that went out in excerpts. The item is the size in decimal.
inline constexpr std::string_view kExcerptsScope = "excerpts";

// The scope of the records that a partner was asked to erase (LEDGER.md, "Indices").
inline std::string AskedScope(std::string_view partner) { return "asked/" + std::string(partner); }
// This item says that GatherAsks was done.
inline constexpr std::string_view kGatheredItem = "asks gathered";

inline std::string TileKey(unsigned level, uint64_t index) {
  return crypto::ByteWriter(9).U8(static_cast<uint8_t>(level)).U64(index).Take();
}
inline std::string EntryKey(uint64_t index) { return crypto::ByteWriter(8).U64(index).Take(); }
inline std::string ParcelKey(const vault::BlindTermBytes& partner, uint64_t parcel_seq) {
  return crypto::ByteWriter(24).Raw(partner).U64(parcel_seq).Take();
}
inline std::string DisclosurePrefix(const vault::BlindTermBytes& partner, uint64_t block) {
  return crypto::ByteWriter(24).Raw(partner).U64(block).Take();
}
inline std::string DisclosureKey(const vault::BlindTermBytes& partner, uint64_t block, uint64_t entry) {
  return crypto::ByteWriter(32).Raw(partner).U64(block).U64(entry).Take();
}

}  // namespace tidegate::ledger

#endif  // TIDEGATE_NODE_LEDGER_LAYOUT_H_
