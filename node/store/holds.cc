#include "node/store/holds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/hash.h"
#include "node/store/retention_class.h"
#include "node/store/shed.h"
#include "node/store/tables.h"

namespace tidegate::store {
namespace {

constexpr std::string_view kHoldLabel = crypto::Label("TDGhol1");
constexpr std::string_view kCopyLabel = crypto::Label("TDGhoc1");
constexpr std::string_view kHoldsScope = "holds";
// A partner that gives and takes back a record under hold again and again makes copies. So each state of a row is kept
// once, and a record gets no further copy once it has this many copies, or this many bytes of them.
constexpr size_t kMostCopies = 256;
constexpr size_t kMostCopiedBytes = size_t{32} << 20;

std::string KeyOf(const record::RecordKey& key) { return crypto::ByteWriter(48).Raw(key.author).Raw(key.id).Take(); }
std::string CopiesScope(const record::RecordKey& key) { return "copies/" + KeyOf(key); }

absl::StatusOr<Hold> DecodeHold(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kHoldLabel.size()) != kHoldLabel) in.Fail();
  Hold hold;
  hold.key.author = in.Array<32>();
  hold.key.id = in.Array<16>();
  hold.at_ms = in.U64();
  hold.user = in.Lp16();
  hold.reason = in.Lp16();
  if (!in.Finish("hold").ok()) return absl::DataLossError("store: a legal hold is damaged; run `tidegate verify`");
  return hold;
}

absl::StatusOr<HeldCopy> DecodeCopy(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kCopyLabel.size()) != kCopyLabel) in.Fail();
  HeldCopy copy;
  copy.seq = in.U64();
  copy.arrived_ms = in.U64();
  const std::string_view view = in.Lp32();
  if (!in.Finish("copy under hold").ok()) {
    return absl::DataLossError("store: a copy under legal hold is damaged; run `tidegate verify`");
  }
  auto decoded = record::DecodeHeld(view);
  if (!decoded.ok())
    return absl::DataLossError(absl::StrCat("store: a copy under legal hold: ", decoded.status().message()));
  copy.view = *std::move(decoded);
  return copy;
}

}  // namespace

absl::Status KeepIfHeld(Transaction& transaction, uint64_t seq, const Row& row, const record::Statement& statement) {
  const record::RecordKey key{statement.author_fpr, statement.record_id};
  absl::Status held = GetNamedIn(transaction, Named::kHold, kHoldsScope, KeyOf(key)).status();
  if (absl::IsNotFound(held)) return absl::OkStatus();
  if (!held.ok() && !Damaged(held)) return held;
  crypto::ByteWriter copy(row.view.size() + 32);
  copy.Raw(kCopyLabel).U64(seq).U64(row.at_ms).Lp32(row.view);
  const crypto::Hash name = crypto::HashOf({copy.view()});
  const std::string_view item = crypto::View(name).substr(0, 16);
  const std::string scope = CopiesScope(key);
  if (GetNamedIn(transaction, Named::kHold, scope, item).ok()) return absl::OkStatus();
  size_t copies = 0, bytes = 0;
  const auto full = [&] { return copies >= kMostCopies || bytes >= kMostCopiedBytes; };
  Damage damage;
  absl::Status counted =
      ForEachNamedIn(transaction, Named::kHold, scope, damage, [&](std::string_view, std::string_view value) {
        ++copies;
        bytes += value.size();
        return !full();
      });
  if (!counted.ok() || full()) return counted;
  return PutNamedIn(transaction, Named::kHold, scope, item, copy.view(), kCopiesClass);
}

absl::StatusOr<std::optional<Hold>> Reader::HoldOf(const record::RecordKey& key) const {
  absl::StatusOr<std::string> value = GetNamed(Named::kHold, kHoldsScope, KeyOf(key));
  if (absl::IsNotFound(value.status())) return std::optional<Hold>();
  if (!value.ok()) return value.status();
  absl::StatusOr<Hold> hold = DecodeHold(*value);
  if (!hold.ok()) return hold.status();
  return std::optional<Hold>(*std::move(hold));
}

absl::StatusOr<std::vector<Hold>> Reader::Holds(size_t most, Damage& damage) const {
  std::vector<Hold> holds;
  absl::Status read = ForEachNamed(Named::kHold, kHoldsScope, damage,
                                   [&](std::string_view, std::string_view value) -> absl::StatusOr<bool> {
                                     absl::StatusOr<Hold> hold = DecodeHold(value);
                                     if (!hold.ok()) return hold.status();
                                     holds.push_back(*std::move(hold));
                                     return holds.size() < most;
                                   });
  if (!read.ok()) return read;
  return holds;
}

absl::StatusOr<std::vector<HeldCopy>> Reader::CopiesUnderHold(const record::RecordKey& key, Damage& damage) const {
  std::vector<HeldCopy> copies;
  absl::Status read = ForEachNamed(Named::kHold, CopiesScope(key), damage,
                                   [&](std::string_view, std::string_view value) -> absl::StatusOr<bool> {
                                     absl::StatusOr<HeldCopy> copy = DecodeCopy(value);
                                     if (!copy.ok()) return copy.status();
                                     copies.push_back(*std::move(copy));
                                     return true;
                                   });
  if (!read.ok()) return read;
  std::sort(copies.begin(), copies.end(), [](const HeldCopy& a, const HeldCopy& b) { return a.seq < b.seq; });
  return copies;
}

absl::Status WriteTransaction::PutHold(const Hold& hold) {
  constexpr size_t kMostText = 0xffff;
  crypto::ByteWriter value;
  value.Raw(kHoldLabel).Raw(hold.key.author).Raw(hold.key.id).U64(hold.at_ms);
  value.Lp16(std::string_view(hold.user).substr(0, kMostText)).Lp16(std::string_view(hold.reason).substr(0, kMostText));
  return PutNamed(Named::kHold, kHoldsScope, KeyOf(hold.key), value.view());
}

absl::StatusOr<size_t> WriteTransaction::DropHold(const record::RecordKey& key, uint64_t at_ms) {
  if (absl::Status dropped = DeleteNamed(Named::kHold, kHoldsScope, KeyOf(key)); !dropped.ok()) return dropped;
  std::vector<std::string> copies;
  absl::Status read =
      transaction_->ForEach(Dbi::kNamed, NamedPrefix(*transaction_, Named::kHold, CopiesScope(key)), "", false,
                            [&copies](std::string_view name, std::string_view) -> absl::StatusOr<bool> {
                              copies.emplace_back(name);
                              return true;
                            });
  if (!read.ok()) return read;
  for (const std::string& name : copies) {
    if (absl::Status noted = NoteErased(*transaction_, Dbi::kNamed, name, at_ms); !noted.ok()) return noted;
    if (absl::Status gone = transaction_->DeleteRaw(Dbi::kNamed, name); !gone.ok()) return gone;
  }
  return copies.size();
}

}  // namespace tidegate::store
