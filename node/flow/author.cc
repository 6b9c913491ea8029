#include "node/flow/author.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/flow/addressees.h"
#include "node/flow/deed.h"
#include "node/flow/derived.h"
#include "text/text.h"

namespace tidegate::flow {
namespace {

constexpr char kLinkKind[] = "link", kSightingKind[] = "sighting";

// The chance of one revision.
struct Fresh {
  Fresh() { Draw({&chance, 1}); }
  ~Fresh() { crypto::Zeroise(&chance, sizeof(chance)); }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  Chance chance;
};

AuthoredRecord Told(Authored authored, uint64_t log_index, std::vector<std::string> warnings) {
  const record::Statement& statement = authored.view.statement();
  const record::RecordId id = statement.record_id;
  const uint32_t revision = statement.revision;
  return {id, revision, log_index, std::move(warnings), std::move(authored.view), std::move(authored.local)};
}

absl::Status UnknownKind(const std::string& kind) {
  std::vector<std::string_view> known;
  for (const record::Kind& one : record::Catalogue::Kinds()) known.push_back(one.name);
  return absl::InvalidArgumentError(absl::StrCat("flow: there is no kind `", kind.substr(0, 40), "`",
                                                 text::DidYouMean(kind, known), "; `tidegate kinds` lists them"));
}

// Warns of what keeps the whole record from everybody, under any policies of this node.
void WarnOfNobody(const record::Draft& draft, std::vector<std::string>& warnings) {
  if (!draft.handling.tlp && draft.local.named_recipients.empty()) {
    warnings.emplace_back(
        "it has no TLP, so it counts as RED and reaches nobody: add `--set tlp=AMBER`, or whom it is for");
  }
  if (draft.handling.purposes.empty() && draft.handling.effective_tlp() != record::Tlp::kClear) {
    warnings.emplace_back("it has no purpose, so it reaches nobody: add `--set purpose=prevention`");
  }
}

// Warns where somebody may have meant something else than what was stored.
void WarnOfDoubts(const record::Draft& draft, const std::vector<Assignment>& set, uint64_t now_ms,
                  std::vector<std::string>& warnings) {
  for (const Assignment& one : set) {
    if (std::string doubt = record::DoubtAbout(*draft.kind, one.field, one.value); !doubt.empty()) {
      warnings.push_back(std::move(doubt));
    }
  }
  for (std::string& doubt : record::DoubtsAbout(draft, now_ms)) warnings.push_back(std::move(doubt));
}

absl::StatusOr<AuthoredRecord> Unchanged(const store::StoredRecord& held) {
  auto statement = record::ParseStatement(held.view.statement);
  if (!statement.ok()) return statement.status();
  AuthoredRecord same;
  same.id = statement->record_id;
  same.revision = statement->revision;
  same.local = held.local;
  same.unchanged = true;
  return same;
}

std::vector<Assignment> WithTags(std::vector<Assignment> set, const std::vector<std::string>& tags) {
  for (const std::string& tag : tags) set.push_back({"tag", tag});
  return set;
}

// Whoever marks a report so may not see it themselves from then on, and does not expect that.
void WarnOfHiding(const record::Draft& draft, const record::LocalFacts& before, std::vector<std::string>& warnings) {
  const auto has = [](const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
  };
  const bool was = has(before.tags, record::kSarTag) || has(draft.handling.conditions, record::kSarCondition);
  if (was || !record::TaggedSar(draft)) return;
  warnings.emplace_back(
      "it is a suspicious-activity report from now on, which users without the role `screening` do not "
      "see");
}

}  // namespace

Authoring::Authoring(store::Store& store, ledger::Log& log, ledger::Register& disclosures,
                     const partner::Directory& directory, const Continuity& continuity,
                     const std::function<uint64_t()>& now_ms, std::string node_directory, std::string reader)
    : store_(store),
      disclosures_(disclosures),
      directory_(directory),
      continuity_(continuity),
      now_ms_(now_ms),
      own_(store, log, disclosures, directory.identity(), continuity, now_ms),
      importing_(store, disclosures, directory, own_, now_ms, std::move(node_directory), std::move(reader)) {}

absl::Status Authoring::Import(const policy::Principal& who, const std::string& reason, const ImportFile& what,
                               const TellProgress& tell) {
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  return importing_.Run(who, reason, what, tell);
}

std::vector<std::string> Authoring::WarningsOf(const record::Draft& draft, const std::vector<Assignment>& set) const {
  std::vector<std::string> warnings = Addressees(directory_, now_ms_()).Unknown(draft);
  WarnOfNobody(draft, warnings);
  WarnOfDoubts(draft, set, now_ms_(), warnings);
  return warnings;
}

absl::StatusOr<AuthoredRecord> Authoring::AuthorOne(record::Draft draft, const policy::Principal& who,
                                                    const std::string& reason, std::string_view source,
                                                    const std::vector<Assignment>& set,
                                                    std::optional<ledger::Change> also) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  std::vector<std::string> warnings = WarningsOf(draft, set);
  auto authored = own_.CommitNew(std::move(draft), Fresh().chance);
  if (!authored.ok()) return authored.status();
  auto index = own_.Store(
      *authored, ChangeBy(ledger::Deed::kCollection, who, reason, source, {authored->view.statement().record_id}),
      std::move(also));
  if (!index.ok()) return index.status();
  return Told(*std::move(authored), *index, std::move(warnings));
}

absl::StatusOr<record::Draft> Authoring::Said(const std::string& kind, const std::vector<Assignment>& fields,
                                              const std::vector<Assignment>& set, const std::string& origin) const {
  auto draft = record::Draft::Create(kind);
  if (!draft.ok()) return UnknownKind(kind);
  draft->home = own_.identity().country();
  const auto assign = [&](record::Draft& to) -> absl::Status {
    for (const Assignment& one : fields) {
      if (auto status = to.SetField(one.field, one.value); !status.ok()) return status;
    }
    return AssignAll(to, set);
  };
  if (auto status = assign(*draft); !status.ok()) return status;
  if (!IsDerived(draft->kind->number)) return draft;

  // We needed the fields first, to know what the record is about. Now we set them again on top of what it inherits.
  auto snapshot = store_.Read();
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
    if (auto fresh = NotLinkedYet(**snapshot, *derived, own_.organisation()); !fresh.ok()) return fresh;
  }
  return derived;
}

absl::Status Authoring::KeepsToSubjects(record::Draft& draft, const store::StoredRecord& before) const {
  if (!IsDerived(draft.kind->number)) return absl::OkStatus();
  // What it says stays under the marking of what it was said about, so that must stay the same.
  const auto was = DraftOf(before);
  if (!was.ok()) return was.status();
  if (RecordsNamedIn(draft) != RecordsNamedIn(*was)) {
    return absl::FailedPreconditionError(
        absl::StrCat("flow: the records that a ", std::string(draft.kind->name),
                     " is about cannot be changed; recall it, and make another about the right ones"));
  }
  auto snapshot = store_.Read();
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
  auto predecessor = Current(store_, what.id);
  if (!predecessor.ok()) return predecessor.status();
  if (what.as_of != 0 && predecessor->seq != what.as_of) {
    return absl::FailedPreconditionError("flow: the record was changed in the meantime; look at it again");
  }
  if (predecessor->erased)
    return absl::FailedPreconditionError("flow: the record was recalled and can no longer be amended");
  auto draft = DraftOf(*predecessor);
  if (!draft.ok()) return draft.status();
  draft->home = own_.identity().country();
  if (auto status = AssignAll(*draft, what.set); !status.ok()) return status;
  for (const Assignment& one : what.add) {
    if (auto status = AddToList(*draft, one); !status.ok()) return status;
  }
  auto tagged = ChangeTags(*draft, what.add_tags, what.remove_tags);
  if (!tagged.ok()) return tagged.status();
  if (what.tells_unchanged && what.tags_alone() && !*tagged) return Unchanged(*predecessor);
  if (auto status = KeepsToSubjects(*draft, *predecessor); !status.ok()) return status;
  std::vector<std::string> warnings = WarningsOf(*draft, WithTags(what.set, what.add_tags));
  WarnOfHiding(*draft, predecessor->local, warnings);
  auto authored = own_.CommitAmendment(*std::move(draft), *predecessor, Fresh().chance);
  if (!authored.ok()) return authored.status();
  if (what.rehearse) {
    if (auto status = own_.Rehearse(*authored, what.rehearse); !status.ok()) return status;
    return Told(*std::move(authored), 0, std::move(warnings));
  }
  auto index =
      own_.Store(*authored, ChangeBy(ledger::Deed::kAlteration, who, reason, what.tags_alone() ? "tag" : "amend",
                                     {authored->view.statement().record_id}));
  if (!index.ok()) return index.status();
  return Told(*std::move(authored), *index, std::move(warnings));
}

absl::StatusOr<AuthoredRecord> Authoring::Link(const policy::Principal& who, const std::string& reason,
                                               const LinkRecords& what) {
  auto draft = Said(kLinkKind, {{"from", what.from}, {"verb", what.verb}, {"to", what.to}}, what.set, what.origin);
  if (!draft.ok()) return draft.status();
  // DPA 2018 s.62: that two records were combined, beside that a link was made.
  std::vector<record::RecordId> ends;
  for (const std::string* end : {&what.from, &what.to}) {
    auto id = record::ParseRecordId(*end);
    if (!id.ok()) return id.status();
    ends.push_back(*id);
  }
  ledger::Change combined = ChangeBy(ledger::Deed::kCombination, who, reason, "link", std::move(ends));
  combined.count = combined.records.size();
  return AuthorOne(*std::move(draft), who, reason, "link", what.set, std::move(combined));
}

absl::StatusOr<AuthoredRecord> Authoring::Sight(const policy::Principal& who, const std::string& reason,
                                                const SightRecord& what) {
  std::vector<Assignment> fields{{"reference", what.id}, {"outcome", what.outcome}};
  if (!what.note.empty()) fields.push_back({"note", what.note});
  auto draft = Said(kSightingKind, fields, what.set, what.origin);
  if (!draft.ok()) return draft.status();
  return AuthorOne(*std::move(draft), who, reason, "sighting", what.set);
}

absl::StatusOr<std::vector<uint64_t>> Authoring::NewestOf(const std::vector<record::RecordId>& ids) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  std::vector<uint64_t> newest;
  newest.reserve(ids.size());
  for (const record::RecordId& id : ids) {
    auto seq = (*snapshot)->FindRecord(own_.KeyOf(id));
    if (!seq.ok() && !absl::IsNotFound(seq.status())) return seq.status();
    newest.push_back(seq.ok() ? *seq : 0);
  }
  return newest;
}

absl::StatusOr<std::vector<ImportNote>> Authoring::Imports(uint64_t before, size_t limit) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  return ListImports(**snapshot, before, limit);
}

std::string Authoring::ReadOnly() const { return std::string(continuity_.MayAuthor().message()); }

}  // namespace tidegate::flow
