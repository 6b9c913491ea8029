#include "node/flow/recall_many.h"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/flow/author.h"
#include "node/flow/deed.h"
#include "node/flow/imports.h"

namespace tidegate::flow {
namespace {

constexpr std::string_view kPlanLabel = crypto::Label("TDGrpn1");
constexpr size_t kAtOnce = 256;         // records of one transaction: each erases all its revisions
constexpr size_t kMostLookedAt = 1000;  // records that a look names in the register
constexpr uint64_t kBlock = 4096;       // arrivals whose disclosures are read in one go
constexpr size_t kMostFaults = 100'000;

// Gathers from a snapshot what a plan recalls.
class Gathering {
 public:
  Gathering(const store::Reader& reader, const ledger::Register& disclosures, size_t most, RecallPlan& plan)
      : reader_(reader), disclosures_(disclosures), most_(most), plan_(plan) {}

  absl::Status Of(const RecallMany& what) {
    if (what.import != 0) {
      if (auto status = OfImport(what.import); !status.ok()) return status;
    }
    for (const record::RecordId& id : what.ids) Take(id, 0);
    return Finish();
  }

 private:
  absl::Status OfImport(uint64_t number) {
    auto note = FindImport(reader_, number);
    if (!note.ok()) return note.status();
    std::vector<ImportPart> parts;
    auto read = ForEachPart(reader_, disclosures_, number, [&parts](const ImportPart& part) {
      parts.push_back(part);
      return true;
    });
    if (!read.ok()) return read;
    for (const ledger::Deed deed : {ledger::Deed::kCollection, ledger::Deed::kAlteration}) {
      for (const ImportPart& part : parts) {
        if (part.deed == deed && part.first_seq != 0) OfArrivals(part);
      }
    }
    return absl::OkStatus();
  }

  void OfArrivals(const ImportPart& part) {
    for (uint64_t seq = part.first_seq; seq <= part.last_seq && !plan_.more; ++seq) {
      auto record = reader_.GetRecord(seq);
      if (absl::IsNotFound(record.status())) continue;  // an event
      auto statement = record.ok() ? record::ParseStatement(record->view.statement)
                                   : absl::StatusOr<record::Statement>(record.status());
      if (!statement.ok()) {
        AddFault(absl::StrCat("arrival ", seq), statement.status());
      } else if (part.deed == ledger::Deed::kCollection) {
        Take(statement->record_id, seq);
      } else if (seen_.count(statement->record_id) == 0 && amended_.insert(statement->record_id).second) {
        ++plan_.amended;
      }
    }
  }

  // `stored`: the arrival of it by which an import stored it; 0: none.
  void Take(const record::RecordId& id, uint64_t stored) {
    if (!seen_.insert(id).second) return;
    if (seen_.size() > most_) {
      plan_.more = true;
      return;
    }
    auto own = reader_.OwnRevisions(id);
    if (!own.ok()) return AddFault(record::FormatRecordId(id), own.status());
    if (own->empty()) {
      const auto others = reader_.Namesakes(id);
      if (!others.ok()) return AddFault(record::FormatRecordId(id), others.status());
      return AddFault(record::FormatRecordId(id),
                      others->empty() ? absl::NotFoundError("flow: no such record is held here")
                                      : absl::PermissionDeniedError("flow: only its author can recall a record"));
    }
    const auto readable = NewestReadable(reader_, *own);
    if (!readable.ok()) return AddFault(record::FormatRecordId(id), readable.status());
    const std::optional<record::Statement>& newest = *readable;
    if (newest && newest->act == record::Act::kRecall) {
      ++plan_.earlier;
      return;
    }
    // A record without a readable statement is taken back all the same, also once more.
    if (stored != 0 && own->back() != stored) ++plan_.changed;
    for (const uint64_t seq : *own) revisions_.emplace(seq, plan_.records.size());
    newest_.push_back(own->back());
    plan_.records.push_back(id);
  }

  absl::Status Finish() {
    if (!stopped_.ok()) return stopped_;
    if (auto counted = CountHolders(); !counted.ok()) return counted;
    std::vector<std::pair<record::RecordId, uint64_t>> all;
    all.reserve(newest_.size());
    for (size_t i = 0; i < newest_.size(); ++i) all.emplace_back(plan_.records[i], newest_[i]);
    std::sort(all.begin(), all.end());
    crypto::Sha256 hash;
    hash.Update(kPlanLabel);
    for (size_t i = 0; i < all.size(); ++i) {
      plan_.records[i] = all[i].first;
      hash.Update(crypto::ByteWriter(24).Raw(all[i].first).U64(all[i].second).view());
    }
    plan_.digest = hash.Finish();
    return absl::OkStatus();
  }

  // Counts for each partner how many of the records it may hold. It reads the register block by block, not record by
  // record.
  absl::Status CountHolders() {
    auto partners = disclosures_.Partners();
    if (!partners.ok()) return partners.status();
    for (const std::string& partner : *partners) {
      std::set<size_t> held;
      for (auto at = revisions_.begin(); at != revisions_.end();) {
        const uint64_t end = (at->first / kBlock + 1) * kBlock;
        auto read = disclosures_.ForEachDisclosed(
            partner, at->first, end, 0, [&](uint64_t seq, const ledger::Holding& holding) {
              const auto found = revisions_.find(seq);
              if (found != revisions_.end() && holding.state != ledger::HoldingState::kErased) {
                held.insert(found->second);
              }
              return true;
            });
        if (!read.ok()) return read;
        at = revisions_.lower_bound(end);
      }
      if (!held.empty()) plan_.holders[partner] = held.size();
    }
    return absl::OkStatus();
  }

  // A record that cannot be read is told and stops no other. A store that fails ends the plan, which would leave out
  // what could be recalled.
  void AddFault(std::string what, const absl::Status& why) {
    if (StoreFails(why)) {
      if (stopped_.ok()) stopped_ = why;
      return;
    }
    if (plan_.faults.size() < std::min(most_, kMostFaults))
      plan_.faults.push_back({std::move(what), std::string(why.message())});
  }

  const store::Reader& reader_;
  const ledger::Register& disclosures_;
  const size_t most_;
  RecallPlan& plan_;
  std::set<record::RecordId> seen_, amended_;
  std::map<uint64_t, size_t> revisions_;  // arrival of a revision, and the place of its record in the plan
  std::vector<uint64_t> newest_;          // of each record of the plan
  absl::Status stopped_;
};

}  // namespace

absl::StatusOr<RecallPlan> Authoring::PlanRecall(const RecallMany& what) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  RecallPlan plan;
  if (auto status = Gathering(**snapshot, disclosures_, what.most, plan).Of(what); !status.ok()) return status;
  return plan;
}

absl::StatusOr<std::vector<record::RecordId>> Authoring::StoredBy(uint64_t import) const {
  auto plan = PlanRecall({{}, import});
  if (!plan.ok()) return plan.status();
  return std::move(plan->records);
}

absl::StatusOr<RecallPlan> Authoring::ShowRecall(const policy::Principal& who, const std::string& reason,
                                                 const RecallMany& what) const {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (reason.empty()) return absl::InvalidArgumentError("flow: a recall needs a reason; say why with --reason");
  auto plan = PlanRecall(what);
  if (!plan.ok()) return plan;
  std::vector<record::RecordId> named(
      plan->records.begin(),
      plan->records.begin() + static_cast<std::ptrdiff_t>(std::min(plan->records.size(), kMostLookedAt)));
  if (auto noted = NoteLook(std::move(named), who, reason, "recall --dry-run"); !noted.ok()) return noted;
  return plan;
}

absl::StatusOr<RecalledMany> Authoring::RecallAll(const policy::Principal& who, const std::string& reason,
                                                  const RecallMany& what, const crypto::Hash& shown,
                                                  const TellRecalled& tell) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (reason.empty()) return absl::InvalidArgumentError("flow: a recall needs a reason; say why with --reason");
  auto plan = PlanRecall(what);
  if (!plan.ok()) return plan.status();
  if (plan->digest != shown) {
    return absl::FailedPreconditionError(
        "flow: the plan has changed: records were added, changed or recalled since. Look again with "
        "--dry-run, and take what it shows");
  }
  RecalledMany done;
  done.faults = std::move(plan->faults);
  if (what.import != 0 && !plan->records.empty()) {
    if (auto begun = MarkRecall(what.import, who, /*ended=*/false); !begun.ok()) return begun;
  }
  for (size_t begin = 0; begin < plan->records.size(); begin += kAtOnce) {
    const size_t end = std::min(begin + kAtOnce, plan->records.size());
    const std::vector<record::RecordId> ids(plan->records.begin() + static_cast<std::ptrdiff_t>(begin),
                                            plan->records.begin() + static_cast<std::ptrdiff_t>(end));
    if (auto recalled = RecallPortion(who, reason, ids, what.import, done); !recalled.ok()) return recalled;
    if (!tell(done.recalled)) {
      return absl::CancelledError("flow: the asker has gone; what was recalled stays recalled, the rest is untouched");
    }
  }
  if (what.import != 0 && !plan->more) {
    if (auto ended = MarkRecall(what.import, who, /*ended=*/true); !ended.ok()) return ended;
  }
  return done;
}

// All of them in one transaction; where that fails each by itself, so that a fault in one does not stop the others.
absl::Status Authoring::RecallPortion(const policy::Principal& who, const std::string& reason,
                                      const std::vector<record::RecordId>& ids, uint64_t import, RecalledMany& done) {
  const std::string source = import == 0 ? "recall" : absl::StrCat("recall of import ", import);
  std::vector<record::RecordId> alone;  // records without a leaf to recall them by
  std::vector<Prepared> prepared;
  {
    auto snapshot = store_.Read();
    if (!snapshot.ok()) return snapshot.status();
    const bool may_author = continuity_.MayAuthor().ok();
    for (const record::RecordId& id : ids) {
      auto own = (*snapshot)->OwnRevisions(id);
      const auto readable =
          own.ok() ? NewestReadable(**snapshot, *own) : absl::StatusOr<std::optional<record::Statement>>(own.status());
      if (!readable.ok()) return readable.status();
      const std::optional<record::Statement>& newest = *readable;
      auto recall =
          newest && may_author ? own_.CommitRecall(*newest) : absl::StatusOr<Authored>(absl::NotFoundError(""));
      auto ready = recall.ok() ? own_.Prepare(*std::move(recall)) : absl::StatusOr<Prepared>(recall.status());
      if (ready.ok()) {
        prepared.push_back(*std::move(ready));
      } else {
        alone.push_back(id);
      }
    }
  }
  uint64_t recalled = 0;
  const auto still = [&](store::WriteTransaction& transaction, size_t i) -> absl::StatusOr<bool> {
    if (i == 0) recalled = 0;
    auto newest = transaction.FindRecord(prepared[i].key);
    if (!newest.ok()) return newest.status();
    auto held = transaction.GetRecord(*newest);
    const bool wanted = !held.ok() || held->event != store::Event::kRecall;
    recalled += wanted ? 1 : 0;
    return wanted;
  };
  absl::Status stored;
  if (!prepared.empty()) {
    stored = own_.StoreWanted(prepared, ChangeBy(ledger::Deed::kRecall, who, reason, source, {}), still);
  }
  if (stored.ok()) {
    done.recalled += recalled;
  } else if (StoreFails(stored)) {
    return stored;
  } else {
    for (const Prepared& one : prepared) alone.push_back(one.key.id);
  }
  for (const record::RecordId& id : alone) {
    auto one = Recall(who, reason, {record::FormatRecordId(id), false});
    if (StoreFails(one.status())) return one.status();
    if (!one.ok()) {
      done.faults.push_back({record::FormatRecordId(id), std::string(one.status().message())});
      continue;
    }
    ++done.recalled;
    if (done.note.empty()) done.note = one->note;
  }
  return absl::OkStatus();
}

absl::Status Authoring::MarkRecall(uint64_t import, const policy::Principal& who, bool ended) const {
  return store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
    auto note = FindImport(transaction, import);
    if (!note.ok()) return note.status();
    if (ended) {
      if (note->recall_began_ms == 0) return absl::OkStatus();  // there was nothing to recall
      note->recall_ended_ms = now_ms_();
    } else {
      if (note->recall_began_ms == 0) note->recall_began_ms = now_ms_();
      note->recall_ended_ms = 0;
      note->recalled_by = who.user();
    }
    return KeepImport(transaction, *note);
  });
}

}  // namespace tidegate::flow
