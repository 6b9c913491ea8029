// recall: one record of ours is taken back from everybody who holds it.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/author.h"
#include "node/flow/deed.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {

absl::StatusOr<RecalledRecord> Authoring::Recall(const policy::Principal& who, const std::string& reason,
                                                 const RecallRecord& what) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (reason.empty()) return absl::InvalidArgumentError("flow: a recall needs a reason; say why with --reason");
  auto newest = Current(desk_, what.id);
  if (absl::IsNotFound(newest.status()) && !ReadOnly().empty()) {
    return absl::NotFoundError(
        absl::StrCat("flow: no record `", what.id,
                     "` is held here. This node was restored from a backup, and it does not "
                     "know what was written after that backup. Tell those who hold the record by other means"));
  }
  if (!newest.ok() && !absl::IsDataLoss(newest.status())) return newest.status();
  if (newest.ok() && !newest->own) return absl::PermissionDeniedError("flow: only its author can recall a record");
  auto record_id = record::ParseRecordId(what.id);
  if (!record_id.ok()) return record_id.status();

  RecalledRecord reply;
  auto snapshot = desk_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto revisions = (*snapshot)->OwnRevisions(*record_id);
  if (!revisions.ok()) return revisions.status();
  // A damaged row of another's is no record of ours to recall.
  if (revisions->empty()) return newest.ok() ? absl::NotFoundError("flow: no revision of it is ours") : newest.status();
  auto newest_readable = NewestReadable(**snapshot, *revisions);
  if (!newest_readable.ok()) return newest_readable.status();
  const std::optional<record::Statement>& statement = *newest_readable;
  for (const uint64_t seq : *revisions) {
    auto holders = desk_.disclosures.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      std::vector<std::string>& named = reply.holders;
      if (std::find(named.begin(), named.end(), holding.partner) == named.end()) named.push_back(holding.partner);
    }
  }
  if (statement && statement->act == record::Act::kRecall) reply.earlier_ms = statement->created_ms;
  if (what.dry_run) {
    snapshot->reset();
    if (auto noted = NoteLook({*record_id}, who, reason, "recall --dry-run"); !noted.ok()) return noted;
    return reply;
  }
  reply.recalled = true;
  if (reply.earlier_ms != 0) return reply;  // the same answer again
  snapshot->reset();
  if (auto may_author = continuity_.MayAuthor(); !may_author.ok()) {
    reply.note = absl::StrCat(
        "This node is read-only, so no recall is signed into its log. Every partner is asked to erase the record, "
        "whichever revision it holds. One whose node is of version 0.1 gives back only the revisions that this node "
        "knows: `tidegate holders` names who has answered. ",
        std::string(may_author.message()));
    if (auto status = TakeBack(*record_id, who, reason); !status.ok()) return status;
    return reply;
  }
  if (!statement) {
    reply.note =
        "No revision of it can be read here, so no recall is signed into this node's log. Everybody who is known to "
        "hold the record is asked to erase it; `tidegate verify` names what is damaged.";
    if (auto status = TakeBack(*record_id, who, reason); !status.ok()) return status;
    return reply;
  }

  auto recall = record::CommitRecall(*statement, desk_.identity.log_fingerprint(), desk_.now_ms());
  if (!recall.ok()) return recall.status();
  std::vector<Authored> one;
  one.push_back({*std::move(recall), {}});
  auto indices = StoreAuthored(desk_, one, ChangeBy(ledger::Deed::kRecall, who, reason, "recall", {*record_id}));
  if (!indices.ok()) return indices.status();
  return reply;
}

absl::Status Authoring::NoteLook(std::vector<record::RecordId> ids, const policy::Principal& who,
                                 const std::string& reason, std::string_view verb) const {
  ledger::Consultation look;
  look.at_ms = desk_.now_ms();
  look.user = who.user();
  look.reason = reason;
  look.verb = std::string(verb);
  look.records = std::move(ids);
  return desk_.store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return desk_.disclosures.Append(transaction, look).status();
  });
}

// Recalls without adding a leaf to the log: erases our own copy, and makes the feeds ask partners for theirs.
absl::Status Authoring::TakeBack(const record::RecordId& id, const policy::Principal& who,
                                 const std::string& reason) const {
  // Whom a restored node gave a revision after its backup it does not know.
  std::vector<std::string> others;
  for (const partner::PartnerPtr& partner : desk_.directory.List()) {
    if (partner->active() && !ReadOnly().empty()) others.push_back(partner->organisation);
  }
  ledger::Change change = ChangeBy(ledger::Deed::kRecall, who, reason, "recall, without a leaf", {id});
  change.at_ms = desk_.now_ms();
  auto status =
      desk_.store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
        if (auto noted = NoteRecalled(transaction, id, change.at_ms); !noted.ok()) return noted;
        if (auto asked = AskBack(desk_, transaction, id, change.at_ms, others); !asked.ok()) return asked;
        auto held = transaction.OwnRevisions(id);
        if (!held.ok()) return held.status();
        change.count = held->size();
        for (const uint64_t seq : *held) {
          if (auto erased = transaction.Erase(seq, change.at_ms); !erased.ok()) return erased.status();
        }
        return desk_.disclosures.Append(transaction, change).status();
      });
  desk_.store.Nudge();
  return status;
}

}  // namespace tidegate::flow
