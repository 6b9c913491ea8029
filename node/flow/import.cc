// Import: intake -> record -> store. What is read is looked up in its order, committed by as many hands as there are,
// and stored many records to a transaction while the next ones are being read.
#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/secret.h"
#include "node/flow/author.h"
#include "node/flow/commit.h"
#include "node/flow/workers.h"
#include "node/intake/intake.h"

namespace tidegate::flow {
namespace {

// Drafts are large: few at a time stay in the processor's caches from reading to committing.
constexpr size_t kBatchItems = 256;
// A transaction costs the less the more records share it, but until it is committed its pages are held in memory.
constexpr size_t kRecordsACommit = 3072;
constexpr size_t kFirstBytes = 4096;
constexpr int kMostRejectsTold = 100;
constexpr int kMostIdsTold = 1000;

// One import's state: what it has stored, what it waits for.
class Importer {
 public:
  Importer(const Rooms& rooms, const v1::ImportRequest& request,
           const std::function<bool(const v1::ImportProgress&)>& progress)
      : rooms_(rooms), request_(request), tell_(progress) {
    told_.set_file(request.path());
  }

  absl::Status Run(intake::Format format, const intake::Mapping* mapping, intake::RejectsFile& rejects);

 private:
  struct Held {
    record::RecordId id{};
    std::optional<store::StoredRecord> record;  // none: stored earlier in this import
  };
  // One item on its way from being looked up to being counted.
  struct Task {
    intake::Item* item = nullptr;
    std::optional<Held> held;
    // What came of it: a record, or why not. Neither: nothing has changed.
    std::optional<Prepared> record;
    std::optional<intake::Reject> reject;
    bool unchanged = false;
    record::RecordId id{};
  };

  absl::Status Take(std::vector<intake::Item>& items, intake::RejectsFile& rejects);
  // Whether what becomes of an item depends on one of the tasks at hand.
  bool WaitsForTasks(const intake::Item& item) const;
  absl::StatusOr<Task> LookUp(const store::Reader& reader, intake::Item& item);
  // Fills in the ids of records that the item names by their source; the reference that cannot be found otherwise.
  absl::StatusOr<std::optional<intake::Reference>> Resolve(const store::Reader& reader, intake::Item& item);
  absl::StatusOr<std::optional<Held>> FindHeld(const store::Reader& reader, const std::string& source_key);
  // Commits all tasks, in any order, and counts them in their own.
  absl::Status FinishTasks(intake::RejectsFile& rejects);
  void Commit(Task& task, const Chance& chance) const;
  absl::Status Count(Task& task, intake::RejectsFile& rejects);
  intake::Reject RejectFor(const intake::Item& item, const absl::Status& why) const {
    return intake::RejectOf(item, request_.path(), "", std::string(why.message()));
  }
  absl::Status Reject(const intake::Reject& reject, intake::RejectsFile& rejects);
  absl::Status Flush();
  // The register tells what was collected from what was altered.
  struct Batch {
    std::vector<Prepared> puts, amendments;
    size_t size() const { return puts.size() + amendments.size(); }
  };
  absl::Status StoreBatch(Batch batch, ledger::Change change) const;
  absl::Status AwaitCommit();
  absl::Status Tell();

  const Rooms& rooms_;
  const v1::ImportRequest& request_;
  const std::function<bool(const v1::ImportProgress&)>& tell_;
  v1::ImportProgress told_;
  Workers workers_;
  std::vector<Task> tasks_;
  std::unordered_set<std::string_view> task_keys_;  // their items' source keys
  Batch gathered_;
  // By source key, what the index does not know yet: gathered, and being stored.
  std::unordered_map<std::string, record::RecordId> recent_;
  std::unordered_map<std::string, record::RecordId> committing_keys_;
  std::future<absl::Status> committing_;
};

bool SameContents(const record::VerifiedView& now, const store::StoredRecord& held, const record::LocalFacts& local) {
  const std::vector<record::Opened>& before = held.view.opened;
  const std::vector<record::Opened>& after = now.view().opened;
  auto statement = record::ParseStatement(held.view.statement);
  if (!statement.ok() || statement->handling != now.statement().handling || !(held.local == local)) return false;
  return std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [](const record::Opened& a, const record::Opened& b) {
                      return a.slot == b.slot && a.rung == b.rung && a.type == b.type && a.attributes == b.attributes &&
                             a.value == b.value;
                    });
}

absl::Status Importer::Run(intake::Format format, const intake::Mapping* mapping, intake::RejectsFile& rejects) {
  struct stat file {};
  if (stat(request_.path().c_str(), &file) == 0) told_.set_bytes_total(static_cast<double>(file.st_size));
  intake::Limits limits;
  limits.batch_items = kBatchItems;
  auto summary = intake::Read(
      format, {request_.path(), {}, false}, mapping, {}, limits,
      [&](std::vector<intake::Item>& items) { return Take(items, rejects); },
      [&](const intake::Reject& reject) { return Reject(reject, rejects); });
  absl::Status flushed = Flush();
  absl::Status committed = AwaitCommit();
  if (!flushed.ok()) return flushed;
  if (!committed.ok()) return committed;
  if (!summary.ok()) return summary.status();
  for (const std::string& warning : summary->warnings) told_.add_warnings(warning);
  if (!request_.dry_run()) {
    auto kept = rejects.Finish();
    if (!kept.ok()) return kept.status();
    if (*kept > 0) told_.set_rejects_file(rejects.path());
  }
  told_.set_bytes_done(told_.bytes_total());
  told_.set_done(true);
  return Tell();
}

absl::Status Importer::Take(std::vector<intake::Item>& items, intake::RejectsFile& rejects) {
  auto snapshot = rooms_.store.Read();
  if (!snapshot.ok()) return snapshot.status();
  for (intake::Item& item : items) {
    told_.set_read(told_.read() + 1);
    if (WaitsForTasks(item)) {
      if (auto status = FinishTasks(rejects); !status.ok()) return status;
    }
    auto task = LookUp(**snapshot, item);
    if (!task.ok()) return task.status();
    task_keys_.insert(item.source_key);
    tasks_.push_back(*std::move(task));
  }
  snapshot->reset();
  if (auto status = FinishTasks(rejects); !status.ok()) return status;
  if (gathered_.size() + kBatchItems > kRecordsACommit) {
    if (auto status = Flush(); !status.ok()) return status;
  }
  return Tell();
}

bool Importer::WaitsForTasks(const intake::Item& item) const {
  if (task_keys_.count(item.source_key) > 0) return true;
  return std::any_of(item.references.begin(), item.references.end(),
                     [this](const intake::Reference& reference) { return task_keys_.count(reference.source_key) > 0; });
}

absl::StatusOr<std::optional<Importer::Held>> Importer::FindHeld(const store::Reader& reader,
                                                                 const std::string& source_key) {
  for (const auto* keys : {&recent_, &committing_keys_}) {
    const auto found = keys->find(source_key);
    if (found != keys->end()) return std::optional<Held>(Held{found->second, std::nullopt});
  }
  store::Query query;
  query.terms = {record::SourceTerm(source_key)};
  query.origin = rooms_.directory.identity().names().organisation;
  query.limit = 1;
  auto page = reader.Find(query);
  if (!page.ok()) return page.status();
  if (page->seqs.empty()) return std::optional<Held>();
  auto record = reader.GetRecord(page->seqs.front());
  if (!record.ok()) return record.status();
  auto statement = record::ParseStatement(record->view.statement);
  if (!statement.ok()) return statement.status();
  return std::optional<Held>(Held{statement->record_id, *std::move(record)});
}

absl::StatusOr<std::optional<intake::Reference>> Importer::Resolve(const store::Reader& reader, intake::Item& item) {
  std::map<uint16_t, record::Value> values;
  for (const intake::Reference& reference : item.references) {
    auto held = FindHeld(reader, reference.source_key);
    if (!held.ok()) return held.status();
    if (!*held) return std::optional<intake::Reference>(reference);
    values[reference.slot].items.push_back(record::Reference{(*held)->id});
  }
  for (auto& [slot, value] : values) {
    const std::string name(item.draft.kind->slots[slot].name);
    if (auto status = item.draft.SetValue(name, std::move(value)); !status.ok()) return status;
  }
  return std::optional<intake::Reference>();
}

absl::StatusOr<Importer::Task> Importer::LookUp(const store::Reader& reader, intake::Item& item) {
  Task task;
  task.item = &item;
  auto dangling = Resolve(reader, item);
  if (!dangling.ok()) {
    task.reject = RejectFor(item, dangling.status());
    return task;
  }
  if (*dangling) {
    task.reject = intake::DanglingReference(item, request_.path(), **dangling);
    return task;
  }
  item.draft.local.source_reference = item.source_key;
  auto held = FindHeld(reader, item.source_key);
  if (!held.ok()) return held.status();
  task.held = *std::move(held);
  // The source names one thing twice. What it says first is being stored; saying it again changes nothing.
  task.unchanged = task.held && !task.held->record;
  return task;
}

void Importer::Commit(Task& task, const Chance& chance) const {
  if (task.unchanged || task.reject) return;
  intake::Item& item = *task.item;
  auto authored = task.held ? CommitAmendment(rooms_, std::move(item.draft), *task.held->record, chance)
                            : CommitNew(rooms_, std::move(item.draft), chance);
  if (!authored.ok()) {
    task.reject = RejectFor(item, authored.status());
    return;
  }
  task.id = authored->view.statement().record_id;
  task.unchanged = task.held && SameContents(authored->view, *task.held->record, authored->local);
  if (task.unchanged) return;
  auto prepared = PrepareAuthored(rooms_, *std::move(authored));
  if (prepared.ok()) {
    task.record = *std::move(prepared);
  } else {
    task.reject = RejectFor(item, prepared.status());
  }
}

absl::Status Importer::FinishTasks(intake::RejectsFile& rejects) {
  std::vector<Chance> chances(tasks_.size());
  Draw(chances);
  workers_.Each(tasks_.size(), [&](size_t i) { Commit(tasks_[i], chances[i]); });
  crypto::Zeroise(chances.data(), chances.size() * sizeof(Chance));
  for (Task& task : tasks_) {
    if (auto status = Count(task, rejects); !status.ok()) return status;
  }
  tasks_.clear();
  task_keys_.clear();
  return absl::OkStatus();
}

absl::Status Importer::Count(Task& task, intake::RejectsFile& rejects) {
  if (task.reject) return Reject(*task.reject, rejects);
  if (task.unchanged) {
    told_.set_unchanged(told_.unchanged() + 1);
    return absl::OkStatus();
  }
  if (task.held) {
    told_.set_amended(told_.amended() + 1);
  } else {
    told_.set_stored(told_.stored() + 1);
  }
  if (told_.ids_size() < kMostIdsTold) told_.add_ids(record::FormatRecordId(task.id));
  if (request_.dry_run()) return absl::OkStatus();
  recent_[task.item->source_key] = task.id;
  (task.held ? gathered_.amendments : gathered_.puts).push_back(*std::move(task.record));
  return absl::OkStatus();
}

absl::Status Importer::Reject(const intake::Reject& reject, intake::RejectsFile& rejects) {
  told_.set_rejected(told_.rejected() + 1);
  if (told_.rejects_size() < kMostRejectsTold) {
    v1::ImportReject* out = told_.add_rejects();
    out->set_position(reject.object.empty() ? absl::StrCat(reject.position) : reject.object);
    out->set_field(reject.field);
    out->set_reason(reject.reason);
  }
  return request_.dry_run() ? absl::OkStatus() : rejects.Add(reject);
}

absl::Status Importer::Flush() {
  if (gathered_.size() == 0) return absl::OkStatus();
  if (auto status = AwaitCommit(); !status.ok()) return status;
  ledger::Change change;
  change.deed = ledger::Deed::kCollection;
  change.user = request_.asker().user();
  change.reason = request_.asker().reason();
  change.source = request_.path().substr(request_.path().rfind('/') + 1);
  committing_keys_ = std::move(recent_);
  recent_.clear();
  committing_ =
      std::async(std::launch::async, [this, batch = std::move(gathered_), change = std::move(change)]() mutable {
        return StoreBatch(std::move(batch), std::move(change));
      });
  gathered_ = {};
  return absl::OkStatus();
}

absl::Status Importer::StoreBatch(Batch batch, ledger::Change change) const {
  if (!batch.puts.empty()) {
    if (auto stored = StoreAuthored(rooms_, batch.puts, change); !stored.ok()) return stored.status();
  }
  if (batch.amendments.empty()) return absl::OkStatus();
  change.deed = ledger::Deed::kAlteration;
  return StoreAuthored(rooms_, batch.amendments, std::move(change)).status();
}

absl::Status Importer::AwaitCommit() { return committing_.valid() ? committing_.get() : absl::OkStatus(); }

absl::Status Importer::Tell() {
  return tell_(told_) ? absl::OkStatus() : absl::CancelledError("flow: the asker has gone; what was stored stays");
}

}  // namespace

absl::Status Authoring::Import(const v1::ImportRequest& request,
                               const std::function<bool(const v1::ImportProgress&)>& progress) {
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  if (request.asker().user().size() > 200 || request.asker().reason().size() > 2000) {
    return absl::InvalidArgumentError("flow: the user or the reason is too long");
  }
  std::FILE* file = std::fopen(request.path().c_str(), "rbe");
  if (file == nullptr) return absl::NotFoundError(absl::StrCat("flow: cannot read `", request.path(), "`"));
  std::string first(kFirstBytes, '\0');
  first.resize(std::fread(first.data(), 1, first.size(), file));
  std::fclose(file);

  auto format =
      request.format().empty() ? intake::DetectFormat(request.path(), first) : intake::ParseFormat(request.format());
  if (!format.ok()) return format.status();
  std::optional<intake::Mapping> mapping;
  if (!request.mapping().empty()) {
    auto parsed = intake::Mapping::Parse(request.mapping(), request.mapping_name());
    if (!parsed.ok()) return parsed.status();
    mapping = *std::move(parsed);
  }
  auto rejects = intake::RejectsFile::Open(*format, request.path(), node_directory_);
  if (!rejects.ok()) return rejects.status();
  Importer importer(rooms_, request, progress);
  return importer.Run(*format, mapping ? &*mapping : nullptr, *rejects);
}

}  // namespace tidegate::flow
