#include "node/store/rows.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/store/index/index.h"

namespace tidegate::store {
namespace {

using index::PutVarint;
using index::TakeVarint;

constexpr uint8_t kRowVersion = 1;
enum Flag : uint8_t { kOwn = 1, kErased = 2, kSuperseded = 4, kForked = 8, kFinal = 16, kAllFlags = 31 };

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("store: ", std::string(what), " is damaged; run `tidegate verify`"));
}

// Reads varints with a sticky error, as crypto::ByteReader does for fixed widths.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}
  uint64_t Number() {
    uint64_t value = 0;
    if (ok_ && !TakeVarint(rest_, value)) ok_ = false;
    return ok_ ? value : 0;
  }
  uint32_t Small() {
    uint64_t value = Number();
    if (value > std::numeric_limits<uint32_t>::max()) ok_ = false;
    return ok_ ? static_cast<uint32_t>(value) : 0;
  }
  uint8_t Byte() {
    if (rest_.empty()) ok_ = false;
    if (!ok_) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view Bytes() { return Raw(Number()); }
  std::string_view Raw(uint64_t length) {
    if (length > rest_.size()) ok_ = false;
    if (!ok_) return {};
    std::string_view bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return bytes;
  }
  crypto::Hash Hash() {
    crypto::Hash hash{};
    std::string_view bytes = Raw(hash.size());
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    return hash;
  }
  std::string_view Rest() { return Raw(rest_.size()); }
  void Fail() { ok_ = false; }
  bool ok() const { return ok_; }
  size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void PutBytes(std::string_view bytes, std::string& out) {
  PutVarint(bytes.size(), out);
  out.append(bytes);
}

void EncodeClaims(const std::vector<RowClaim>& claims, std::string& out) {
  PutVarint(claims.size(), out);
  for (const RowClaim& claim : claims) {
    PutVarint(claim.giver, out);
    PutVarint(claim.openings.size(), out);
    for (const record::SlotRung& opening : claim.openings) {
      PutVarint(opening.slot, out);
      out.push_back(static_cast<char>(opening.rung));
    }
  }
}

std::vector<RowClaim> DecodeClaims(Taker& taker) {
  std::vector<RowClaim> claims;
  const uint64_t count = taker.Number();
  if (count > taker.remaining()) taker.Fail();
  for (uint64_t i = 0; taker.ok() && i < count; ++i) {
    RowClaim& claim = claims.emplace_back();
    claim.giver = taker.Small();
    const uint64_t openings = taker.Number();
    if (openings > taker.remaining()) taker.Fail();
    for (uint64_t j = 0; taker.ok() && j < openings; ++j) {
      const uint64_t slot = taker.Number();
      if (slot > std::numeric_limits<uint16_t>::max()) taker.Fail();
      claim.openings.push_back({static_cast<uint16_t>(slot), taker.Byte()});
    }
  }
  return claims;
}

}  // namespace

void EncodeRow(const Row& row, std::string& out) {
  out.push_back(static_cast<char>(kRowVersion));
  out.push_back(static_cast<char>(row.event));
  PutVarint(row.at_ms, out);
  if (!IsRecord(row.event)) {
    PutVarint(row.subject, out);
    out.append(row.detail);
    return;
  }
  out.push_back(static_cast<char>((row.own ? kOwn : 0) | (row.erased ? kErased : 0) |
                                  (row.superseded ? kSuperseded : 0) | (row.forked ? kForked : 0) |
                                  (row.final ? kFinal : 0)));
  PutVarint(row.label, out);
  PutVarint(row.origin, out);
  PutVarint(row.log_index, out);
  PutVarint(row.proof, out);
  EncodeClaims(row.claims, out);
  PutBytes(row.local, out);
  out.append(row.view);
}

absl::StatusOr<Row> DecodeRow(std::string_view bytes) {
  Taker taker(bytes);
  Row row;
  if (taker.Byte() != kRowVersion) return Damaged("an arrival");
  const uint8_t event = taker.Byte();
  if (event > static_cast<uint8_t>(Event::kInstant)) return Damaged("an arrival");
  row.event = static_cast<Event>(event);
  row.at_ms = taker.Number();
  if (!IsRecord(row.event)) {
    row.subject = taker.Number();
    row.detail = taker.Rest();
  } else {
    const uint8_t flags = taker.Byte();
    if (flags & ~kAllFlags) taker.Fail();
    row.own = flags & kOwn;
    row.erased = flags & kErased;
    row.superseded = flags & kSuperseded;
    row.forked = flags & kForked;
    row.final = flags & kFinal;
    row.label = taker.Small();
    row.origin = taker.Small();
    row.log_index = taker.Number();
    row.proof = taker.Number();
    row.claims = DecodeClaims(taker);
    row.local = taker.Bytes();
    row.view = taker.Rest();
  }
  if (!taker.ok()) return Damaged("an arrival");
  return row;
}

std::string EncodeProof(const ParcelProof& proof) {
  std::string out;
  out.push_back(static_cast<char>(kRowVersion));
  PutBytes(proof.author, out);
  PutBytes(proof.giver, out);
  PutBytes(proof.note, out);
  PutVarint(proof.log_size, out);
  out.append(crypto::View(proof.manifest));
  PutVarint(proof.leaves.size(), out);
  uint64_t last = 0;
  for (const ProvenLeaf& leaf : proof.leaves) {
    PutVarint(leaf.position - last, out);
    last = leaf.position;
    out.append(crypto::View(leaf.leaf));
  }
  PutVarint(proof.proof.size(), out);
  for (const crypto::Hash& hash : proof.proof) out.append(crypto::View(hash));
  return out;
}

absl::StatusOr<ParcelProof> DecodeProof(std::string_view bytes) {
  Taker taker(bytes);
  ParcelProof proof;
  if (taker.Byte() != kRowVersion) return Damaged("a parcel's proof");
  proof.author = taker.Bytes();
  proof.giver = taker.Bytes();
  proof.note = taker.Bytes();
  proof.log_size = taker.Number();
  proof.manifest = taker.Hash();
  const uint64_t leaves = taker.Number();
  if (leaves > taker.remaining()) taker.Fail();
  uint64_t position = 0;
  for (uint64_t i = 0; taker.ok() && i < leaves; ++i) {
    position += taker.Number();
    proof.leaves.push_back({position, taker.Hash()});
  }
  const uint64_t hashes = taker.Number();
  if (hashes > taker.remaining()) taker.Fail();
  for (uint64_t i = 0; taker.ok() && i < hashes; ++i) proof.proof.push_back(taker.Hash());
  if (!taker.ok() || taker.remaining() != 0) return Damaged("a parcel's proof");
  return proof;
}

std::string EncodeCountKey(const CountKey& key) {
  crypto::ByteWriter writer(17);
  writer.U8(key.slot == CountKey::kWholeRecord ? 0 : 1).U32(key.label).U32(key.kind);
  writer.U16(key.slot).U16(key.rungs).U32(key.marking);
  return writer.Take();
}

absl::StatusOr<CountKey> DecodeCountKey(std::string_view bytes) {
  crypto::ByteReader reader(bytes);
  CountKey key;
  const uint8_t field = reader.U8();
  key.label = reader.U32();
  key.kind = reader.U32();
  key.slot = reader.U16();
  key.rungs = reader.U16();
  key.marking = reader.U32();
  if (!reader.Finish("count key").ok() || field != (key.slot == CountKey::kWholeRecord ? 0 : 1)) {
    return Damaged("a count's key");
  }
  return key;
}

std::string Key64(uint64_t number) { return crypto::ByteWriter(8).U64(number).Take(); }

absl::StatusOr<uint64_t> NumberFrom(std::string_view key) {
  crypto::ByteReader reader(key);
  const uint64_t number = reader.U64();
  if (!reader.Finish("number").ok()) return Damaged("a number");
  return number;
}

}  // namespace tidegate::store
