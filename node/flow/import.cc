// Import: intake -> record -> store. Each item is compared, in the order of the file, with what its source said last.
// Several threads commit records, and many records share one transaction, while the next items are being read.
#include "node/flow/import.h"

#include <algorithm>
#include <future>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/flow/addressees.h"
#include "node/flow/deed.h"
#include "node/flow/import_batch.h"
#include "node/flow/import_commit.h"
#include "node/flow/import_lookup.h"
#include "node/flow/import_parts.h"
#include "node/flow/import_rejects.h"
#include "node/flow/import_stix.h"
#include "node/flow/import_task.h"
#include "node/flow/import_waiting.h"
#include "node/flow/imports.h"
#include "node/flow/old_recalls.h"
#include "node/flow/workers.h"
#include "node/intake/intake.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

// A transaction costs the less the more records share it, but until it is committed its pages are held in memory.
constexpr size_t kRecordsACommit = 3072;
constexpr size_t kBytesACommit = size_t{16} << 20;
constexpr uint64_t kItemsBetweenTellings = 256;  // a message costs as much as some records
constexpr size_t kMostWarnings = 100;
constexpr size_t kMostRunBytes = 64;
constexpr size_t kMostConflictsTold = 100;

constexpr std::string_view kLostWarning =
    " records were made from parts of an object that the object in this file no longer has; they are withdrawn";

std::string FileName(const ImportFile& request) { return request.path.substr(request.path.rfind('/') + 1); }

}  // namespace

// One import's state: what it has stored, what it waits for.
class Importing::OneFile {
 public:
  OneFile(Importing& all, const policy::Principal& who, const std::string& reason, const ImportFile& request,
          const ImportSource& source, intake::Format format, OldRecalls old_recalls, intake::RejectsFile* rejects,
          const TellProgress& tell)
      : all_(all),
        who_(who),
        reason_(reason),
        request_(request),
        source_(source),
        format_(format),
        tell_(tell),
        rejects_(rejects, request, told_),
        lookup_(all.own_.identity(), request, format, all.guard_, std::move(old_recalls)),
        commit_(all.own_, all.directory_, request, all.now_ms_) {}

  // The import is kept under a number from its beginning on, unless it is a dry run; but one that is refused and has
  // stored nothing is forgotten.
  absl::Status Run();

 private:
  absl::Status ReadAll();
  absl::Status Begin();
  absl::Status End(bool refused) const;
  absl::Status Take(std::vector<intake::Item>& items);
  absl::Status CompleteLinks();  // of earlier imports, which waited for what this one brought
  absl::Status WithdrawLost();   // what objects said before and say no longer
  absl::Status SettleDoubts();
  void TellWarnings(const intake::Summary& summary);
  // Whether the result for an item depends on one of the tasks at hand.
  bool WaitsForTasks(const intake::Item& item) const;

  // Commits all tasks, in any order, and counts them in their own.
  void FinishTasks();
  void Count(Task& task);
  void CountConflict(const Task& task);
  void Gather(Task& task);
  absl::Status Flush();
  absl::Status AwaitCommit();
  absl::Status Tell();
  static std::string PositionOf(const intake::Item& item) {
    return item.object.empty() ? absl::StrCat(item.position) : item.object;
  }

  Importing& all_;
  const policy::Principal& who_;
  const std::string& reason_;
  const ImportFile& request_;
  const ImportSource& source_;
  const intake::Format format_;
  const TellProgress& tell_;
  ImportProgress told_;
  uint64_t told_at_ = 0;  // how many items were read when the asker was told last
  DraftWarnings warnings_;
  ImportRejects rejects_;
  ImportLookup lookup_;
  ImportParts parts_;
  const ImportCommit commit_;
  Workers workers_;
  std::vector<Task> tasks_;
  std::unordered_set<std::string_view> task_keys_;  // their items' source keys
  ImportBatch gathered_;
  std::future<absl::StatusOr<ImportBatch::Outcome>> committing_;
};

absl::Status Importing::OneFile::Begin() {
  ImportNote note;
  note.began_ms = all_.now_ms_();
  note.user = who_.user();
  note.reason = reason_;
  note.file = FileName(request_);
  note.source = request_.source;
  auto status = all_.store_.Write([&](store::WriteTransaction& transaction) { return BeginImport(transaction, note); });
  if (status.ok()) told_.number = note.number;
  return status;
}

absl::Status Importing::OneFile::End(bool refused) const {
  return all_.store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto note = FindImport(transaction, told_.number);
    if (!note.ok()) return note.status();
    if (refused) {
      const bool nothing = note->stored + note->amended + note->kept + note->withdrawn == 0;
      return nothing ? ForgetImport(transaction, told_.number) : absl::OkStatus();
    }
    note->ended_ms = all_.now_ms_();
    note->unchanged = told_.unchanged;
    note->rejected = told_.rejected;
    note->conflicts = told_.conflicts;
    note->recalled_earlier = told_.recalled;
    note->rejects_file = told_.rejects_file;
    return KeepImport(transaction, *note);
  });
}

absl::Status Importing::OneFile::Run() {
  if (request_.dry_run) return ReadAll();
  if (auto begun = Begin(); !begun.ok()) return begun;
  absl::Status read = ReadAll();
  absl::Status ended = End(!read.ok());
  if (!read.ok()) return read;
  if (!ended.ok()) return ended;
  told_.done = true;
  return Tell();
}

absl::Status Importing::OneFile::ReadAll() {
  told_.bytes_total = source_.size();
  auto summary = ReadImportFile(
      request_, source_.file(), all_.reader_, format_, all_.own_.identity().country(),
      [&](std::vector<intake::Item>& items) { return Take(items); },
      [&](const intake::Reject& reject) {
        parts_.Reject(reject);
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
  if (auto withdrawn = WithdrawLost(); !withdrawn.ok()) return withdrawn;
  if (auto completed = CompleteLinks(); !completed.ok()) return completed;
  if (auto settled = SettleDoubts(); !settled.ok()) return settled;
  told_.older += summary->older;
  if (format_ == intake::Format::kCsv) told_.skipped = summary->skipped;
  TellWarnings(*summary);
  rejects_.Finish();
  told_.bytes_done = told_.bytes_total;
  if (!request_.dry_run) return absl::OkStatus();
  told_.done = true;
  return Tell();
}

void Importing::OneFile::TellWarnings(const intake::Summary& summary) {
  told_.warnings.insert(told_.warnings.end(), summary.warnings.begin(), summary.warnings.end());
  if (summary.warnings_left_out > 0) {
    told_.warnings.push_back(absl::StrCat("and ", summary.warnings_left_out, " other warnings"));
  }
  if (told_.dangling > 0) told_.warnings.emplace_back(kDanglingWarning);
  for (std::string& warning : warnings_.Told()) told_.warnings.push_back(std::move(warning));
}

absl::Status Importing::OneFile::CompleteLinks() {
  auto snapshot = all_.store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto items = WaitingItems(**snapshot, [&](const std::string& key) { return lookup_.FindHeld(**snapshot, key); });
  if (!items.ok()) return items.status();
  snapshot->reset();
  if (items->empty()) return absl::OkStatus();
  size_t lost = 0;
  for (intake::Item& item : *items) {
    item.revoked = parts_.SaysNoLonger(item.source_key);
    lost += item.revoked ? 1 : 0;
  }
  if (lost > 0) told_.warnings.push_back(absl::StrCat(lost, std::string(kLostWarning)));
  if (lost < items->size()) {
    told_.warnings.push_back(absl::StrCat(items->size() - lost, std::string(kCompletedWarning)));
  }
  const absl::Status taken = Take(*items);
  if (auto flushed = Flush(); !flushed.ok()) return flushed;
  return taken.ok() ? AwaitCommit() : taken;
}

absl::Status Importing::OneFile::WithdrawLost() {
  if (format_ != intake::Format::kStix) return absl::OkStatus();
  auto snapshot = all_.store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto items = parts_.Lost(**snapshot, all_.own_.identity().names().organisation);
  if (!items.ok()) return items.status();
  snapshot->reset();
  if (items->empty()) return absl::OkStatus();
  told_.warnings.push_back(absl::StrCat(items->size(), std::string(kLostWarning)));
  told_.read -= std::min<uint64_t>(told_.read, items->size());  // they do not stand in the file
  const absl::Status taken = Take(*items);
  if (auto flushed = Flush(); !flushed.ok()) return flushed;
  return taken.ok() ? AwaitCommit() : taken;
}

absl::Status Importing::OneFile::SettleDoubts() {
  if (!lookup_.has_old_recalls()) return absl::OkStatus();
  const std::vector<std::string>& doubtful = lookup_.doubtful();
  if (!doubtful.empty()) {
    told_.warnings.push_back(
        absl::StrCat(doubtful.size(),
                     " items look like records that were recalled before this version kept notes of recalls; they "
                     "are left out. If some of them are new, import again with --again"));
  }
  if (request_.dry_run) return absl::OkStatus();
  return SettleOldRecalls(all_.store_, FileName(request_), doubtful, all_.now_ms_());
}

absl::Status Importing::OneFile::Take(std::vector<intake::Item>& items) {
  auto snapshot = all_.store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  lookup_.Begin(**snapshot);
  for (intake::Item& item : items) {
    ++told_.read;
    parts_.See(item);
    if (WaitsForTasks(item)) FinishTasks();
    tasks_.push_back(lookup_.LookUp(**snapshot, item));
    task_keys_.insert(item.source_key);
  }
  snapshot->reset();
  FinishTasks();
  if (gathered_.size() + kBatchItems > kRecordsACommit || gathered_.bytes() >= kBytesACommit) {
    if (auto status = Flush(); !status.ok()) return status;
  }
  const bool told_lately = told_at_ > 0 && told_.read - told_at_ < kItemsBetweenTellings;
  return told_lately ? absl::OkStatus() : Tell();
}

bool Importing::OneFile::WaitsForTasks(const intake::Item& item) const {
  if (task_keys_.count(item.source_key) > 0) return true;
  return std::any_of(item.references.begin(), item.references.end(), [this](const intake::Reference& reference) {
    return task_keys_.count(reference.source_key) > 0 ||
           std::any_of(reference.others.begin(), reference.others.end(),
                       [this](const std::string& key) { return task_keys_.count(key) > 0; });
  });
}

void Importing::OneFile::FinishTasks() {
  std::vector<Chance> chances(tasks_.size());
  Draw(chances);
  workers_.Each(tasks_.size(), [&](size_t i) { commit_.Commit(tasks_[i], chances[i]); });
  crypto::Zeroise(chances.data(), chances.size() * sizeof(Chance));
  for (Task& task : tasks_) Count(task);
  tasks_.clear();
  task_keys_.clear();
}

void Importing::OneFile::Count(Task& task) {
  parts_.Judged(task);
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

void Importing::OneFile::CountConflict(const Task& task) {
  ++told_.conflicts;
  if (told_.listed.size() >= kMostConflictsTold) return;
  told_.listed.push_back({PositionOf(*task.item), record::FormatRecordId(task.held->id), task.differences});
}

void Importing::OneFile::Gather(Task& task) {
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
  if (task.verdict == Verdict::kWithdraw) {
    lookup_.Withdrawn(entry.source_key);
  } else {
    lookup_.Made(entry.source_key, entry.id, std::move(task.passes_on));
  }
  told_.dangling += task.dangling > 0 ? 1 : 0;
  CountWhole(task.kept_whole, told_);
  gathered_.Add(std::move(entry));
}

absl::Status Importing::OneFile::Flush() {
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
  lookup_.Committing();
  committing_ =
      std::async(std::launch::async, [this, batch = std::move(gathered_), change = std::move(change)]() mutable {
        const threads::MutexLock alone(all_.guard_.commits());
        return batch.Store(all_.own_, change);
      });
  gathered_ = {};
  return absl::OkStatus();
}

absl::Status Importing::OneFile::AwaitCommit() {
  if (!committing_.valid()) return absl::OkStatus();
  auto outcome = committing_.get();
  if (outcome.ok()) outcome->AddTo(told_);
  return outcome.status();
}

absl::Status Importing::OneFile::Tell() {
  told_at_ = told_.read;
  return tell_(told_) ? absl::OkStatus() : absl::CancelledError("flow: the asker has gone; what was stored stays");
}

absl::Status Importing::Run(const policy::Principal& who, const std::string& reason, const ImportFile& request,
                            const TellProgress& tell) {
  if (auto status = CheckReason(reason); !status.ok()) return status;
  if (request.run.size() > kMostRunBytes) return absl::InvalidArgumentError("flow: the run's name is too long");
  auto source = ImportSource::Open(request);
  if (!source.ok()) return source.status();
  auto format = request.format.empty()
                    ? intake::DetectFormat(request.path, source->FirstBytes(), !request.mapping.empty())
                    : intake::ParseFormat(request.format);
  if (!format.ok()) return format.status();
  const bool sent = request.contents.has_value();
  if (request.among_others && !sent && intake::IsUncorrectedRejects(*format, request.path)) {
    ImportProgress left_out;
    left_out.warnings = {"left out: an import wrote this file, and nobody has corrected it since"};
    left_out.done = true;
    return tell(left_out) ? absl::OkStatus() : absl::CancelledError("flow: the asker is gone");
  }
  std::optional<intake::RejectsFile> rejects;
  if (!sent) {
    auto opened = intake::RejectsFile::Open(*format, request.path, node_directory_, request.rejects);
    if (!opened.ok()) return opened.status();
    rejects = *std::move(opened);
  }
  {
    const threads::MutexLock alone(guard_.commits());
    if (auto looked = FindOldRecalls(store_, disclosures_, own_.identity().log_fingerprint()); !looked.ok())
      return looked;
  }
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto old_recalls = OldRecalls::Of(**snapshot, FileName(request));
  if (!old_recalls.ok()) return old_recalls.status();
  snapshot->reset();
  return OneFile(*this, who, reason, request, *source, *format, *std::move(old_recalls), rejects ? &*rejects : nullptr,
                 tell)
      .Run();
}

}  // namespace tidegate::flow
