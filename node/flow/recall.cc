// recall: one record of ours is taken back from everybody who holds it.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "node/flow/author.h"
#include "node/flow/deed.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {

namespace {

constexpr std::string_view kErasureLabel = crypto::Label("TDGdsp1");
constexpr std::string_view kReadOnlyNote =
    "This node is read-only, so no recall is signed into its log. Every partner is asked to erase the record, "
    "whichever "
    "revision it holds. One whose node is of version 0.1 gives back only the revisions that this node knows: `tidegate "
    "holders` names who has answered. ";
constexpr std::string_view kNothingReadableNote =
    "No revision of it can be read here, so no recall is signed into this node's log. Everybody who is known to hold "
    "the "
    "record is asked to erase it; `tidegate verify` names what is damaged.";

// Who may hold one of these revisions, each once.
absl::StatusOr<std::vector<std::string>> HoldersOf(const ledger::Register& disclosures,
                                                   const std::vector<uint64_t>& revisions) {
  std::vector<std::string> named;
  for (const uint64_t seq : revisions) {
    auto holders = disclosures.Holders(seq);
    if (!holders.ok()) return holders.status();
    for (const ledger::Holding& holding : *holders) {
      if (std::find(named.begin(), named.end(), holding.partner) == named.end()) named.push_back(holding.partner);
    }
  }
  return named;
}

}  // namespace

absl::Status Authoring::NotHeld(std::string_view id) const {
  const char* const restored =
      ReadOnly().empty() ? ""
                         : ". This node was restored from a backup, and it does not know what was written after that "
                           "backup. Tell those who hold the record by other means";
  return absl::NotFoundError(absl::StrCat("flow: no record `", std::string(id), "` is held here", restored));
}

crypto::Hash DigestOfErasure(const record::RecordId& id, uint64_t newest_seq, const std::vector<std::string>& holders) {
  std::vector<std::string> named = holders;
  std::sort(named.begin(), named.end());
  crypto::ByteWriter out;
  out.Raw(kErasureLabel).Raw(id).U64(newest_seq);
  for (const std::string& holder : named) out.Lp32(holder);
  return crypto::HashOf({out.view()});
}

absl::Status CheckShown(const std::optional<crypto::Hash>& shown, const crypto::Hash& digest) {
  if (!shown || *shown == digest) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "flow: the plan has changed: the record was changed, or another partner may hold it since. Look again with "
      "--dry-run, and take what it shows");
}

absl::StatusOr<Authoring::Recallable> Authoring::FindToRecall(const std::string& id) const {
  auto newest = Current(store_, id);
  if (absl::IsNotFound(newest.status())) return NotHeld(id);
  if (!newest.ok() && !absl::IsDataLoss(newest.status())) return newest.status();
  if (newest.ok() && !newest->own) return absl::PermissionDeniedError("flow: only its author can recall a record");
  auto record_id = record::ParseRecordId(id);
  if (!record_id.ok()) return record_id.status();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto revisions = (*snapshot)->OwnRevisions(*record_id);
  if (!revisions.ok()) return revisions.status();
  // A damaged row of another's is no record of ours to recall.
  if (revisions->empty()) return absl::NotFoundError("flow: no revision of it is ours");
  auto readable = NewestReadable(**snapshot, *revisions);
  if (!readable.ok()) return readable.status();
  auto holders = HoldersOf(disclosures_, *revisions);
  if (!holders.ok()) return holders.status();
  return Recallable{*record_id, *std::move(readable), *std::move(holders), revisions->back()};
}

absl::StatusOr<RecalledRecord> Authoring::Recall(const policy::Principal& who, const std::string& reason,
                                                 const RecallRecord& what) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (reason.empty()) return absl::InvalidArgumentError("flow: a recall needs a reason; say why with --reason");
  auto found = FindToRecall(what.id);
  if (!found.ok()) return found.status();
  const std::optional<record::Statement>& newest = found->newest;
  RecalledRecord reply;
  reply.holders = std::move(found->holders);
  reply.digest = DigestOfErasure(found->id, found->newest_seq, reply.holders);
  if (auto status = CheckShown(what.shown, reply.digest); !status.ok()) return status;
  if (newest && newest->act == record::Act::kRecall) reply.earlier_ms = newest->created_ms;
  if (what.dry_run) {
    const std::string_view verb = what.disposal ? "review --dispose --dry-run" : "recall --dry-run";
    if (auto noted = NoteLook({found->id}, who, reason, verb); !noted.ok()) return noted;
    return reply;
  }
  reply.recalled = true;
  if (reply.earlier_ms != 0) return reply;  // the same answer again
  if (what.disposal) {
    // First the decision: whoever finds it without an erasure knows that the node ended in between.
    const ledger::KeepingDecided decided{ledger::Keeping::kDispose, now_ms_(), who.user(), reason, found->id, 0};
    auto entered = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
      return disclosures_.Append(transaction, decided).status();
    });
    if (!entered.ok()) return entered;
  }
  if (auto may_author = continuity_.MayAuthor(); !may_author.ok()) {
    reply.note = absl::StrCat(std::string(kReadOnlyNote), std::string(may_author.message()));
  } else if (!newest) {
    reply.note = std::string(kNothingReadableNote);
  }
  if (!reply.note.empty()) {
    if (auto status = TakeBack(found->id, who, reason); !status.ok()) return status;
    return reply;
  }
  auto recall = own_.CommitRecall(*newest);
  if (!recall.ok()) return recall.status();
  const ledger::Deed deed = what.disposal ? ledger::Deed::kErasure : ledger::Deed::kRecall;
  auto index = own_.Store(*recall, ChangeBy(deed, who, reason, what.disposal ? "disposal" : "recall", {found->id}));
  if (!index.ok()) return index.status();
  return reply;
}

absl::Status Authoring::NoteLook(std::vector<record::RecordId> ids, const policy::Principal& who,
                                 const std::string& reason, std::string_view verb) const {
  ledger::Consultation look;
  look.at_ms = now_ms_();
  look.user = who.user();
  look.reason = reason;
  look.verb = std::string(verb);
  look.records = std::move(ids);
  return store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return disclosures_.Append(transaction, look).status();
  });
}

// Recalls without adding a leaf to the log: erases our own copy, and makes the feeds ask partners for theirs.
absl::Status Authoring::TakeBack(const record::RecordId& id, const policy::Principal& who, const std::string& reason) {
  // A restored node does not know to whom it gave a revision after its backup.
  std::vector<std::string> others;
  for (const partner::PartnerPtr& partner : directory_.List()) {
    if (partner->active() && !ReadOnly().empty()) others.push_back(partner->organisation);
  }
  ledger::Change change = ChangeBy(ledger::Deed::kRecall, who, reason, "recall, without a leaf", {id});
  change.at_ms = now_ms_();
  auto status = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto noted = NoteRecalled(transaction, id, change.at_ms); !noted.ok()) return noted;
    if (auto asked = own_.AskBack(transaction, id, change.at_ms, others); !asked.ok()) return asked;
    auto held = transaction.OwnRevisions(id);
    if (!held.ok()) return held.status();
    change.count = held->size();
    for (const uint64_t seq : *held) {
      if (auto erased = transaction.Erase(seq, change.at_ms); !erased.ok()) return erased.status();
    }
    return disclosures_.Append(transaction, change).status();
  });
  store_.Nudge();
  return status;
}

}  // namespace tidegate::flow
