#include "node/ledger/disclosure.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "node/ledger/layout.h"
#include "node/ledger/parcels.h"

namespace tidegate::ledger {
namespace {

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("ledger: ", std::string(what), " is damaged; run `tidegate verify`"));
}

constexpr std::string_view kOffsetsLabel = crypto::Label("TDGdsc1");

// Two bytes for each arrival, counted from the beginning of its block.
std::string EncodeOffsets(const std::set<uint64_t>& offsets) {
  crypto::ByteWriter out(kOffsetsLabel.size() + offsets.size() * 2);
  out.Raw(kOffsetsLabel);
  for (uint64_t offset : offsets) out.U16(static_cast<uint16_t>(offset));
  return out.Take();
}

absl::StatusOr<std::vector<uint64_t>> DecodeOffsets(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  // A row of version 0.1 has offsets alone, which are never as large as the label.
  if (bytes.starts_with(kOffsetsLabel)) in.Raw(kOffsetsLabel.size());
  std::vector<uint64_t> offsets;
  while (in.ok() && in.remaining() > 0) {
    const uint64_t offset = in.U16();
    if (offset >= kBlock || (!offsets.empty() && offsets.back() >= offset)) in.Fail();
    offsets.push_back(offset);
  }
  if (!in.ok() || offsets.empty()) return Damaged("an index of disclosures");
  return offsets;
}

}  // namespace

absl::Status IndexIntent(store::WriteTransaction& transaction, uint64_t index, const Intent& intent) {
  const std::string parcel = ParcelKey(transaction.Blind(store::Ordered::kParcel, intent.partner), intent.parcel_seq);
  ParcelState state;
  state.parcel_seq = intent.parcel_seq;
  state.intent_index = index;
  state.at_ms = intent.at_ms;
  std::map<uint64_t, std::set<uint64_t>> blocks;
  for (const IntendedRecord& record : intent.records) {
    state.has_notices |= record.notice;
    blocks[record.seq / kBlock].insert(record.seq % kBlock);
  }
  absl::Status status = transaction.PutOrdered(store::Ordered::kParcel, parcel, EncodeParcel(state, intent.partner));
  const vault::BlindTermBytes blind = transaction.Blind(store::Ordered::kDisclosure, intent.partner);
  for (auto block = blocks.begin(); status.ok() && block != blocks.end(); ++block) {
    status = transaction.PutOrdered(store::Ordered::kDisclosure, DisclosureKey(blind, block->first, index),
                                    EncodeOffsets(block->second));
  }
  if (!status.ok()) return status;
  absl::Status listed = transaction.GetNamed(store::Named::kLedger, kPartnersScope, intent.partner).status();
  if (!Lost(listed)) return listed;
  return transaction.PutNamed(store::Named::kLedger, kPartnersScope, intent.partner, "");
}

DisclosureReader::DisclosureReader(const store::Reader& reader, std::string_view partner, uint64_t taken)
    : reader_(reader),
      partner_(partner),
      taken_(taken),
      disclosure_blind_(reader.Blind(store::Ordered::kDisclosure, partner)) {}

absl::StatusOr<const Intent*> DisclosureReader::ReadIntent(uint64_t index) {
  if (auto found = intents_.find(index); found != intents_.end()) return found->second.get();
  absl::StatusOr<Entry> entry = ReadEntry(reader_, index);
  if (!entry.ok()) return entry.status();
  auto* intent = std::get_if<Intent>(&*entry);
  if (intent == nullptr || intent->partner != partner_) return Damaged("an index of disclosures");
  return (intents_[index] = std::make_unique<const Intent>(std::move(*intent))).get();
}

absl::StatusOr<const ParcelState*> DisclosureReader::ReadState(uint64_t parcel_seq) {
  if (auto found = states_.find(parcel_seq); found != states_.end()) return &found->second;
  absl::StatusOr<ParcelState> state = ReadParcel(reader_, partner_, parcel_seq);
  if (Lost(state.status())) state.emplace().parcel_seq = parcel_seq;
  if (!state.ok()) return state.status();
  return &(states_[parcel_seq] = *state);
}

absl::StatusOr<const Receipt*> DisclosureReader::ReadReceipt(const ParcelState& state) {
  const uint64_t index = *state.receipt_index;
  if (auto found = receipts_.find(index); found != receipts_.end()) return &found->second;
  absl::StatusOr<Entry> entry = ReadEntry(reader_, index);
  if (!entry.ok()) return entry.status();
  auto* receipt = std::get_if<Receipt>(&*entry);
  if (receipt == nullptr || receipt->partner != partner_) return Damaged("a parcel's state");
  return &(receipts_[index] = std::move(*receipt));
}

absl::StatusOr<DisclosureReader::Said> DisclosureReader::SaidOf(const ParcelState& state, const Intent& intent,
                                                                const IntendedRecord& record) {
  Said said;
  if (!state.answer.has_value()) return said;
  said.refused = *state.answer == Answer::kRefused;
  said.taken = !said.refused;
  said.erased = *state.answer == Answer::kErased;
  if (!state.partly) return said;
  absl::StatusOr<const Receipt*> receipt = ReadReceipt(state);
  if (Lost(receipt.status())) {
    // It said of some records that they were refused or erased, and nobody knows of which.
    said.taken = false;
    return said;
  }
  if (!receipt.ok()) return receipt.status();
  const auto place = static_cast<uint16_t>(&record - intent.records.data());
  const auto names = [place](const std::vector<uint16_t>& places) {
    return std::binary_search(places.begin(), places.end(), place);
  };
  said.erased = said.erased || names((*receipt)->erased);
  said.refused = said.refused || names((*receipt)->refused);
  said.withheld = !said.erased && names((*receipt)->withheld);
  said.taken = said.taken && !said.refused;
  return said;
}

absl::StatusOr<Holding> DisclosureReader::Fold(const std::vector<Item>& items) {
  Holding holding;
  holding.partner = partner_;
  record::Openings held, surely;
  bool delivered = false, refused = false, withheld = false;
  for (const Item& item : items) {
    if (item.record == nullptr) {
      // It may have sent all, and taken anything back.
      holding.all = true;
      surely.clear();
      holding.asked_ms = 0;
      holding.state = HoldingState::kUnknown;
      continue;
    }
    const auto known = intents_.find(item.index);
    if (known == intents_.end()) return absl::InternalError("ledger: an intent was not read before it was looked at");
    const Intent& intent = *known->second;
    absl::StatusOr<const ParcelState*> parcel = ReadState(intent.parcel_seq);
    if (!parcel.ok()) return parcel.status();
    const ParcelState& state = **parcel;
    absl::StatusOr<Said> said = SaidOf(state, intent, *item.record);
    if (!said.ok()) return said.status();
    if (holding.since_ms == 0) holding.since_ms = intent.at_ms;
    holding.changed_ms = intent.at_ms;
    holding.parcel_seq = intent.parcel_seq;
    holding.intent_index = item.index;
    holding.receipt_index = state.receipt_index;
    holding.onward_held = state.onward_held;
    holding.onward_erased = state.onward_erased;
    holding.onward_unanswered = state.onward_unanswered;
    if (item.record->notice) {
      surely = record::Limited(surely, item.record->openings);
      // Until it answers, the partner may still hold what it had; and to have given up all of it, it must say so.
      const bool answered = item.record->openings.empty() ? said->erased : said->taken;
      if (answered) held = holding.all ? item.record->openings : record::Limited(held, item.record->openings);
      if (answered) holding.all = false;
      if (answered) holding.asked_ms = 0;
      if (!answered && holding.asked_ms == 0) holding.asked_ms = intent.at_ms;
      // What it answered last counts: it is asked again in further parcels, which have no answer at first.
      if (answered) withheld = false;
      if (said->withheld) withheld = true;
      if (held.empty() && !holding.all) delivered = refused = false;
    } else {
      // A record that the partner says it refused has left us all the same.
      held = record::Merged(held, item.record->openings);
      if (said->taken && intent.parcel_seq <= taken_) surely = record::Merged(surely, item.record->openings);
      delivered = delivered || said->taken;
      refused = refused || said->refused;
      holding.asked_ms = 0;
      withheld = false;
    }
    holding.state = holding.asked_ms != 0 ? (withheld ? HoldingState::kWithheld : HoldingState::kUnanswered)
                    : holding.all         ? HoldingState::kUnknown
                    : held.empty()        ? HoldingState::kErased
                    : delivered           ? HoldingState::kDelivered
                    : refused             ? HoldingState::kRefused
                                          : HoldingState::kIntended;
  }
  holding.openings = std::move(held);
  holding.surely = std::move(surely);
  return holding;
}

absl::Status DisclosureReader::Gather(uint64_t index, const absl::StatusOr<std::vector<uint64_t>>& offsets,
                                      uint64_t from, uint64_t to, Items& items) {
  const uint64_t first = from / kBlock * kBlock;
  const auto within = [&](uint64_t seq) { return seq >= from && seq < to; };
  if (offsets.ok() && std::none_of(offsets->begin(), offsets->end(), [&](uint64_t at) { return within(first + at); })) {
    return absl::OkStatus();
  }
  absl::StatusOr<const Intent*> intent = ReadIntent(index);
  if (intent.ok()) {
    for (const IntendedRecord& record : (*intent)->records) {
      if (within(record.seq)) items[record.seq].push_back({index, &record});
    }
    return absl::OkStatus();
  }
  if (!Lost(intent.status())) return intent.status();
  if (offsets.ok()) {
    for (const uint64_t at : *offsets) {
      if (within(first + at)) items[first + at].push_back({index, nullptr});
    }
    return absl::OkStatus();
  }
  return reader_.ScanOwn(from, to - 1, [&](const store::SealedArrival& sealed) -> absl::StatusOr<bool> {
    absl::StatusOr<store::Arrival> arrival = sealed.Open();
    if (!arrival.ok() && !Lost(arrival.status())) return arrival.status();
    const bool sendable =
        !arrival.ok() || arrival->event == store::Event::kPut || arrival->event == store::Event::kAmend;
    if (sendable) items[sealed.seq()].push_back({index, nullptr});
    return true;
  });
}

absl::Status DisclosureReader::Block(uint64_t from, uint64_t to,
                                     absl::FunctionRef<bool(uint64_t seq, const Holding&)> visit, bool& more) {
  intents_.clear();
  receipts_.clear();
  const uint64_t block = from / kBlock;
  std::vector<std::pair<uint64_t, absl::StatusOr<std::vector<uint64_t>>>> found;  // intent, offsets in this block
  absl::Status status =
      reader_.ForEachOrdered(store::Ordered::kDisclosure, DisclosurePrefix(disclosure_blind_, block), "", false,
                             [&](std::string_view key, const absl::StatusOr<std::string_view>& value) {
                               auto offsets = value.ok() ? DecodeOffsets(*value) : value.status();
                               found.emplace_back(crypto::ByteReader(key.substr(24)).U64(), std::move(offsets));
                               return true;
                             });
  if (!status.ok()) return status;
  Items items;
  for (const auto& [index, offsets] : found) {
    status = Gather(index, offsets, from, std::min(to, (block + 1) * kBlock), items);
    if (!status.ok()) return status;
  }
  for (const auto& [seq, of_record] : items) {
    absl::StatusOr<Holding> holding = Fold(of_record);
    if (!holding.ok()) return holding.status();
    more = visit(seq, *holding);
    if (!more) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace tidegate::ledger
