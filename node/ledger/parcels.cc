#include "node/ledger/parcels.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "node/ledger/layout.h"

namespace tidegate::ledger {
namespace {

constexpr std::string_view kParcelLabel = crypto::Label("TDGpar1");

enum ParcelFlag : uint8_t { kNotices = 1, kManifest = 2, kReceipt = 4, kPartly = 8, kAllParcelFlags = 15 };

// The parcel that an entry is about.
template <typename Kind>
bool IsOf(const Kind& entry, std::string_view partner, uint64_t parcel_seq) {
  return entry.partner == partner && entry.parcel_seq == parcel_seq;
}

}  // namespace

bool Lost(const absl::Status& status) { return store::Damaged(status) || absl::IsNotFound(status); }

absl::StatusOr<Entry> ReadEntry(const store::Reader& reader, uint64_t index) {
  absl::StatusOr<std::string> bytes = reader.GetOrdered(store::Ordered::kRegisterEntry, EntryKey(index));
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(absl::StrCat("ledger: the register has no entry ", index));
  }
  if (!bytes.ok()) return bytes.status();
  return DecodeEntry(*bytes);
}

std::string EncodeParcel(const ParcelState& state, std::string_view partner) {
  crypto::ByteWriter out;
  out.Raw(kParcelLabel).Lp16(partner).U64(state.parcel_seq).U64(state.intent_index).U64(state.at_ms);
  out.U8(static_cast<uint8_t>((state.has_notices ? kNotices : 0) | (state.manifest_index ? kManifest : 0) |
                              (state.receipt_index ? kReceipt : 0) | (state.partly ? kPartly : 0)));
  if (state.manifest_index) out.U64(*state.manifest_index);
  if (state.receipt_index) {
    out.U64(*state.receipt_index).U8(static_cast<uint8_t>(state.answer.value_or(Answer::kStored)));
    out.U64(state.onward_held).U64(state.onward_erased).U64(state.onward_unanswered);
    out.U8(state.receipts);
  }
  return out.Take();
}

absl::StatusOr<ParcelState> DecodeParcel(std::string_view bytes, std::string* partner) {
  crypto::ByteReader in(bytes);
  // A row of version 0.1 begins with the partner's name, which is never as long as the label says.
  const bool labelled = bytes.starts_with(kParcelLabel);
  if (labelled) in.Raw(kParcelLabel.size());
  ParcelState state;
  const std::string_view name = in.Lp16();
  if (partner != nullptr) *partner = name;
  state.parcel_seq = in.U64();
  state.intent_index = in.U64();
  state.at_ms = in.U64();
  const uint8_t flags = in.U8();
  if (flags & ~kAllParcelFlags) in.Fail();
  state.has_notices = flags & kNotices;
  state.partly = flags & kPartly;
  if (state.partly && (flags & kReceipt) == 0) in.Fail();
  if (flags & kManifest) state.manifest_index = in.U64();
  if (flags & kReceipt) {
    state.receipt_index = in.U64();
    const uint8_t answer = in.U8();
    if (answer < 1 || answer > 3) in.Fail();
    state.answer = static_cast<Answer>(answer);
    state.onward_held = in.U64();
    state.onward_erased = in.U64();
    state.onward_unanswered = in.U64();
    // Version 0.1 did not count a parcel's only receipt.
    state.receipts = labelled || (in.ok() && in.remaining() > 0) ? in.U8() : 1;
  }
  if (!in.Finish("parcel state").ok())
    return absl::DataLossError("ledger: a parcel's state is damaged; run `tidegate verify`");
  return state;
}

absl::StatusOr<ParcelState> ReadParcel(const store::Reader& reader, std::string_view partner, uint64_t parcel_seq) {
  absl::StatusOr<std::string> bytes =
      reader.GetOrdered(store::Ordered::kParcel, ParcelKey(reader.Blind(store::Ordered::kParcel, partner), parcel_seq));
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        absl::StrCat("ledger: no parcel ", parcel_seq, " was intended for `", std::string(partner), "`"));
  }
  if (!bytes.ok()) return bytes.status();
  return DecodeParcel(*bytes);
}

void TakeReceipt(const Receipt& receipt, uint64_t index, ParcelState& state) {
  state.receipt_index = index;
  state.answer = receipt.answer;
  state.partly = !receipt.refused.empty() || !receipt.withheld.empty() ||
                 (!receipt.erased.empty() && receipt.answer != Answer::kErased);
  state.onward_held = receipt.onward_held;
  state.onward_erased = receipt.onward_erased;
  state.onward_unanswered = receipt.onward_unanswered;
}

absl::StatusOr<ParcelState> ParcelFromEntries(const store::Reader& reader, std::string_view partner,
                                              uint64_t parcel_seq, uint64_t entries) {
  ParcelState state;
  state.parcel_seq = parcel_seq;
  const uint64_t least = entries - std::min<uint64_t>(entries, kMostRead);
  for (uint64_t index = entries; index > least;) {
    absl::StatusOr<Entry> entry = ReadEntry(reader, --index);
    if (Lost(entry.status())) continue;
    if (!entry.ok()) return entry.status();
    if (const auto* intent = std::get_if<Intent>(&*entry); intent != nullptr && IsOf(*intent, partner, parcel_seq)) {
      state.intent_index = index;
      state.at_ms = intent->at_ms;
      state.has_notices = std::any_of(intent->records.begin(), intent->records.end(),
                                      [](const IntendedRecord& record) { return record.notice; });
      return state;
    }
    if (const auto* sent = std::get_if<ManifestSent>(&*entry); sent != nullptr && IsOf(*sent, partner, parcel_seq)) {
      if (!state.manifest_index) state.manifest_index = index;
    }
    if (const auto* receipt = std::get_if<Receipt>(&*entry);
        receipt != nullptr && IsOf(*receipt, partner, parcel_seq)) {
      if (!state.receipt_index) TakeReceipt(*receipt, index, state);
      ++state.receipts;
    }
  }
  return absl::DataLossError(absl::StrCat("ledger: the state of parcel ", parcel_seq, " of `", std::string(partner),
                                          "` is damaged, and its intent is too far back to be found; run `tidegate "
                                          "verify`"));
}

absl::StatusOr<uint64_t> LastParcelOf(const store::Reader& reader, std::string_view partner) {
  uint64_t last = 0;
  const vault::BlindTermBytes blind = reader.Blind(store::Ordered::kParcel, partner);
  absl::Status status = reader.ForEachOrdered(store::Ordered::kParcel, crypto::View(blind), "", true,
                                              [&last](std::string_view key, const absl::StatusOr<std::string_view>&) {
                                                last = crypto::ByteReader(key.substr(key.size() - 8)).U64();
                                                return false;
                                              });
  if (!status.ok()) return status;
  return last;
}

absl::StatusOr<uint64_t> ParcelWithManifest(const store::Reader& reader, std::string_view partner, const Hash& manifest,
                                            uint64_t entries) {
  const uint64_t least = entries - std::min<uint64_t>(entries, kMostRead);
  for (uint64_t index = entries; index > least;) {
    absl::StatusOr<Entry> entry = ReadEntry(reader, --index);
    if (Lost(entry.status())) continue;
    if (!entry.ok()) return entry.status();
    const auto* sent = std::get_if<ManifestSent>(&*entry);
    if (sent != nullptr && sent->partner == partner && sent->manifest == manifest) return sent->parcel_seq;
  }
  return absl::NotFoundError("ledger: no parcel with that manifest was sent");
}

absl::Status AddPartnersOfParcels(const store::Reader& reader, std::set<std::string>& partners) {
  std::string from;  // the first key that may be of another partner
  for (bool more = true; more;) {
    more = false;
    std::string blind;
    absl::Status read = reader.ForEachOrdered(store::Ordered::kParcel, "", from, false,
                                              [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                                                const std::string_view of =
                                                    key.substr(0, std::tuple_size_v<vault::BlindTermBytes>);
                                                if (!blind.empty() && of != blind) return false;
                                                blind = of;
                                                more = true;
                                                std::string partner;
                                                if (!value.ok() || !DecodeParcel(*value, &partner).ok())
                                                  return true;  // the next one says whose it is
                                                partners.insert(std::move(partner));
                                                return false;
                                              });
    if (!read.ok()) return read;
    from = blind + std::string(8, '\xff') + '\0';  // beyond the last parcel that this partner can have
  }
  return absl::OkStatus();
}

}  // namespace tidegate::ledger
