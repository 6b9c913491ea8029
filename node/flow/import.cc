// Import: intake -> record -> store. Each item is compared, in the order of the file, with what its source said last.
// Several threads commit records, and many records share one transaction, while the next items are being read.
#include "node/flow/import.h"

#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/flow/addressees.h"
#include "node/flow/derived.h"
#include "node/flow/import_batch.h"
#include "node/flow/import_fresh.h"
#include "node/flow/import_rejects.h"
#include "node/flow/import_stix.h"
#include "node/flow/import_task.h"
#include "node/flow/import_waiting.h"
#include "node/flow/imports.h"
#include "node/flow/old_recalls.h"
#include "node/flow/recalled.h"
#include "node/flow/workers.h"
#include "node/intake/intake.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

// A transaction costs the less the more records share it, but until it is committed its pages are held in memory.
constexpr size_t kRecordsACommit = 3072;
constexpr size_t kBytesACommit = size_t{16} << 20;
constexpr size_t kMostWarnings = 100;
constexpr size_t kMostConflictsTold = 100;

std::string FileName(const ImportFile& request) { return request.path.substr(request.path.rfind('/') + 1); }

// One import's state: what it has stored, what it waits for.
class Importer {
 public:
  Importer(const Desk& desk, const policy::Principal& who, const std::string& reason, const ImportFile& request,
           ImportGuard& guard, OldRecalls old_recalls, intake::RejectsFile& rejects, const TellProgress& tell)
      : desk_(desk),
        who_(who),
        reason_(reason),
        request_(request),
        guard_(guard),
        old_recalls_(std::move(old_recalls)),
        tell_(tell),
        addressees_(desk.directory, desk.now_ms()),
        rejects_(rejects, request, told_) {}

  // The import is kept under a number from its beginning on, unless it is a dry run; but one that is refused and has
  // stored nothing is forgotten.
  absl::Status Run(intake::Format format);

 private:
  absl::Status ReadAll(intake::Format format);
  absl::Status Begin();
  absl::Status End(bool refused) const;
  absl::Status Take(std::vector<intake::Item>& items);
  absl::Status CompleteLinks();  // of earlier imports, which waited for what this one brought
  absl::Status SettleDoubts();
  // Whether the result for an item depends on one of the tasks at hand.
  bool WaitsForTasks(const intake::Item& item) const;
  absl::StatusOr<Task> LookUp(const store::Reader& reader, intake::Item& item);
  absl::Status LookUpHeld(const store::Reader& reader, Task& task);
  // Finds the records that the item names by their source keys. An item that may have an open end says which one is
  // missing.
  absl::Status LookUpEnds(const store::Reader& reader, Task& task);
  absl::StatusOr<std::optional<Held>> FindHeld(const store::Reader& reader, const std::string& source_key);

  // Commits all tasks, in any order, and counts them in their own.
  absl::Status FinishTasks();
  void Commit(Task& task, const Chance& chance) const;
  absl::Status CommitTask(Task& task, const Chance& chance) const;
  absl::Status Settle(Task& task, const record::Draft& ours) const;
  absl::Status Amend(Task& task, const record::Draft& ours, const Chance& chance) const;
  absl::Status Inherit(Task& task) const;
  absl::Status Prepare(Task& task, Authored authored) const;

  void Count(Task& task);
  void CountConflict(const Task& task);
  void Gather(Task& task);
  intake::Reject RejectFor(const intake::Item& item, std::string_view why) const {
    return intake::RejectOf(item, request_.path, "", why);
  }
  absl::Status Flush();
  absl::Status AwaitCommit();
  absl::Status Tell();
  static std::string PositionOf(const intake::Item& item) {
    return item.object.empty() ? absl::StrCat(item.position) : item.object;
  }

  const Desk& desk_;
  const policy::Principal& who_;
  const std::string& reason_;
  const ImportFile& request_;
  ImportGuard& guard_;
  const OldRecalls old_recalls_;
  const TellProgress& tell_;
  const Addressees addressees_;
  intake::Format format_ = intake::Format::kCsv;
  ImportProgress told_;
  DraftWarnings warnings_;
  ImportRejects rejects_;
  Workers workers_;
  std::vector<Task> tasks_;
  std::unordered_set<std::string_view> task_keys_;  // their items' source keys
  ImportBatch gathered_;
  ImportFresh fresh_;
  std::vector<std::string> doubtful_;          // source keys that release 0.1.0 may have recalled
  std::unordered_set<std::string> withdrawn_;  // source keys of what is taken back in this import
  std::future<absl::StatusOr<ImportBatch::Outcome>> committing_;
};

absl::Status Importer::Begin() {
  ImportNote note;
  note.began_ms = desk_.now_ms();
  note.user = who_.user();
  note.reason = reason_;
  note.file = FileName(request_);
  note.source = request_.source;
  auto status = desk_.store.Write([&](store::WriteTransaction& transaction) { return BeginImport(transaction, note); });
  if (status.ok()) told_.number = note.number;
  return status;
}

absl::Status Importer::End(bool refused) const {
  return desk_.store.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto note = FindImport(transaction, told_.number);
    if (!note.ok()) return note.status();
    if (refused) {
      const bool nothing = note->stored + note->amended + note->kept + note->withdrawn == 0;
      return nothing ? ForgetImport(transaction, told_.number) : absl::OkStatus();
    }
    note->ended_ms = desk_.now_ms();
    note->unchanged = told_.unchanged;
    note->rejected = told_.rejected;
    note->conflicts = told_.conflicts;
    note->recalled_earlier = told_.recalled;
    note->rejects_file = told_.rejects_file;
    return KeepImport(transaction, *note);
  });
}

absl::Status Importer::Run(intake::Format format) {
  if (request_.dry_run) return ReadAll(format);
  if (auto begun = Begin(); !begun.ok()) return begun;
  const absl::Status read = ReadAll(format);
  const absl::Status ended = End(!read.ok());
  if (!read.ok()) return read;
  if (!ended.ok()) return ended;
  told_.done = true;
  return Tell();
}

absl::Status Importer::ReadAll(intake::Format format) {
  format_ = format;
  struct stat file {};
  if (stat(request_.path.c_str(), &file) == 0) told_.bytes_total = static_cast<uint64_t>(file.st_size);
  auto summary = ReadImportFile(
      request_, format, desk_.identity.country(), [&](std::vector<intake::Item>& items) { return Take(items); },
      [&](const intake::Reject& reject) {
        rejects_.Add(reject);
        return absl::OkStatus();
      },
      [&](const intake::TableHead& head) {
        rejects_.Begin(head);
        return absl::OkStatus();
      });
  absl::Status flushed = Flush();
  absl::Status committed = AwaitCommit();
  if (!flushed.ok()) return flushed;
  if (!committed.ok()) return committed;
  if (!summary.ok()) return summary.status();
  if (auto completed = CompleteLinks(); !completed.ok()) return completed;
  if (auto settled = SettleDoubts(); !settled.ok()) return settled;
  told_.older += summary->older;
  if (format == intake::Format::kCsv) told_.skipped = summary->skipped;
  told_.warnings.insert(told_.warnings.end(), summary->warnings.begin(), summary->warnings.end());
  if (summary->warnings_left_out > 0) {
    told_.warnings.push_back(absl::StrCat("and ", summary->warnings_left_out, " other warnings"));
  }
  if (told_.dangling > 0) told_.warnings.emplace_back(kDanglingWarning);
  for (std::string& warning : warnings_.Told()) told_.warnings.push_back(std::move(warning));
  rejects_.Finish();
  told_.bytes_done = told_.bytes_total;
  if (!request_.dry_run) return absl::OkStatus();
  told_.done = true;
  return Tell();
}

absl::Status Importer::CompleteLinks() {
  auto snapshot = desk_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto items = WaitingItems(**snapshot, [&](const std::string& key) { return FindHeld(**snapshot, key); });
  if (!items.ok()) return items.status();
  snapshot->reset();
  if (items->empty()) return absl::OkStatus();
  told_.warnings.push_back(absl::StrCat(items->size(), std::string(kCompletedWarning)));
  const absl::Status taken = Take(*items);
  if (auto flushed = Flush(); !flushed.ok()) return flushed;
  return taken.ok() ? AwaitCommit() : taken;
}

absl::Status Importer::SettleDoubts() {
  if (old_recalls_.empty()) return absl::OkStatus();
  if (!doubtful_.empty()) {
    told_.warnings.push_back(
        absl::StrCat(doubtful_.size(),
                     " items are not held and look like what was recalled before this version kept notes of it; "
                     "they are left out as recalled, and what of them is new is taken with --again"));
  }
  return request_.dry_run ? absl::OkStatus() : SettleOldRecalls(desk_, FileName(request_), doubtful_);
}

absl::Status Importer::Take(std::vector<intake::Item>& items) {
  auto snapshot = desk_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  for (intake::Item& item : items) {
    ++told_.read;
    if (WaitsForTasks(item)) {
      if (auto status = FinishTasks(); !status.ok()) return status;
    }
    auto task = LookUp(**snapshot, item);
    if (!task.ok()) return task.status();
    task_keys_.insert(item.source_key);
    tasks_.push_back(*std::move(task));
  }
  snapshot->reset();
  if (auto status = FinishTasks(); !status.ok()) return status;
  if (gathered_.size() + kBatchItems > kRecordsACommit || gathered_.bytes() >= kBytesACommit) {
    if (auto status = Flush(); !status.ok()) return status;
  }
  return Tell();
}

bool Importer::WaitsForTasks(const intake::Item& item) const {
  if (task_keys_.count(item.source_key) > 0) return true;
  return std::any_of(item.references.begin(), item.references.end(), [this](const intake::Reference& reference) {
    return task_keys_.count(reference.source_key) > 0 ||
           std::any_of(reference.others.begin(), reference.others.end(),
                       [this](const std::string& key) { return task_keys_.count(key) > 0; });
  });
}

absl::StatusOr<std::optional<Held>> Importer::FindHeld(const store::Reader& reader, const std::string& source_key) {
  if (withdrawn_.count(source_key) > 0) return std::optional<Held>();
  if (const ImportFresh::One* fresh = fresh_.Find(source_key); fresh != nullptr) {
    return std::optional<Held>(Held{fresh->id, std::nullopt, {}, fresh->passes_on});
  }
  return FindStored(desk_, reader, source_key);
}

absl::Status Importer::LookUpEnds(const store::Reader& reader, Task& task) {
  std::vector<intake::Reference> absent;
  for (const intake::Reference& reference : task.item->references) {
    auto held = FindHeld(reader, reference.source_key);
    for (auto other = reference.others.begin(); other != reference.others.end() && held.ok() && !*held; ++other) {
      held = FindHeld(reader, *other);
    }
    if (!held.ok()) return held.status();
    if (*held) {
      task.ends.push_back(**std::move(held));
      continue;
    }
    auto recalled = WasRecalled(reader, reference.source_key);
    if (!recalled.ok()) return recalled.status();
    task.end_recalled |= *recalled || withdrawn_.count(reference.source_key) > 0;
    absent.push_back(reference);
  }
  if (absent.empty()) return absl::OkStatus();
  if (!task.item->may_dangle) {
    task.absent = absent.front();
    return absl::OkStatus();
  }
  task.dangling = absent.size();
  task.waits = std::make_shared<const WaitingLink>(WaitingLinkOf(*task.item, absent));
  return Dangle(absent, *task.item);
}

absl::StatusOr<Task> Importer::LookUp(const store::Reader& reader, intake::Item& item) {
  Task task;
  task.item = &item;
  // A row that cannot be read costs only the items that need it.
  auto looked = LookUpEnds(reader, task);
  if (looked.ok()) looked = LookUpHeld(reader, task);
  if (!looked.ok()) {
    task.reject = RejectFor(item, std::string(looked.message()));
    return task;
  }
  if (task.reject || task.recalled || item.revoked) return task;
  if (format_ == intake::Format::kReport) {
    if (auto other = guard_.SeenInRun(request_.run, item.source_key, request_.path)) {
      task.reject = RejectFor(item, absl::StrCat("same ", item.identity, " as `", *other, "`"));
      return task;
    }
  }
  task.kept_whole = TypeKeptWhole(item.draft);
  if (task.absent) {
    task.reject = intake::DanglingReference(item, request_.path, *task.absent);
  } else if (auto resolved = SetEnds(task); !resolved.ok()) {
    task.reject = RejectFor(item, std::string(resolved.message()));
  }
  return task;
}

absl::Status Importer::LookUpHeld(const store::Reader& reader, Task& task) {
  intake::Item& item = *task.item;
  auto held = FindHeld(reader, item.source_key);
  if (held.ok() && !*held && !item.former_key.empty()) {
    held = FindStored(desk_, reader, item.former_key);
    // Only a record of the release that knew no sources is adopted; another's stays another's.
    if (held.ok() && *held && (*held)->record->local.source.known()) held->reset();
  }
  if (!held.ok()) return held.status();
  task.held = *std::move(held);
  if (!task.held) {
    task.recalled = task.end_recalled && !request_.again;  // what was recalled is not told of by what names it
    for (const std::string* key : {&item.source_key, &item.former_key}) {
      if (key->empty()) continue;
      auto recalled = WasRecalled(reader, *key);
      if (!recalled.ok()) return recalled.status();
      task.recalled |= *recalled && !request_.again;
    }
    if (!task.recalled && !item.revoked && !request_.again && old_recalls_.MayBe(item.draft)) {
      task.recalled = true;
      doubtful_.push_back(item.source_key);
    }
    return absl::OkStatus();
  }
  if (!task.held->record) {
    task.reject = RejectFor(item, "the same thing as an earlier item of this file");
    return absl::OkStatus();
  }
  task.verdict = Judge(item.draft.local.source, item.revoked, task.held->record->local.source);
  if (task.verdict == Verdict::kOtherProducer) {
    task.reject = RejectFor(item,
                            "another organisation's object is held under this id; keep this source's objects apart "
                            "with --source NAME");
  }
  return task.verdict == Verdict::kCompare ? AddRevisions(desk_, reader, *task.held) : absl::OkStatus();
}

void Importer::Commit(Task& task, const Chance& chance) const {
  if (task.reject || task.recalled) return;
  task.warnings = addressees_.Unknown(task.item->draft);
  for (std::string& doubt : record::DoubtsAbout(task.item->draft, desk_.now_ms())) {
    task.warnings.push_back(std::move(doubt));
  }
  if (auto committed = CommitTask(task, chance); !committed.ok()) {
    task.reject = RejectFor(*task.item, std::string(committed.message()));
  }
}

absl::Status Importer::CommitTask(Task& task, const Chance& chance) const {
  intake::Item& item = *task.item;
  absl::StatusOr<Authored> authored;
  if (!task.held) {
    if (item.revoked) return absl::OkStatus();
    if (auto inherits = Inherit(task); !inherits.ok()) return inherits;
    authored = CommitNew(desk_, std::move(item.draft), chance);
  } else if (task.verdict == Verdict::kWithdraw) {
    auto statement = record::ParseStatement(task.held->record->view.statement);
    if (!statement.ok()) return statement.status();
    auto recall = record::CommitRecall(*statement, desk_.identity.log_fingerprint(), desk_.now_ms());
    if (!recall.ok()) return recall.status();
    authored = Authored{*std::move(recall), {}};
  } else {
    if (task.verdict == Verdict::kCompare) {
      auto compared = CompareContents(*task.held, item.draft);
      if (!compared.ok()) return compared.status();
      task.verdict = *compared;
    }
    if (task.verdict != Verdict::kAmend && task.verdict != Verdict::kConflict) return absl::OkStatus();
    auto ours = DraftOf(*task.held->record);
    if (!ours.ok()) return ours.status();
    if (auto inherits = Inherit(task); !inherits.ok()) return inherits;
    item.draft = AsSigned(std::move(item.draft));
    if (task.verdict == Verdict::kConflict) {
      if (auto settled = Settle(task, *ours); !settled.ok() || task.verdict != Verdict::kAmend) return settled;
    }
    return Amend(task, *ours, chance);
  }
  if (!authored.ok()) return authored.status();
  return Prepare(task, *std::move(authored));
}

absl::Status Importer::Prepare(Task& task, Authored authored) const {
  if (task.verdict != Verdict::kWithdraw) {
    task.passes_on =
        std::make_shared<record::Inheritance>(record::InheritanceOf(authored.view, authored.local, /*own=*/true));
  }
  auto prepared = PrepareAuthored(desk_, std::move(authored));
  if (!prepared.ok()) return prepared.status();
  task.record = *std::move(prepared);
  return absl::OkStatus();
}

// Makes a link or sighting no looser than the records that it is about, even if its source says something looser. Call
// it after the comparison with what the source said last: that compares the source's own words.
absl::Status Importer::Inherit(Task& task) const {
  return task.inherited ? InheritInto(task.item->draft, *task.inherited) : absl::OkStatus();
}

// Settles a conflict if the request says how: by an amendment, or by keeping ours.
absl::Status Importer::Settle(Task& task, const record::Draft& ours) const {
  task.differences = Differences(task.item->draft, ours);
  const bool agree = task.differences.empty();  // both came to say the same
  if (!agree && request_.take == Take::kSource) task.verdict = Verdict::kAmend;
  if (!agree && request_.take != Take::kOurs) return absl::OkStatus();
  task.keep_ours = true;
  task.facts = task.held->record->local;
  task.facts->source = task.item->draft.local.source;
  task.facts->source.as_imported = agree;
  auto passed_on = PassedOnBy(*task.held->record);
  if (!passed_on.ok()) return passed_on.status();
  task.passes_on = std::make_shared<record::Inheritance>(*std::move(passed_on));
  return absl::OkStatus();
}

absl::Status Importer::Amend(Task& task, const record::Draft& ours, const Chance& chance) const {
  const bool may = request_.allow_looser || OnlyEndsCame(*task.item, task.held->record->local.source);
  const std::string looser = may ? "" : record::LooserMarking(ours, task.item->draft);
  if (!looser.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its marking `", looser, "` is looser than that of the record held here; --allow-looser takes it"));
  }
  auto authored = CommitAmendment(desk_, std::move(task.item->draft), *task.held->record, chance);
  if (!authored.ok()) return authored.status();
  return Prepare(task, *std::move(authored));
}

absl::Status Importer::FinishTasks() {
  std::vector<Chance> chances(tasks_.size());
  Draw(chances);
  workers_.Each(tasks_.size(), [&](size_t i) { Commit(tasks_[i], chances[i]); });
  crypto::Zeroise(chances.data(), chances.size() * sizeof(Chance));
  for (Task& task : tasks_) Count(task);
  tasks_.clear();
  task_keys_.clear();
  return absl::OkStatus();
}

void Importer::Count(Task& task) {
  if (task.reject) {
    rejects_.Add(*task.reject);
  } else if (task.recalled) {
    ++told_.recalled;
  } else if (task.record || task.facts) {
    if (task.record && !task.record->recall) warnings_.Add(task.warnings, PositionOf(*task.item));
    Gather(task);
  } else if (!task.held) {
    ++told_.revoked;
  } else if (task.verdict == Verdict::kOlder) {
    ++told_.older;
  } else if (task.verdict == Verdict::kConflict) {
    CountConflict(task);
  } else {
    ++told_.unchanged;
    if (task.verdict == Verdict::kSameVersion && told_.warnings.size() < kMostWarnings) {
      told_.warnings.push_back(absl::StrCat(PositionOf(*task.item),
                                            ": says something else than before under the same `modified`; nothing was "
                                            "changed here"));
    }
  }
}

void Importer::CountConflict(const Task& task) {
  ++told_.conflicts;
  if (told_.listed.size() >= kMostConflictsTold) return;
  told_.listed.push_back({PositionOf(*task.item), record::FormatRecordId(task.held->id), task.differences});
}

void Importer::Gather(Task& task) {
  ImportBatch::Entry entry;
  entry.source_key = task.item->source_key;
  entry.said = task.verdict == Verdict::kWithdraw ? crypto::Hash{} : task.item->draft.local.source.said;
  entry.again = request_.again;
  entry.waits = task.waits;
  if (task.facts) {
    entry.id = task.held->id;
    entry.seq = task.held->record->seq;
    entry.facts = std::move(task.facts);
    entry.agreed = entry.facts->source.as_imported;
  } else {
    entry.id = task.record->key.id;
    entry.record = std::move(task.record);
  }
  // Later items cannot refer to a withdrawn record.
  if (task.verdict == Verdict::kWithdraw) {
    withdrawn_.insert(entry.source_key);
  } else {
    fresh_.Gather(entry.source_key, entry.id, std::move(task.passes_on));
  }
  told_.dangling += task.dangling > 0 ? 1 : 0;
  CountWhole(task.kept_whole, told_);
  gathered_.Add(std::move(entry));
}

absl::Status Importer::Flush() {
  if (gathered_.size() == 0) return absl::OkStatus();
  if (request_.dry_run) {
    gathered_.Foresee().AddTo(told_);
    gathered_ = {};
    return absl::OkStatus();
  }
  if (auto status = AwaitCommit(); !status.ok()) return status;
  ledger::Change change;
  change.user = who_.user();
  change.reason = reason_;
  change.source = FileName(request_);
  change.import = told_.number;
  fresh_.Commit();
  committing_ =
      std::async(std::launch::async, [this, batch = std::move(gathered_), change = std::move(change)]() mutable {
        threads::MutexLock alone(guard_.commits());
        return batch.Store(desk_, change);
      });
  gathered_ = {};
  return absl::OkStatus();
}

absl::Status Importer::AwaitCommit() {
  if (!committing_.valid()) return absl::OkStatus();
  auto outcome = committing_.get();
  if (outcome.ok()) outcome->AddTo(told_);
  return outcome.status();
}

absl::Status Importer::Tell() {
  return tell_(told_) ? absl::OkStatus() : absl::CancelledError("flow: the asker has gone; what was stored stays");
}

}  // namespace

absl::Status RunImport(const Desk& desk, const policy::Principal& who, const std::string& reason,
                       const std::string& node_directory, const ImportFile& request, ImportGuard& guard,
                       const TellProgress& tell) {
  if (reason.size() > kMostReasonBytes || request.run.size() > 64) {
    return absl::InvalidArgumentError("flow: the reason or the run's name is too long");
  }
  auto first = FirstBytes(request.path);
  if (!first.ok()) return first.status();
  auto format = request.format.empty() ? intake::DetectFormat(request.path, *first, !request.mapping.empty())
                                       : intake::ParseFormat(request.format);
  if (!format.ok()) return format.status();
  if (request.among_others && intake::IsUncorrectedRejects(*format, request.path)) {
    ImportProgress left_out;
    left_out.warnings = {"left out: an import wrote this file, and nobody has corrected it since"};
    left_out.done = true;
    return tell(left_out) ? absl::OkStatus() : absl::CancelledError("flow: the asker is gone");
  }
  auto rejects = intake::RejectsFile::Open(*format, request.path, node_directory, request.rejects);
  if (!rejects.ok()) return rejects.status();
  {
    const threads::MutexLock alone(guard.commits());
    if (auto looked = FindOldRecalls(desk); !looked.ok()) return looked;
  }
  auto snapshot = desk.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto old_recalls = OldRecalls::Of(**snapshot, FileName(request));
  if (!old_recalls.ok()) return old_recalls.status();
  snapshot->reset();
  Importer importer(desk, who, reason, request, guard, *std::move(old_recalls), *rejects, tell);
  return importer.Run(*format);
}

}  // namespace tidegate::flow
