#include "node/flow/import_task.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "node/flow/deed.h"
#include "node/flow/derived.h"
#include "node/flow/drafts.h"
#include "node/flow/import_batch.h"

namespace tidegate::flow {

absl::StatusOr<intake::Summary> ReadImportFile(const ImportFile& request, int file, const std::string& reader,
                                               intake::Format format, const std::string& home,
                                               const intake::ItemSink& items, const intake::RejectSink& rejects,
                                               const intake::TableSink& table) {
  if (!reader.empty()) {
    intake::Assignment assignment{format,      request.path, request.source, request.mapping, request.mapping_name,
                                  kBatchItems, home,         request.set};
    assignment.file = file;
    return intake::ReadApart(reader, assignment, items, rejects, table);
  }
  std::optional<intake::Mapping> mapping;
  if (!request.mapping.empty()) {
    auto parsed = intake::Mapping::Parse(request.mapping, request.mapping_name);
    if (!parsed.ok()) return parsed.status();
    mapping = *std::move(parsed);
  }
  intake::Limits limits;
  limits.batch_items = kBatchItems;
  intake::Source source;
  source.name = request.path;
  source.file = file;
  source.system = request.source;
  const intake::Mapping* const rules = mapping ? &*mapping : nullptr;
  auto defaults = intake::DefaultsOf(format, rules, request.set, home);
  if (!defaults.ok()) return defaults.status();
  return intake::Read(format, source, rules, *defaults, limits, items, rejects, table);
}

absl::StatusOr<ImportSource> ImportSource::Open(const ImportFile& request) {
  if (!request.contents.has_value()) {
    ImportSource source(open(request.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (source.file_ < 0) {
      return absl::NotFoundError(
          absl::StrCat("flow: cannot read `", request.path, "`: ", std::string(std::strerror(errno))));
    }
    struct stat facts {};
    if (fstat(source.file_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
      return absl::InvalidArgumentError(
          absl::StrCat("flow: `", request.path, "` is not a regular file; import from a file on disk"));
    }
    source.size_ = static_cast<uint64_t>(facts.st_size);
    return source;
  }
  // In memory that has a descriptor, so that it is read as a file is, and never lies on a disk in clear text.
  ImportSource source(memfd_create("import", MFD_CLOEXEC));
  std::string_view left = *request.contents;
  while (source.file_ >= 0 && !left.empty()) {
    const ssize_t written = write(source.file_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    left.remove_prefix(static_cast<size_t>(written));
  }
  if (source.file_ < 0 || !left.empty() || lseek(source.file_, 0, SEEK_SET) != 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("flow: there is no memory for what was sent of `", request.path, "`; import it in smaller files"));
  }
  source.size_ = request.contents->size();
  return source;
}

ImportSource::~ImportSource() {
  if (file_ >= 0) close(file_);
}

std::string ImportSource::FirstBytes() const {
  constexpr size_t kFirstBytes = 4096;
  std::string first(kFirstBytes, '\0');
  const ssize_t bytes = pread(file_, first.data(), first.size(), 0);
  first.resize(bytes < 0 ? 0 : static_cast<size_t>(bytes));
  return first;
}

namespace {

// How many revisions of a record are compared if we do not know what the source said last.
constexpr size_t kMostCompared = 16;

}  // namespace

intake::Reject RejectFor(const intake::Item& item, const ImportFile& request, std::string_view why) {
  return intake::RejectOf(item, request.path, "", why);
}

absl::StatusOr<std::optional<Held>> FindStored(const store::Reader& reader, const std::string& organisation,
                                               const std::string& source_key) {
  auto seq = FindBySource(reader, organisation, source_key);
  if (!seq.ok()) return seq.status();
  if (*seq == 0) return std::optional<Held>();
  auto record = reader.GetRecord(*seq);
  if (!record.ok()) return record.status();
  auto statement = record::ParseStatement(record->view.statement);
  if (!statement.ok()) return statement.status();
  return std::optional<Held>(Held{statement->record_id, *std::move(record), {}});
}

absl::Status AddRevisions(const store::Reader& reader, const crypto::Hash& author, Held& held) {
  auto revisions = reader.Revisions({author, held.id});
  if (!revisions.ok()) return revisions.status();
  for (auto seq = revisions->rbegin(); seq != revisions->rend() && held.revisions.size() < kMostCompared; ++seq) {
    auto record = reader.GetRecord(*seq);
    if (StoreFails(record.status())) return record.status();
    if (record.ok() && !record->erased) held.revisions.push_back(*std::move(record));
  }
  return absl::OkStatus();
}

absl::StatusOr<Verdict> CompareContents(const Held& held, const record::Draft& source) {
  const record::Draft now = AsSigned(source);
  for (const store::StoredRecord& revision : held.revisions) {
    auto then = DraftOf(revision);
    if (!then.ok()) return then.status();
    if (Differences(now, *then).empty()) return Verdict::kUnchanged;
  }
  return held.record->event == store::Event::kPut ? Verdict::kAmend : Verdict::kConflict;
}

absl::Status SetEnds(Task& task) {
  intake::Item& item = *task.item;
  const bool decided = task.verdict == Verdict::kUnchanged || task.verdict == Verdict::kOlder;
  const bool derived = IsDerived(item.draft.kind->number) && !decided;
  std::map<uint16_t, record::Value> values;
  for (size_t i = 0; i < task.ends.size(); ++i) {
    const Held& end = task.ends[i];
    values[item.references[i].slot].items.push_back(record::Reference{end.id});
    if (!derived) continue;
    auto one = end.record ? PassedOnBy(*end.record) : absl::StatusOr<record::Inheritance>(*end.passes_on);
    if (!one.ok()) return one.status();
    task.inherited = task.inherited ? record::Join(*task.inherited, *one) : *std::move(one);
  }
  for (auto& [slot, value] : values) {
    const std::string name(item.draft.kind->slots[slot].name);
    if (auto status = item.draft.SetValue(name, std::move(value)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tidegate::flow
