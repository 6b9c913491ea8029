#include "node/ledger/asks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/ledger/disclosure.h"
#include "node/ledger/layout.h"

namespace tidegate::ledger {
namespace {

constexpr std::string_view kAskLabel = crypto::Label("TDGask1");
constexpr size_t kItemBytes = std::tuple_size_v<record::RecordId> + 8;

// The record, then the revision: asks of one record stand together.
std::string ItemOf(const record::RecordId& record, uint64_t seq) {
  return crypto::ByteWriter(kItemBytes).Raw(record).U64(seq).Take();
}

std::string Encode(const Ask& ask) {
  return crypto::ByteWriter(17).Raw(kAskLabel).U64(ask.since_ms).U8(ask.recall ? 1 : 0).Take();
}

absl::StatusOr<Ask> Decode(std::string_view item, std::string_view value) {
  Ask ask;
  crypto::ByteReader name(item), in(value);
  ask.record = name.Array<std::tuple_size_v<record::RecordId>>();
  ask.seq = name.U64();
  const std::string_view label = in.Raw(kAskLabel.size());
  ask.since_ms = in.U64();
  const uint8_t recall = in.U8();
  if (label != kAskLabel || recall > 1) in.Fail();
  ask.recall = recall == 1;
  if (name.Finish("ask").ok() && in.Finish("ask").ok()) return ask;
  return absl::DataLossError("ledger: what a partner was asked is damaged; run `tidegate verify`");
}

// The id of the record that this arrival is a revision of. None if its row is damaged: asking a partner, and taking its
// answer, must not wait for that row.
absl::StatusOr<std::optional<record::RecordId>> RecordOf(const store::Reader& reader, uint64_t seq) {
  absl::StatusOr<store::StoredRecord> record = reader.GetRecord(seq);
  if (absl::IsDataLoss(record.status())) return std::nullopt;
  if (!record.ok()) return record.status();
  absl::StatusOr<record::Statement> statement = record::ParseStatement(record->view.statement);
  if (!statement.ok()) return std::nullopt;
  return statement->record_id;
}

// Stands for the id that a damaged row no longer tells. No record has it: ids of records are random.
record::RecordId StandIn(uint64_t seq) {
  crypto::ByteWriter writer(kItemBytes);
  writer.U64(0).U64(seq);
  crypto::ByteReader reader(writer.view());
  return reader.Array<std::tuple_size_v<record::RecordId>>();
}

// The ask of that arrival, under any id that it was entered under.
absl::StatusOr<std::optional<Ask>> FindAsk(const store::Reader& reader, const std::string& partner, uint64_t seq) {
  std::optional<Ask> found;
  absl::Status inner;
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, AskedScope(partner),
                                            [&](std::string_view item, std::string_view value) {
                                              absl::StatusOr<Ask> ask = Decode(item, value);
                                              inner = ask.status();
                                              if (inner.ok() && ask->seq == seq) found = *ask;
                                              return inner.ok() && !found.has_value();
                                            });
  if (!status.ok()) return status;
  if (!inner.ok()) return inner;
  return found;
}

// Under which id an ask of that arrival stands, or is to stand.
absl::StatusOr<record::RecordId> IdToAskFor(const store::Reader& reader, const std::string& partner, uint64_t seq) {
  absl::StatusOr<std::optional<record::RecordId>> record = RecordOf(reader, seq);
  if (!record.ok()) return record.status();
  if (record->has_value()) return **record;
  absl::StatusOr<std::optional<Ask>> ask = FindAsk(reader, partner, seq);
  if (!ask.ok()) return ask.status();
  return ask->has_value() ? (*ask)->record : StandIn(seq);
}

absl::Status Drop(store::WriteTransaction& transaction, const std::string& partner, uint64_t seq) {
  absl::StatusOr<record::RecordId> record = IdToAskFor(transaction, partner, seq);
  if (!record.ok()) return record.status();
  // Look under the stand-in too: the ask may have been entered while the row could not be read, and a backup brought
  // the row back.
  for (const record::RecordId& id : {*record, StandIn(seq)}) {
    absl::Status dropped = transaction.DeleteNamed(store::Named::kLedger, AskedScope(partner), ItemOf(id, seq));
    if (!dropped.ok() && !absl::IsNotFound(dropped)) return dropped;
  }
  return absl::OkStatus();
}

bool AsksForAll(const IntendedRecord& record) { return record.notice && record.openings.empty(); }

// The asks of one parcel of an earlier version that are still open.
absl::Status GatherParcel(store::WriteTransaction& transaction, const std::string& partner, const ParcelState& parcel) {
  absl::StatusOr<std::string> bytes =
      transaction.GetOrdered(store::Ordered::kRegisterEntry, EntryKey(parcel.intent_index));
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<Entry> entry = DecodeEntry(*bytes);
  if (!entry.ok()) return entry.status();
  const auto* intent = std::get_if<Intent>(&*entry);
  if (intent == nullptr) return absl::DataLossError("ledger: a parcel's state is damaged; run `tidegate verify`");
  for (const IntendedRecord& record : intent->records) {
    if (!AsksForAll(record)) continue;
    absl::StatusOr<bool> may_hold = MayHold(transaction, partner, record.seq);
    if (!may_hold.ok()) return may_hold.status();
    if (!*may_hold) continue;
    absl::StatusOr<store::StoredRecord> held = transaction.GetRecord(record.seq);
    if (!held.ok() && !absl::IsDataLoss(held.status())) return held.status();
    absl::StatusOr<record::RecordId> id = IdToAskFor(transaction, partner, record.seq);
    if (!id.ok()) return id.status();
    absl::Status put = PutAsk(transaction, partner, {*id, record.seq, intent->at_ms, held.ok() && held->final});
    if (!put.ok()) return put;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadPartners(const store::Reader& reader) {
  std::vector<std::string> partners;
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, kPartnersScope,
                                            [&partners](std::string_view partner, std::string_view) {
                                              partners.emplace_back(partner);
                                              return true;
                                            });
  if (!status.ok()) return status;
  std::sort(partners.begin(), partners.end());
  return partners;
}

absl::StatusOr<std::vector<Ask>> ReadAsks(const store::Reader& reader, std::string_view partner, size_t limit) {
  std::vector<Ask> asks;
  absl::Status inner;
  if (limit == 0) return asks;
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, AskedScope(partner),
                                            [&](std::string_view item, std::string_view value) {
                                              absl::StatusOr<Ask> ask = Decode(item, value);
                                              inner = ask.status();
                                              if (inner.ok()) asks.push_back(*ask);
                                              return inner.ok() && asks.size() < limit;
                                            });
  if (!status.ok()) return status;
  if (!inner.ok()) return inner;
  return asks;
}

absl::Status PutAsk(store::WriteTransaction& transaction, const std::string& partner, const Ask& ask) {
  const std::string scope = AskedScope(partner), item = ItemOf(ask.record, ask.seq);
  Ask kept = ask;
  absl::StatusOr<std::string> known = transaction.GetNamed(store::Named::kLedger, scope, item);
  if (known.ok()) {
    absl::StatusOr<Ask> before = Decode(item, *known);
    if (!before.ok()) return before.status();
    if (before->recall || !ask.recall) return absl::OkStatus();
    kept.since_ms = std::min(before->since_ms, ask.since_ms);
  } else if (!absl::IsNotFound(known.status())) {
    return known.status();
  }
  return transaction.PutNamed(store::Named::kLedger, scope, item, Encode(kept));
}

absl::StatusOr<bool> MayHold(const store::Reader& reader, const std::string& partner, uint64_t seq) {
  DisclosureReader disclosures(reader, partner, 0);
  bool more = true, may_hold = false;
  absl::Status status = disclosures.Block(
      seq, seq + 1,
      [&may_hold](uint64_t, const Holding& holding) {
        may_hold = holding.state != HoldingState::kErased;
        return false;
      },
      more);
  if (!status.ok()) return status;
  return may_hold;
}

absl::Status KeepAsks(store::WriteTransaction& transaction, const Intent& intent) {
  absl::StatusOr<std::vector<Ask>> open = ReadAsks(transaction, intent.partner, 1);
  if (!open.ok()) return open.status();
  for (const IntendedRecord& record : intent.records) {
    absl::Status status;
    if (AsksForAll(record)) {
      absl::StatusOr<record::RecordId> id = IdToAskFor(transaction, intent.partner, record.seq);
      if (!id.ok()) return id.status();
      status = PutAsk(transaction, intent.partner, {*id, record.seq, intent.at_ms, false});
    } else if (!record.notice && !open->empty()) {
      status = Drop(transaction, intent.partner, record.seq);
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status DropAsks(store::WriteTransaction& transaction, const Intent& intent, const Receipt& receipt) {
  for (size_t i = 0; i < intent.records.size(); ++i) {
    if (!AsksForAll(intent.records[i])) continue;
    const bool erased = receipt.whole ? receipt.answer == Answer::kErased
                                      : std::binary_search(receipt.erased.begin(), receipt.erased.end(), i);
    if (!erased) continue;
    if (absl::Status status = Drop(transaction, intent.partner, intent.records[i].seq); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status GatherAsks(store::Store& store) {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  absl::Status gathered = (*snapshot)->GetNamed(store::Named::kLedger, "", kGatheredItem).status();
  if (!absl::IsNotFound(gathered)) return gathered;
  snapshot->reset();
  return store.Write([](store::WriteTransaction& transaction) -> absl::Status {
    std::vector<std::pair<std::string, ParcelState>> open;
    absl::Status inner;
    absl::Status status = transaction.ForEachOrdered(
        store::Ordered::kParcel, "", "", false, [&](std::string_view, std::string_view bytes) {
          std::string partner;
          absl::StatusOr<ParcelState> parcel = DecodeParcel(bytes, &partner);
          inner = parcel.status();
          if (inner.ok() && parcel->has_notices && parcel->answer != Answer::kErased) {
            open.emplace_back(std::move(partner), *std::move(parcel));
          }
          return inner.ok();
        });
    if (status.ok()) status = inner;
    for (auto parcel = open.begin(); status.ok() && parcel != open.end(); ++parcel) {
      status = GatherParcel(transaction, parcel->first, parcel->second);
    }
    if (!status.ok()) return status;
    return transaction.PutNamed(store::Named::kLedger, "", kGatheredItem, "1");
  });
}

}  // namespace tidegate::ledger
