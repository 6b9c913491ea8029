// The codec of views at rest: RECORD.md, "A view at its author's".
#include <utility>

#include "crypto/bytes.h"
#include "crypto/merkle/merkle.h"
#include "node/record/length.h"
#include "node/record/opening.h"
#include "node/record/value/refusal.h"
#include "node/record/view.h"

namespace tidegate::record {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr uint8_t kSeededVersion = 3;  // beside the versions of codec.cc

absl::Status WrongHeld(std::string_view what) { return Refuse({"opening: the held view ", what}); }

bool ReadField(ByteReader& in, Opened& opened) {
  opened.slot = in.U8();
  opened.rung = in.U8();
  opened.type = in.U8();
  opened.attributes = in.Raw(ReadLength(in));
  opened.value = in.Raw(ReadLength(in));
  return in.ok() && opened.rung < kMaxRungs && opened.attributes.size() <= kMaxAttributeBytes &&
         opened.value.size() <= kMaxValueBytes;
}

// Draws again what Commit drew, slot after slot in the same order: the leaf of a slot that is absent; of one that is
// present the first salt and the rungs finer than its author knows.
absl::Status Redraw(const Seed& seed, uint16_t n, View& view) {
  size_t count = n;
  for (const Opened& opened : view.opened) count += opened.rung;
  SeedPieces drawn(seed, count);
  std::vector<Hash> leaves(n);  // those of present slots are never asked for
  std::vector<uint64_t> present;
  present.reserve(view.opened.size());
  auto next = view.opened.begin();
  for (uint16_t slot = 0; slot < n; ++slot) {
    if (next == view.opened.end() || next->slot != slot) {
      leaves[slot] = drawn.NextHash();
      continue;
    }
    Opened& opened = *next++;
    present.push_back(slot);
    opened.salt = drawn.NextSalt();
    opened.finer.reserve(opened.rung);
    for (uint8_t r = 0; r < opened.rung; ++r) {
      opened.finer.push_back(drawn.NextHash());
      opened.salt = NextSalt(opened.salt);
    }
  }
  absl::StatusOr<std::vector<Hash>> proof = merkle::ProveMulti(n, present, merkle::SpanSource(leaves));
  if (!proof.ok()) return proof.status();
  view.proof = *std::move(proof);
  return absl::OkStatus();
}

absl::StatusOr<View> DecodeSeeded(std::string_view bytes) {
  if (bytes.size() > kMaxViewBytes) return WrongHeld("is over-long");
  ByteReader in(bytes);
  in.U8();
  const Seed seed = in.Array<32>();
  const uint16_t n = in.U16();
  View view;
  view.statement = in.Lp16();
  if (view.statement.size() > kMaxStatementBytes) return WrongHeld("has an over-long statement");
  const size_t count = in.U16();
  if (!in.ok() || n > kMaxSlots || count == 0 || count > n) return WrongHeld("opens too many fields or none");
  view.opened.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    Opened opened;
    if (!ReadField(in, opened)) return WrongHeld("has a field that is cut short or over-long");
    if (opened.slot >= n || (i > 0 && opened.slot <= view.opened.back().slot)) {
      return WrongHeld("has a field twice, out of order or past the last");
    }
    view.opened.push_back(std::move(opened));
  }
  if (!in.ok() || in.remaining() != 0) return WrongHeld("is cut short or has bytes after its end");
  if (absl::Status drawn = Redraw(seed, n, view); !drawn.ok()) return drawn;
  return view;
}

}  // namespace

std::string EncodeHeld(const VerifiedView& verified) {
  const View& view = verified.view();
  if (!verified.seed().has_value()) return EncodeView(view);
  size_t size = 64 + view.statement.size();
  for (const Opened& opened : view.opened) size += 12 + opened.attributes.size() + opened.value.size();
  ByteWriter out(size);
  out.U8(kSeededVersion).Raw(*verified.seed()).U16(verified.statement().n).Lp16(view.statement);
  out.U16(static_cast<uint16_t>(view.opened.size()));
  for (const Opened& opened : view.opened) {
    out.U8(static_cast<uint8_t>(opened.slot)).U8(opened.rung).U8(opened.type);
    PutLength(out, opened.attributes.size());
    out.Raw(opened.attributes);
    PutLength(out, opened.value.size());
    out.Raw(opened.value);
  }
  return out.Take();
}

absl::StatusOr<View> DecodeHeld(std::string_view bytes) {
  const bool seeded = !bytes.empty() && static_cast<uint8_t>(bytes.front()) == kSeededVersion;
  return seeded ? DecodeSeeded(bytes) : DecodeView(bytes);
}

}  // namespace tidegate::record
