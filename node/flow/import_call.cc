// An import as operators ask for it.
#include <utility>

#include "node/flow/author.h"

namespace tidegate::flow {
namespace {

absl::StatusOr<Take> TakeOf(const std::string& word) {
  if (word.empty()) return Take::kNeither;
  if (word == "source") return Take::kSource;
  if (word == "ours") return Take::kOurs;
  return absl::InvalidArgumentError("flow: of what was changed on both sides, take `source` or `ours`");
}

absl::StatusOr<ImportFile> RequestOf(const v1::ImportRequest& asked) {
  ImportFile request;
  auto take = TakeOf(asked.take());
  if (!take.ok()) return take.status();
  request.take = *take;
  request.path = asked.path();
  request.format = asked.format();
  request.mapping = asked.mapping();
  request.mapping_name = asked.mapping_name();
  request.user = asked.asker().user();
  request.reason = asked.asker().reason();
  request.source = asked.source();
  request.run = asked.run();
  request.again = asked.again();
  request.allow_looser = asked.allow_looser();
  request.dry_run = asked.dry_run();
  return request;
}

void FillConflict(const ImportConflict& from, v1::ImportConflict& to) {
  to.set_position(from.position);
  to.set_id(from.record_id);
  for (const Difference& difference : from.differences) {
    v1::ImportDifference& out = *to.add_differences();
    out.set_field(difference.field);
    out.set_source(difference.source);
    out.set_ours(difference.ours);
  }
}

v1::ImportProgress ProgressOf(const ImportProgress& told, const ImportFile& request) {
  v1::ImportProgress out;
  out.set_file(request.path);
  out.set_dry_run(request.dry_run);
  const auto count = [](uint64_t number) { return static_cast<uint32_t>(number); };
  out.set_bytes_total(static_cast<double>(told.bytes_total));
  out.set_bytes_done(static_cast<double>(told.bytes_done));
  out.set_read(static_cast<double>(told.read));
  out.set_stored(static_cast<double>(told.stored));
  out.set_amended(static_cast<double>(told.amended));
  out.set_unchanged(static_cast<double>(told.unchanged));
  out.set_rejected(static_cast<double>(told.rejected));
  out.set_recalled_earlier(count(told.recalled));
  out.set_conflicts(count(told.conflicts));
  out.set_kept_ours(count(told.kept));
  out.set_older(count(told.older));
  out.set_withdrawn(count(told.withdrawn));
  out.set_revoked(count(told.revoked));
  out.set_changed_meanwhile(count(told.meanwhile));
  if (!told.done) return out;
  for (const std::string& warning : told.warnings) out.add_warnings(warning);
  for (const ImportReject& reject : told.rejects) {
    v1::ImportReject& to = *out.add_rejects();
    to.set_position(reject.position);
    to.set_field(reject.field);
    to.set_reason(reject.reason);
  }
  for (const ImportConflict& conflict : told.listed) FillConflict(conflict, *out.add_listed_conflicts());
  for (const std::string& id : told.ids) out.add_ids(id);
  out.set_rejects_file(told.rejects_file);
  out.set_done(true);
  return out;
}

}  // namespace

absl::Status Authoring::Import(const v1::ImportRequest& asked,
                               const std::function<bool(const v1::ImportProgress&)>& progress) {
  if (auto status = continuity_.MayAuthor(); !status.ok()) return status;
  auto request = RequestOf(asked);
  if (!request.ok()) return request.status();
  request->reader = reader_;
  return RunImport(rooms_, node_directory_, *request, imports_,
                   [&](const ImportProgress& told) { return progress(ProgressOf(told, *request)); });
}

}  // namespace tidegate::flow
