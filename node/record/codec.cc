// The codec of views: RECORD.md, "A view in bytes".
#include "crypto/bytes.h"
#include "node/record/length.h"
#include "node/record/opening.h"
#include "node/record/value/refusal.h"
#include "node/record/view.h"

namespace tidegate::record {
namespace {

using crypto::ByteReader;
using crypto::ByteWriter;

constexpr uint8_t kViewVersion = 2;
static_assert(kMaxSlots <= 256, "a slot is written in one byte");

absl::Status Wrong(std::string_view what) { return Refuse({"opening: the view ", what}); }

bool ReadOpened(ByteReader& in, Opened& opened) {
  opened.slot = in.U8();
  opened.rung = in.U8();
  if (opened.rung >= kMaxRungs) return false;
  opened.finer.reserve(opened.rung);
  for (uint8_t r = 0; r < opened.rung && in.ok(); ++r) opened.finer.push_back(in.Array<32>());
  opened.salt = in.Array<16>();
  opened.type = in.U8();
  opened.attributes = in.Raw(ReadLength(in));
  opened.value = in.Raw(ReadLength(in));
  return in.ok() && opened.attributes.size() <= kMaxAttributeBytes && opened.value.size() <= kMaxValueBytes;
}

}  // namespace

std::string EncodeView(std::string_view statement, std::span<const Opened* const> opened, std::span<const Hash> proof) {
  size_t size = 16 + statement.size() + proof.size() * sizeof(Hash);
  for (const Opened* o : opened) size += 32 + o->finer.size() * sizeof(Hash) + o->attributes.size() + o->value.size();
  ByteWriter out(size);
  out.U8(kViewVersion).Lp16(statement).U16(static_cast<uint16_t>(opened.size()));
  for (const Opened* o : opened) {
    out.U8(static_cast<uint8_t>(o->slot)).U8(o->rung);
    for (const Hash& hash : o->finer) out.Raw(hash);
    out.Raw(o->salt).U8(o->type);
    PutLength(out, o->attributes.size());
    out.Raw(o->attributes);
    PutLength(out, o->value.size());
    out.Raw(o->value);
  }
  out.U16(static_cast<uint16_t>(proof.size()));
  for (const Hash& hash : proof) out.Raw(hash);
  return out.Take();
}

std::string EncodeView(const View& view) {
  std::vector<const Opened*> opened;
  opened.reserve(view.opened.size());
  for (const Opened& o : view.opened) opened.push_back(&o);
  return EncodeView(view.statement, opened, view.proof);
}

absl::StatusOr<View> DecodeView(std::string_view bytes) {
  if (bytes.size() > kMaxViewBytes) return Wrong("is over-long");
  ByteReader in(bytes);
  if (in.U8() != kViewVersion) return Wrong("is of a version that this node does not know");
  View view;
  view.statement = in.Lp16();
  if (view.statement.size() > kMaxStatementBytes) return Wrong("has an over-long statement");
  const size_t count = in.U16();
  if (!in.ok() || count > kMaxSlots) return Wrong("opens too many fields");
  view.opened.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    Opened opened;
    if (!ReadOpened(in, opened)) return Wrong("has an opened field that is cut short or over-long");
    if (i > 0 && opened.slot <= view.opened.back().slot) return Wrong("opens a field twice or out of order");
    view.opened.push_back(std::move(opened));
  }
  const size_t hashes = in.U16();
  if (!in.ok() || hashes > kMaxSlots) return Wrong("has too long a proof");
  view.proof.reserve(hashes);
  for (size_t i = 0; i < hashes && in.ok(); ++i) view.proof.push_back(in.Array<32>());
  if (!in.ok() || in.remaining() != 0) return Wrong("is cut short or has bytes after its end");
  return view;
}

}  // namespace tidegate::record
