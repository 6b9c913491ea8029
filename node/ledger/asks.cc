#include "node/ledger/asks.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/ledger/disclosure.h"
#include "node/ledger/layout.h"
#include "node/ledger/parcels.h"

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
  store::Damage damage;  // told by ReadAsks
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, AskedScope(partner), damage,
                                            [&](std::string_view item, std::string_view value) -> absl::StatusOr<bool> {
                                              absl::StatusOr<Ask> ask = Decode(item, value);
                                              if (!ask.ok()) return ask.status();
                                              if (ask->seq == seq) found = *ask;
                                              return !found.has_value();
                                            });
  if (!status.ok()) return status;
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
  absl::StatusOr<Entry> entry = ReadEntry(transaction, parcel.intent_index);
  if (!entry.ok()) return Lost(entry.status()) ? absl::OkStatus() : entry.status();
  const auto* intent = std::get_if<Intent>(&*entry);
  if (intent == nullptr) return absl::OkStatus();
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
  std::set<std::string> partners;
  store::Damage damage;
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, kPartnersScope, damage,
                                            [&partners](std::string_view partner, std::string_view) {
                                              partners.emplace(partner);
                                              return true;
                                            });
  // The index of parcels also names the partners of damaged rows: nobody who holds something may be forgotten.
  if (status.ok() && damage.rows > 0) status = AddPartnersOfParcels(reader, partners);
  if (!status.ok()) return status;
  return std::vector<std::string>(partners.begin(), partners.end());
}

absl::StatusOr<Asks> ReadAsks(const store::Reader& reader, std::string_view partner, size_t limit) {
  Asks asks;
  store::Damage damage;
  if (limit == 0) return asks;
  absl::Status status = reader.ForEachNamed(store::Named::kLedger, AskedScope(partner), damage,
                                            [&](std::string_view item, std::string_view value) -> absl::StatusOr<bool> {
                                              absl::StatusOr<Ask> ask = Decode(item, value);
                                              if (!ask.ok()) return ask.status();
                                              asks.open.push_back(*ask);
                                              return asks.open.size() < limit;
                                            });
  if (!status.ok()) return status;
  asks.damaged = damage.rows;
  return asks;
}

absl::StatusOr<std::optional<Ask>> AskOf(const store::Reader& reader, const std::string& partner, uint64_t seq) {
  absl::StatusOr<record::RecordId> id = IdToAskFor(reader, partner, seq);
  if (!id.ok()) return id.status();
  const std::string item = ItemOf(*id, seq);
  absl::StatusOr<std::string> bytes = reader.GetNamed(store::Named::kLedger, AskedScope(partner), item);
  if (absl::IsNotFound(bytes.status())) return std::optional<Ask>();
  absl::StatusOr<Ask> ask = bytes.ok() ? Decode(item, *bytes) : bytes.status();
  if (ask.ok()) return std::optional<Ask>(*ask);
  if (!store::Damaged(ask.status())) return ask.status();
  return std::optional<Ask>(Ask{*id, seq, 0, true});
}

absl::Status PutAsk(store::WriteTransaction& transaction, const std::string& partner, const Ask& ask) {
  const std::string scope = AskedScope(partner), item = ItemOf(ask.record, ask.seq);
  Ask kept = ask;
  absl::StatusOr<std::string> known = transaction.GetNamed(store::Named::kLedger, scope, item);
  absl::StatusOr<Ask> before = known.ok() ? Decode(item, *known) : known.status();
  if (before.ok()) {
    if (before->recall || !ask.recall) return absl::OkStatus();
    kept.since_ms = std::min(before->since_ms, ask.since_ms);
  } else if (store::Damaged(before.status())) {
    kept.recall = true;  // it may have been one
  } else if (!absl::IsNotFound(before.status())) {
    return before.status();
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
  absl::StatusOr<Asks> asks = ReadAsks(transaction, intent.partner, 1);
  if (!asks.ok()) return asks.status();
  const bool any = !asks->open.empty() || asks->damaged > 0;
  for (const IntendedRecord& record : intent.records) {
    absl::Status status;
    if (AsksForAll(record)) {
      absl::StatusOr<record::RecordId> id = IdToAskFor(transaction, intent.partner, record.seq);
      if (!id.ok()) return id.status();
      status = PutAsk(transaction, intent.partner, {*id, record.seq, intent.at_ms, false});
    } else if (!record.notice && any) {
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

absl::Status RewriteAsks(store::WriteTransaction& transaction, const std::string& partner) {
  std::vector<Ask> found;
  absl::Status inner;
  bool more = true;
  DisclosureReader disclosures(transaction, partner, 0);
  for (uint64_t from = 0; more && from <= transaction.LastSeq(); from += kBlock) {
    const auto look = [&](uint64_t seq, const Holding& holding) {
      absl::StatusOr<std::optional<Ask>> ask = AskOf(transaction, partner, seq);
      inner = ask.status();
      if (!inner.ok() || !ask->has_value() || (*ask)->since_ms != 0) return inner.ok();
      (*ask)->since_ms = holding.asked_ms != 0 ? holding.asked_ms : holding.changed_ms;
      found.push_back(**ask);
      return true;
    };
    absl::Status read = disclosures.Block(from, from + kBlock, look, more);
    if (!read.ok()) return read;
    if (!inner.ok()) return inner;
  }
  for (const Ask& ask : found) {
    if (absl::Status put = PutAsk(transaction, partner, ask); !put.ok()) return put;
  }
  return absl::OkStatus();
}

absl::Status GatherAsks(store::Store& store) {
  absl::StatusOr<std::unique_ptr<store::Snapshot>> snapshot = store.Read();
  if (!snapshot.ok()) return snapshot.status();
  absl::Status gathered = (*snapshot)->GetNamed(store::Named::kLedger, "", kGatheredItem).status();
  if (!Lost(gathered)) return gathered;
  snapshot->reset();
  return store.Write([](store::WriteTransaction& transaction) -> absl::Status {
    std::vector<std::pair<std::string, ParcelState>> open;
    absl::Status status = transaction.ForEachOrdered(
        store::Ordered::kParcel, "", "", false, [&](std::string_view, const absl::StatusOr<std::string_view>& bytes) {
          std::string partner;
          absl::StatusOr<ParcelState> parcel = bytes.ok() ? DecodeParcel(*bytes, &partner) : bytes.status();
          if (parcel.ok() && parcel->has_notices && parcel->answer != Answer::kErased) {
            open.emplace_back(std::move(partner), *std::move(parcel));
          }
          return true;
        });
    for (auto parcel = open.begin(); status.ok() && parcel != open.end(); ++parcel) {
      status = GatherParcel(transaction, parcel->first, parcel->second);
    }
    if (!status.ok()) return status;
    return transaction.PutNamed(store::Named::kLedger, "", kGatheredItem, "1");
  });
}

}  // namespace tidegate::ledger
