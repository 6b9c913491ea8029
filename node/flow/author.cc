#include "node/flow/author.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "crypto/secret.h"
#include "node/flow/addressees.h"
#include "node/flow/commit.h"
#include "node/flow/derived.h"
#include "node/flow/recalled.h"

namespace tidegate::flow {
namespace {

constexpr char kLinkKind[] = "link", kSightingKind[] = "sighting";

absl::Status CheckReason(const std::string& reason) {
  if (reason.size() <= kMostReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("flow: a reason has at most ", kMostReasonBytes, " bytes"));
}

// A record has one TLP. If somebody sets it twice to different values, the last would hold, even if it is the looser
// one. So we ask which one they mean.
absl::Status OneTlp(const std::vector<Assignment>& assignments) {
  const std::string* first = nullptr;
  for (const Assignment& assignment : assignments) {
    if (assignment.field != "tlp") continue;
    if (first != nullptr && !absl::EqualsIgnoreCase(*first, assignment.value)) {
      return absl::InvalidArgumentError("flow: contradictory markings: `tlp` is set twice, to two values; set it once");
    }
    first = &assignment.value;
  }
  return absl::OkStatus();
}

// The chance of one revision.
struct Fresh {
  Fresh() { Draw({&chance, 1}); }
  ~Fresh() { crypto::Zeroise(&chance, sizeof(chance)); }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  Chance chance;
};

// Whether what is assigned to it is a list whose items `;` separates.
bool TakesSeveral(const record::Draft& draft, const std::string& field) {
  if (field == "recipient" || field == "recipients" || field == "tag") return true;
  if (const record::Slot* slot = draft.kind->FindSlot(field)) return slot->repeated;
  const std::string said = absl::StrReplaceAll(field, {{"-", "_"}});
  return std::any_of(
      std::begin(record::kHandlingWords), std::end(record::kHandlingWords),
      [&said](const record::HandlingWord& word) { return word.several && (word.name == said || word.one == said); });
}

// A list may be set in several parts, which are joined. Anything else is set once: the last would hold, and whoever
// typed the first would not know.
absl::StatusOr<std::vector<Assignment>> Joined(const record::Draft& draft, const std::vector<Assignment>& assignments) {
  std::vector<Assignment> joined;
  for (const Assignment& assignment : assignments) {
    const auto before = std::find_if(joined.begin(), joined.end(),
                                     [&](const Assignment& one) { return one.field == assignment.field; });
    if (before == joined.end()) {
      joined.push_back(assignment);
    } else if (TakesSeveral(draft, assignment.field)) {
      absl::StrAppend(&before->value, before->value.empty() || assignment.value.empty() ? "" : ";", assignment.value);
    } else if (before->value != assignment.value) {
      return absl::InvalidArgumentError(
          absl::StrCat("flow: `", assignment.field, "` is set twice, to two values; set it once"));
    }
  }
  return joined;
}

absl::Status AssignAll(record::Draft& draft, const std::vector<Assignment>& assignments) {
  if (auto status = OneTlp(assignments); !status.ok()) return status;
  const auto joined = Joined(draft, assignments);
  if (!joined.ok()) return joined.status();
  for (const Assignment& assignment : *joined) {
    if (auto status = Assign(draft, assignment.field, assignment.value); !status.ok()) return status;
  }
  return absl::OkStatus();
}

ledger::Change ChangeBy(ledger::Deed deed, const policy::Principal& who, const std::string& reason,
                        std::string_view source, std::vector<record::RecordId> records) {
  ledger::Change change;
  change.deed = deed;
  change.user = who.user();
  change.reason = reason;
  change.source = std::string(source);
  change.records = std::move(records);
  return change;
}

absl::StatusOr<store::StoredRecord> Current(const Desk& desk, const std::string& id) {
  auto record_id = record::ParseRecordId(id);
  if (!record_id.ok()) return record_id.status();
  auto snapshot = desk.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto seq = (*snapshot)->FindById(*record_id);
  if (absl::IsNotFound(seq.status()))
    return absl::NotFoundError(absl::StrCat("flow: no record `", id, "` is held here"));
  if (!seq.ok()) return seq.status();
  return (*snapshot)->GetRecord(*seq);
}

// Of our own revisions of a record, ascending: what the newest says that can be read.
std::optional<record::Statement> NewestReadable(const store::Reader& reader, const std::vector<uint64_t>& revisions) {
  for (auto seq = revisions.rbegin(); seq != revisions.rend(); ++seq) {
    auto record = reader.GetRecord(*seq);
    auto statement = record.ok() ? record::ParseStatement(record->view.statement) : record.status();
    if (statement.ok()) return *std::move(statement);
  }
  return std::nullopt;
}

AuthoredRecord Told(Authored authored, uint64_t log_index, std::vector<std::string> warnings) {
  const record::Statement& statement = authored.view.statement();
  const record::RecordId id = statement.record_id;
  const uint32_t revision = statement.revision;
  return {id, revision, log_index, std::move(warnings), std::move(authored.view), std::move(authored.local)};
}

// What keeps the whole record from everybody, whatever the policies of this node add.
void WarnOfNobody(const record::Draft& draft, std::vector<std::string>& warnings) {
  if (!draft.handling.tlp && draft.local.named_recipients.empty()) {
    warnings.emplace_back(
        "it has no TLP, so it counts as RED and reaches nobody: add `--set tlp=AMBER`, or whom it is for");
  }
  if (draft.handling.purposes.empty() && draft.handling.effective_tlp() != record::Tlp::kClear) {
    warnings.emplace_back("it has no purpose, so it reaches nobody: add `--set purpose=prevention`");
  }
}

// What somebody may have meant otherwise than it was taken.
void WarnOfDoubts(const record::Draft& draft, const std::vector<Assignment>& set, uint64_t now_ms,
                  std::vector<std::string>& warnings) {
  for (const Assignment& one : set) {
    if (std::string doubt = record::DoubtAbout(*draft.kind, one.field, one.value); !doubt.empty()) {
      warnings.push_back(std::move(doubt));
    }
  }
  for (std::string& doubt : record::DoubtsAbout(draft, now_ms)) warnings.push_back(std::move(doubt));
}

}  // namespace

namespace {

Desk Guarded(Desk desk, const Continuity& continuity) {
  desk.may_author = [&continuity] { return continuity.MayAuthor(); };
  return desk;
}

}  // namespace

Authoring::Authoring(Desk desk, Continuity& continuity, std::string node_directory, std::string reader)
    : desk_(Guarded(std::move(desk), continuity)),
      continuity_(continuity),
      node_directory_(std::move(node_directory)),
      reader_(std::move(reader)) {}

absl::Status Authoring::Import(const policy::Principal& who, const std::string& reason, const ImportFile& what,
                               const TellProgress& tell) {
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  ImportFile request = what;
  request.reader = reader_;
  return RunImport(desk_, who, reason, node_directory_, request, imports_, tell);
}

absl::StatusOr<AuthoredRecord> Authoring::AuthorOne(record::Draft draft, const policy::Principal& who,
                                                    const std::string& reason, std::string_view source,
                                                    const std::vector<Assignment>& set) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  std::vector<std::string> warnings = Addressees(desk_.directory, desk_.now_ms()).Unknown(draft);
  WarnOfNobody(draft, warnings);
  WarnOfDoubts(draft, set, desk_.now_ms(), warnings);
  auto authored = CommitNew(desk_, std::move(draft), Fresh().chance);
  if (!authored.ok()) return authored.status();
  std::vector<Authored> one;
  one.push_back(*std::move(authored));
  auto indices = StoreAuthored(
      desk_, one, ChangeBy(ledger::Deed::kCollection, who, reason, source, {one[0].view.statement().record_id}));
  if (!indices.ok()) return indices.status();
  return Told(std::move(one[0]), indices->front(), std::move(warnings));
}

absl::StatusOr<record::Draft> Authoring::Said(const std::string& kind, const std::vector<Assignment>& fields,
                                              const std::vector<Assignment>& set, const std::string& origin) const {
  auto draft = record::Draft::Create(kind);
  if (!draft.ok()) return draft.status();
  draft->home = desk_.identity.country();
  const auto assign = [&](record::Draft& to) -> absl::Status {
    for (const Assignment& one : fields) {
      if (auto status = to.SetField(one.field, one.value); !status.ok()) return status;
    }
    return AssignAll(to, set);
  };
  if (auto status = assign(*draft); !status.ok()) return status;
  if (!IsDerived(*draft->kind)) return draft;

  // We needed the fields first, to know what the record is about. Now we set them again on top of what it inherits.
  auto snapshot = desk_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto subjects = SubjectsOf(**snapshot, *draft, origin);
  if (!subjects.ok()) return subjects.status();
  auto inherited = InheritedFrom(*subjects, *draft->kind);
  if (!inherited.ok()) return inherited.status();
  auto derived = record::Draft::Create(kind);
  if (!derived.ok()) return derived.status();
  derived->home = draft->home;
  record::Inherit(*derived, *inherited);
  if (auto status = assign(*derived); !status.ok()) return status;
  if (auto status = record::KeepsTo(*derived, *inherited); !status.ok()) return status;
  if (auto status = SayWhose(*derived, *subjects); !status.ok()) return status;
  if (kind == kLinkKind) {
    if (auto fresh = NotLinkedYet(**snapshot, *derived, desk_.identity.names().organisation); !fresh.ok()) return fresh;
  }
  return derived;
}

absl::Status Authoring::KeepsToSubjects(record::Draft& draft, const store::StoredRecord& before) const {
  if (!IsDerived(*draft.kind)) return absl::OkStatus();
  auto snapshot = desk_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto subjects = SubjectsOf(**snapshot, draft, "");
  if (subjects.ok()) {
    auto inherited = InheritedFrom(*subjects, *draft.kind);
    if (!inherited.ok()) return inherited.status();
    if (auto status = record::KeepsTo(draft, *inherited); !status.ok()) return status;
    return SayWhose(draft, *subjects);
  }
  // The record that it is about is gone. Then it must not become looser than it was.
  auto view = record::Verify(before.view);
  if (!view.ok()) return view.status();
  return record::KeepsTo(draft, record::InheritanceOf(*view, before.local, true));
}

absl::StatusOr<AuthoredRecord> Authoring::Add(const policy::Principal& who, const std::string& reason,
                                              const AddRecord& what) {
  auto draft = Said(what.kind, {}, what.set, "");
  if (!draft.ok()) return draft.status();
  return AuthorOne(*std::move(draft), who, reason, "add", what.set);
}

absl::StatusOr<AuthoredRecord> Authoring::Amend(const policy::Principal& who, const std::string& reason,
                                                const AmendRecord& what) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  auto predecessor = Current(desk_, what.id);
  if (!predecessor.ok()) return predecessor.status();
  if (predecessor->erased)
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  auto draft = DraftOf(*predecessor);
  if (!draft.ok()) return draft.status();
  draft->home = desk_.identity.country();
  if (auto status = AssignAll(*draft, what.set); !status.ok()) return status;
  if (auto status = KeepsToSubjects(*draft, *predecessor); !status.ok()) return status;
  std::vector<std::string> warnings = Addressees(desk_.directory, desk_.now_ms()).Unknown(*draft);
  WarnOfNobody(*draft, warnings);
  WarnOfDoubts(*draft, what.set, desk_.now_ms(), warnings);
  auto authored = CommitAmendment(desk_, *std::move(draft), *predecessor, Fresh().chance);
  if (!authored.ok()) return authored.status();
  if (what.rehearse) {
    if (auto status = Rehearse(desk_, *authored, what.rehearse); !status.ok()) return status;
    return Told(*std::move(authored), 0, std::move(warnings));
  }
  std::vector<Authored> one;
  one.push_back(*std::move(authored));
  auto indices = StoreAuthored(
      desk_, one, ChangeBy(ledger::Deed::kAlteration, who, reason, "amend", {one[0].view.statement().record_id}));
  if (!indices.ok()) return indices.status();
  return Told(std::move(one[0]), indices->front(), std::move(warnings));
}

absl::StatusOr<AuthoredRecord> Authoring::Link(const policy::Principal& who, const std::string& reason,
                                               const LinkRecords& what) {
  auto draft = Said(kLinkKind, {{"from", what.from}, {"verb", what.verb}, {"to", what.to}}, what.set, what.origin);
  if (!draft.ok()) return draft.status();
  return AuthorOne(*std::move(draft), who, reason, "link", what.set);
}

absl::StatusOr<AuthoredRecord> Authoring::Sight(const policy::Principal& who, const std::string& reason,
                                                const SightRecord& what) {
  std::vector<Assignment> fields{{"reference", what.id}, {"outcome", what.outcome}};
  if (!what.note.empty()) fields.push_back({"note", what.note});
  auto draft = Said(kSightingKind, fields, what.set, what.origin);
  if (!draft.ok()) return draft.status();
  return AuthorOne(*std::move(draft), who, reason, "sighting", what.set);
}

absl::StatusOr<RecalledRecord> Authoring::Recall(const policy::Principal& who, const std::string& reason,
                                                 const RecallRecord& what) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (reason.empty()) return absl::InvalidArgumentError("flow: a recall needs a reason; say why with --reason");
  auto newest = Current(desk_, what.id);
  if (absl::IsNotFound(newest.status()) && !ReadOnly().empty()) {
    return absl::NotFoundError(
        absl::StrCat("flow: no record `", what.id,
                     "` is held here. This node was restored from a backup: what was written "
                     "after that backup it does not know. Tell those who hold it by other means"));
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
  const std::optional<record::Statement> statement = NewestReadable(**snapshot, *revisions);
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
    if (auto noted = NoteLook(*record_id, who, reason, "recall --dry-run"); !noted.ok()) return noted;
    return reply;
  }
  reply.recalled = true;
  if (reply.earlier_ms != 0) return reply;  // the same answer again
  snapshot->reset();
  if (auto may_author = continuity_.MayAuthor(); !may_author.ok()) {
    reply.note = absl::StrCat(
        "This node is read-only, so no recall is signed into its log. Everybody who is known to hold the record is "
        "asked "
        "to erase it; who was given it after the backup is not known here: tell them by other means. ",
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

absl::Status Authoring::NoteLook(const record::RecordId& id, const policy::Principal& who, const std::string& reason,
                                 std::string_view verb) const {
  ledger::Access look;
  look.at_ms = desk_.now_ms();
  look.user = who.user();
  look.reason = reason;
  look.verb = std::string(verb);
  look.records = {id};
  return desk_.store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return desk_.disclosures.Append(transaction, look).status();
  });
}

// Recalls without adding a leaf to the log: erases our own copy, and makes the feeds ask partners for theirs.
absl::Status Authoring::TakeBack(const record::RecordId& id, const policy::Principal& who,
                                 const std::string& reason) const {
  ledger::Change change = ChangeBy(ledger::Deed::kRecall, who, reason, "recall, without a leaf", {id});
  change.at_ms = desk_.now_ms();
  auto status =
      desk_.store.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) -> absl::Status {
        if (auto noted = NoteRecalled(transaction, id, change.at_ms); !noted.ok()) return noted;
        if (auto asked = AskBack(desk_, transaction, id, change.at_ms); !asked.ok()) return asked;
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

std::string Authoring::ReadOnly() const { return std::string(continuity_.MayAuthor().message()); }

}  // namespace tidegate::flow
