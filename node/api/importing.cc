// The request of an import, and the messages about it.
#include "node/api/importing.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

constexpr size_t kMostSent = size_t{60} << 20;  // operator.proto, ImportRequest

absl::StatusOr<flow::Take> TakeOf(const std::string& word) {
  if (word.empty()) return flow::Take::kNeither;
  if (word == "source") return flow::Take::kSource;
  if (word == "ours") return flow::Take::kOurs;
  return absl::InvalidArgumentError("api: for records that were changed on both sides, take `source` or `ours`");
}

absl::StatusOr<flow::ImportFile> RequestOf(const v1::ImportRequest& asked) {
  flow::ImportFile request;
  auto take = TakeOf(asked.take());
  if (!take.ok()) return take.status();
  request.take = *take;
  request.path = asked.path();
  if (asked.has_contents()) {
    if (asked.contents().size() > kMostSent) {
      return absl::InvalidArgumentError("api: a file that is sent has at most 60 MiB; split it");
    }
    if (!asked.rejects().empty()) {
      return absl::InvalidArgumentError(
          "api: of a file whose contents are sent the node writes no rejects file; correct the rejected items in the "
          "file itself");
    }
    request.contents = asked.contents();
  }
  request.format = asked.format();
  request.mapping = asked.mapping();
  request.mapping_name = asked.mapping_name();
  request.source = asked.source();
  request.run = asked.run();
  request.again = asked.again();
  request.allow_looser = asked.allow_looser();
  request.dry_run = asked.dry_run();
  request.rejects = asked.rejects();
  request.among_others = asked.among_others();
  for (const v1::Assignment& one : asked.set()) request.set.push_back({one.field(), one.value()});
  request.show_values = asked.show_values();
  return request;
}

void FillConflict(const flow::ImportConflict& from, v1::ImportConflict& to) {
  to.set_position(from.position);
  to.set_id(from.record_id);
  for (const flow::Difference& difference : from.differences) {
    v1::ImportDifference& out = *to.add_differences();
    out.set_field(difference.field);
    out.set_source(difference.source);
    out.set_ours(difference.ours);
  }
}

void FillFaults(const flow::ImportFaults& from, v1::ImportFaults& to) {
  to.set_field(from.field);
  to.set_reason(from.reason);
  to.set_count(from.count);
  to.set_other_reasons(from.other_reasons);
  for (const auto& [value, count] : from.values) {
    v1::ImportValue& out = *to.add_values();
    out.set_value(value);
    out.set_count(count);
  }
  to.set_more_values(from.more_values);
}

v1::ImportProgress ProgressOf(const flow::ImportProgress& told, const flow::ImportFile& request) {
  v1::ImportProgress out;
  out.set_file(request.path);
  out.set_dry_run(request.dry_run);
  out.set_bytes_total(told.bytes_total);
  out.set_bytes_done(told.bytes_done);
  out.set_read(told.read);
  out.set_stored(told.stored);
  out.set_amended(told.amended);
  out.set_unchanged(told.unchanged);
  out.set_rejected(told.rejected);
  out.set_recalled_earlier(static_cast<uint32_t>(told.recalled));
  out.set_conflicts(static_cast<uint32_t>(told.conflicts));
  out.set_kept_ours(static_cast<uint32_t>(told.kept));
  out.set_older(static_cast<uint32_t>(told.older));
  out.set_withdrawn(static_cast<uint32_t>(told.withdrawn));
  out.set_revoked(static_cast<uint32_t>(told.revoked));
  out.set_changed_meanwhile(static_cast<uint32_t>(told.meanwhile));
  out.set_without_an_end(static_cast<uint32_t>(told.dangling));
  out.set_kept_whole(static_cast<uint32_t>(told.whole));
  if (!told.done) return out;
  for (const std::string& type : told.whole_types) out.add_kept_whole_types(type);
  for (const std::string& warning : told.warnings) out.add_warnings(warning);
  for (const flow::ImportReject& reject : told.rejects) {
    v1::ImportReject& to = *out.add_rejects();
    to.set_position(reject.position);
    to.set_field(reject.field);
    to.set_reason(reject.reason);
  }
  out.set_rejects_left_out(told.rejects_left_out);
  for (const flow::ImportFaults& faults : told.faults) FillFaults(faults, *out.add_faults());
  for (const flow::ImportConflict& conflict : told.listed) FillConflict(conflict, *out.add_listed_conflicts());
  for (const std::string& id : told.ids) out.add_ids(id);
  out.set_rejects_file(told.rejects_file);
  out.set_skipped(static_cast<uint32_t>(told.skipped));
  out.set_read_as(told.read_as);
  out.set_number(told.number);
  out.set_done(true);
  return out;
}

}  // namespace

absl::StatusOr<v1::ListImportsReply> ListImports(const flow::Authoring& author, const v1::ListImportsRequest& request) {
  constexpr uint32_t kMostImports = 10000;
  uint64_t before = std::numeric_limits<uint64_t>::max();
  if (!request.cursor().empty() && !absl::SimpleAtoi(request.cursor(), &before)) {
    return absl::InvalidArgumentError("api: that cursor is not one that `imports list` printed");
  }
  const size_t limit = std::clamp<uint32_t>(request.limit() == 0 ? 50 : request.limit(), 1, kMostImports);
  auto notes = author.Imports(before, limit);
  if (!notes.ok()) return notes.status();
  v1::ListImportsReply reply;
  for (const flow::ImportNote& note : *notes) {
    v1::ImportLine* line = reply.add_imports();
    line->set_number(note.number);
    line->set_began(FormatTime(note.began_ms));
    line->set_ended(FormatTime(note.ended_ms));
    line->set_user(note.user);
    line->set_reason(note.reason);
    line->set_file(note.damaged ? "(the note of this import cannot be read; run `tidegate verify`)" : note.file);
    line->set_source(note.source);
    line->set_rejects_file(note.rejects_file);
    line->set_stored(note.stored);
    line->set_amended(note.amended);
    line->set_kept_ours(note.kept);
    line->set_withdrawn(note.withdrawn);
    line->set_unchanged(note.unchanged);
    line->set_rejected(note.rejected);
    line->set_conflicts(note.conflicts);
    line->set_recalled_earlier(note.recalled_earlier);
    line->set_recall_began(FormatTime(note.recall_began_ms));
    line->set_recall_ended(FormatTime(note.recall_ended_ms));
    line->set_recalled_by(note.recalled_by);
  }
  if (notes->size() == limit && notes->back().number > 1) reply.set_cursor(absl::StrCat(notes->back().number));
  return reply;
}

absl::Status Import(flow::Authoring& author, const reading::Reading& reading, const policy::Principal& who,
                    const v1::ImportRequest& asked, const std::function<bool(const v1::ImportProgress&)>& tell) {
  auto request = RequestOf(asked);
  if (!request.ok()) return request.status();
  request->may_change = [&](policy::Action action, const record::RecordId& id) {
    return reading.May(who, action, record::FormatRecordId(id), author.organisation());
  };
  return author.Import(who, asked.asker().reason(), *request,
                       [&](const flow::ImportProgress& told) { return tell(ProgressOf(told, *request)); });
}

}  // namespace tidegate::api
