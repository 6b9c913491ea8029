#include "node/store/claims.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "node/store/holds.h"
#include "node/store/retention_class.h"
#include "node/store/shed.h"

namespace tidegate::store {
namespace {

// A record row with what its changes need.
struct Loaded {
  std::string buffer;  // behind `row`
  Row row;
  record::View view;
  Identity identity;
};

absl::StatusOr<std::unique_ptr<Loaded>> Load(const Transaction& transaction, uint64_t seq) {
  auto held = std::make_unique<Loaded>();
  absl::StatusOr<Row> row = transaction.ReadRow(seq, held->buffer);
  if (!row.ok()) return row.status();
  if (!IsRecord(row->event)) return absl::NotFoundError(absl::StrCat("store: arrival ", seq, " is no record"));
  held->row = *std::move(row);
  absl::StatusOr<record::View> view = record::DecodeHeld(held->row.view);
  if (!view.ok()) return absl::DataLossError(absl::StrCat("store: arrival ", seq, ": ", view.status().message()));
  absl::StatusOr<Identity> identity = IdentityOf(*view);
  if (!identity.ok()) return identity.status();
  held->view = *std::move(view);
  held->identity = *std::move(identity);
  // While a row is being changed each claim says what it is of; WriteHeld shortens them again.
  for (RowClaim& claim : held->row.claims) {
    if (claim.openings.empty()) claim.openings = record::OpeningsOf(held->view);
  }
  return held;
}

// `view` is what the row's own bytes say.
absl::Status WriteHeld(Transaction& transaction, uint64_t seq, Row& row, const record::View& view,
                       std::string_view retention) {
  const record::Openings all = record::OpeningsOf(view);
  for (RowClaim& claim : row.claims) {
    if (claim.openings == all) claim.openings.clear();
  }
  return transaction.WriteRow(seq, row, retention);
}

// Replaces the view of a shown or superseded record and brings label, terms and counts up to it.
absl::Status Replace(Transaction& transaction, uint64_t seq, Loaded& held, const record::View& view) {
  std::optional<Description> before;
  const uint32_t old_label = held.row.label;
  const bool indexed = !held.row.superseded;
  if (indexed && !held.row.erased) {
    absl::StatusOr<Description> description = DescribeRow(transaction, held.row);
    if (!description.ok()) return description.status();
    before = *std::move(description);
  }
  const std::string encoded = record::EncodeView(view);
  held.row.view = encoded;
  held.row.erased = false;
  absl::StatusOr<Description> after = DescribeRow(transaction, held.row);
  if (!after.ok()) return after.status();
  absl::StatusOr<uint32_t> label = transaction.Intern(Interned::kLabel, after->label);
  if (!label.ok()) return label.status();
  held.row.label = *label;
  absl::Status status = absl::OkStatus();
  if (before.has_value()) {
    status = Reindex(transaction, seq, old_label, *before, *label, *after);
  } else if (indexed) {
    status = Index(transaction, seq, *label, *after);
  }
  if (!status.ok()) return status;
  return WriteHeld(transaction, seq, held.row, view, after->retention);
}

}  // namespace

absl::StatusOr<uint64_t> AppendNotice(Transaction& transaction, Event event, uint64_t subject, uint64_t at_ms,
                                      std::string_view detail) {
  Row row;
  row.event = event;
  row.at_ms = at_ms;
  row.subject = subject;
  row.detail = detail;
  return transaction.AppendRow(row, "");
}

absl::StatusOr<PutResult> MergeIntoHeld(Transaction& transaction, uint64_t seq, const PreparedPut::Fields& fields) {
  absl::StatusOr<std::unique_ptr<Loaded>> loaded = Load(transaction, seq);
  // The record cannot be merged into a row that cannot be read, and the parcel must not come again for ever. `verify`
  // names the row.
  if (absl::IsDataLoss(loaded.status())) return PutResult{PutOutcome::kKnown, seq, false, {}};
  if (!loaded.ok()) return loaded.status();
  Loaded& held = **loaded;
  if (held.row.final) return PutResult{PutOutcome::kRefused, seq, held.row.forked, {}};
  // The author has replaced this revision, so no more of it is taken.
  if (held.row.own || fields.giver.empty() || held.row.superseded || held.row.event == Event::kRecall) {
    return PutResult{PutOutcome::kKnown, seq, held.row.forked, {}};
  }
  absl::StatusOr<uint32_t> giver = transaction.Intern(Interned::kParty, fields.giver);
  if (!giver.ok()) return giver.status();
  if (held.row.erased) held.row.claims.clear();
  auto claim = std::find_if(held.row.claims.begin(), held.row.claims.end(),
                            [&](const RowClaim& c) { return c.giver == *giver; });
  if (claim == held.row.claims.end()) {
    claim = held.row.claims.insert(claim, RowClaim{*giver, {}});
    // What enters search again brings all its terms.
    if (!held.row.erased) IndexGiver(transaction, seq, fields.giver);
  }
  record::Openings merged_openings = record::Merged(claim->openings, fields.openings);
  const bool claims_more = merged_openings != claim->openings;
  claim->openings = std::move(merged_openings);

  absl::StatusOr<record::View> offered = record::DecodeHeld(fields.view);
  if (!offered.ok()) return offered.status();
  absl::StatusOr<record::View> merged = held.row.erased ? *offered : record::Merge(held.view, *offered);
  if (!merged.ok()) return merged.status();
  if (held.row.erased) held.row.local = fields.local;
  if (!held.row.erased && *merged == held.view) {
    if (!claims_more) return PutResult{PutOutcome::kKnown, seq, held.row.forked, {}};
    absl::Status status =
        WriteHeld(transaction, seq, held.row, held.view, RetentionClass(held.identity.statement, held.row.at_ms));
    if (!status.ok()) return status;
    return PutResult{PutOutcome::kMerged, seq, held.row.forked, {}};
  }
  if (absl::Status status = Replace(transaction, seq, held, *merged); !status.ok()) return status;
  absl::StatusOr<uint64_t> event = AppendNotice(transaction, Event::kGain, seq, fields.arrived_ms);
  if (!event.ok()) return event.status();
  return PutResult{PutOutcome::kMerged, seq, held.row.forked, {}};
}

namespace {

// A row that cannot be read is written over as a whole. Its terms stay in the index.
absl::StatusOr<bool> EraseUnread(Transaction& transaction, uint64_t seq, uint64_t at_ms) {
  const absl::StatusOr<bool> overwritten = transaction.Overwritten(seq);
  if (!overwritten.ok()) return overwritten.status();
  if (*overwritten) return false;
  absl::Status status = NoteErased(transaction, Dbi::kArrivals, Key64(seq), at_ms);
  if (status.ok()) status = transaction.Overwrite(seq);
  if (!status.ok()) return status;
  absl::StatusOr<uint64_t> event = AppendNotice(transaction, Event::kErase, seq, at_ms);
  if (!event.ok()) return event.status();
  return true;
}

}  // namespace

absl::StatusOr<bool> EraseHeld(Transaction& transaction, uint64_t seq, uint64_t at_ms, bool final) {
  absl::StatusOr<std::unique_ptr<Loaded>> loaded = Load(transaction, seq);
  if (absl::IsDataLoss(loaded.status())) return final ? EraseUnread(transaction, seq, at_ms) : false;
  if (!loaded.ok()) return loaded.status();
  Row& row = (*loaded)->row;
  if (row.event == Event::kRecall || (row.erased && (row.final || !final))) return false;
  if (!row.erased) {
    absl::Status kept = KeepIfHeld(transaction, seq, row, (*loaded)->identity.statement);
    if (!kept.ok()) return kept;
  }
  if (!row.erased && !row.superseded) {
    absl::StatusOr<Description> description = DescribeRow(transaction, row);
    if (!description.ok()) return description.status();
    absl::Status status = Unindex(transaction, seq, row.label, *description);
    if (!status.ok()) return status;
  }
  const bool had_openings = !row.erased;
  row.erased = true;
  row.final = final;
  row.label = 0;
  row.local = {};
  for (RowClaim& claim : row.claims) claim.openings.clear();
  record::View tombstone;
  tombstone.statement = (*loaded)->view.statement;
  const std::string encoded = record::EncodeView(tombstone);
  row.view = encoded;
  if (had_openings) {
    absl::Status noted = NoteErased(transaction, Dbi::kArrivals, Key64(seq), at_ms);
    if (!noted.ok()) return noted;
  }
  if (absl::Status status = WriteHeld(transaction, seq, row, tombstone, ""); !status.ok()) return status;
  if (!had_openings) return true;
  absl::StatusOr<uint64_t> event = AppendNotice(transaction, Event::kErase, seq, at_ms);
  if (!event.ok()) return event.status();
  return true;
}

absl::StatusOr<bool> WriteTransaction::Erase(uint64_t seq, uint64_t at_ms) {
  return EraseHeld(*transaction_, seq, at_ms, true);
}

absl::StatusOr<bool> WriteTransaction::LimitClaim(const crypto::Hash& leaf, std::string_view giver,
                                                  const record::Openings& allowed, uint64_t at_ms) {
  absl::StatusOr<uint64_t> seq = FindByLeaf(leaf);
  if (!seq.ok()) return seq.status();
  absl::StatusOr<std::unique_ptr<Loaded>> loaded = Load(*transaction_, *seq);
  if (!loaded.ok()) return loaded.status();
  Loaded& held = **loaded;
  if (held.row.own || held.row.erased || held.row.event == Event::kRecall) return false;
  absl::StatusOr<uint32_t> id = transaction_->Intern(Interned::kParty, std::string(giver));
  if (!id.ok()) return id.status();
  auto claim =
      std::find_if(held.row.claims.begin(), held.row.claims.end(), [&](const RowClaim& c) { return c.giver == *id; });
  if (claim == held.row.claims.end()) return false;
  record::Openings kept = record::Limited(claim->openings, allowed);
  if (kept == claim->openings) return false;
  claim->openings = std::move(kept);
  record::Openings all;
  for (const RowClaim& c : held.row.claims) all = record::Merged(all, c.openings);
  if (all.empty()) return EraseHeld(*transaction_, *seq, at_ms, false);
  if (claim->openings.empty() && !held.row.superseded) {
    if (absl::Status status = UnindexGiver(*transaction_, *seq, giver); !status.ok()) return status;
  }
  held.row.claims.erase(std::remove_if(held.row.claims.begin(), held.row.claims.end(),
                                       [](const RowClaim& c) { return c.openings.empty(); }),
                        held.row.claims.end());
  std::vector<int8_t> finest(held.identity.statement.n, -1);
  for (const auto& [slot, rung] : all) {
    if (slot < finest.size()) finest[slot] = static_cast<int8_t>(rung);
  }
  absl::StatusOr<record::View> narrowed = record::Narrow(held.view, finest);
  if (!narrowed.ok()) return narrowed.status();
  const bool less = *narrowed != held.view;
  if (less) {
    absl::Status copied = KeepIfHeld(*transaction_, *seq, held.row, held.identity.statement);
    if (copied.ok()) copied = NoteErased(*transaction_, Dbi::kArrivals, Key64(*seq), at_ms);
    if (!copied.ok()) return copied;
  }
  if (absl::Status status = Replace(*transaction_, *seq, held, *narrowed); !status.ok()) return status;
  if (!less) return false;
  absl::StatusOr<uint64_t> event = AppendNotice(*transaction_, Event::kLoss, *seq, at_ms);
  if (!event.ok()) return event.status();
  return true;
}

absl::Status WriteTransaction::Relabel(uint64_t seq, const record::LocalFacts& local, uint64_t at_ms) {
  absl::StatusOr<std::unique_ptr<Loaded>> loaded = Load(*transaction_, seq);
  if (!loaded.ok()) return loaded.status();
  Loaded& held = **loaded;
  if (held.row.erased || held.row.event == Event::kRecall) {
    return absl::FailedPreconditionError(absl::StrCat("store: record ", seq, " is erased and has no label"));
  }
  absl::StatusOr<Description> before = DescribeRow(*transaction_, held.row);
  if (!before.ok()) return before.status();
  const absl::StatusOr<std::string> encoded = record::EncodeLocalFacts(local);
  if (!encoded.ok()) return encoded.status();
  held.row.local = *encoded;
  absl::StatusOr<Description> after = DescribeRow(*transaction_, held.row);
  if (!after.ok()) return after.status();
  absl::StatusOr<uint32_t> label = transaction_->Intern(Interned::kLabel, after->label);
  if (!label.ok()) return label.status();
  if (!held.row.superseded) {
    absl::Status status = Reindex(*transaction_, seq, held.row.label, *before, *label, *after);
    if (!status.ok()) return status;
  }
  held.row.label = *label;
  absl::Status status = WriteHeld(*transaction_, seq, held.row, held.view, after->retention);
  if (!status.ok()) return status;
  return AppendNotice(*transaction_, Event::kRelabel, seq, at_ms).status();
}

absl::StatusOr<uint64_t> WriteTransaction::AppendEvent(Event event, uint64_t subject, uint64_t at_ms,
                                                       std::string_view detail) {
  if (event != Event::kRelabel && event != Event::kGrant && event != Event::kInstant) {
    return absl::InvalidArgumentError("store: only relabel, grant and instant are appended from outside");
  }
  return AppendNotice(*transaction_, event, subject, at_ms, detail);
}

absl::StatusOr<uint64_t> WriteTransaction::PutProof(const ParcelProof& proof) {
  for (size_t i = 1; i < proof.leaves.size(); ++i) {
    if (proof.leaves[i - 1].position >= proof.leaves[i].position) {
      return absl::InvalidArgumentError("store: the positions of a parcel's proof do not ascend");
    }
  }
  uint64_t id = 0;
  absl::Status status = transaction_->ForEach(Dbi::kProofs, "", "", true,
                                              [&id](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                                                absl::StatusOr<uint64_t> last = NumberFrom(key);
                                                if (!last.ok()) return last.status();
                                                id = *last;
                                                return false;
                                              });
  if (status.ok()) status = transaction_->PutSealed(Dbi::kProofs, Key64(++id), EncodeProof(proof), "", MDB_APPEND);
  if (!status.ok()) return status;
  return id;
}

}  // namespace tidegate::store
