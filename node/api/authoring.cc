#include "node/api/authoring.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "node/api/display.h"
#include "node/api/seen.h"

namespace tidegate::api {
namespace {

template <typename Assignments>
std::vector<flow::Assignment> AssignmentsOf(const Assignments& set) {
  std::vector<flow::Assignment> assignments;
  for (const v1::Assignment& one : set) assignments.push_back({one.field(), one.value()});
  return assignments;
}

absl::StatusOr<v1::AuthoredReply> ToldAuthored(const absl::StatusOr<flow::AuthoredRecord>& authored) {
  if (!authored.ok()) return authored.status();
  v1::AuthoredReply reply;
  reply.set_id(record::FormatRecordId(authored->id));
  reply.set_revision(authored->revision);
  reply.set_log_index(authored->log_index);
  for (const std::string& warning : authored->warnings) reply.add_warnings(warning);
  reply.set_unchanged(authored->unchanged);
  return reply;
}

void Tell(const std::vector<flow::Kept>& kept, v1::AuthoredReply& reply) {
  for (const flow::Kept& one : kept) {
    v1::Amended* out = reply.add_partners();
    out->set_organisation(one.organisation);
    out->set_reached(one.reached);
    for (const std::string& field : one.gets) out->add_gets(field);
    for (const std::string& field : one.loses) out->add_loses(field);
    for (const std::string& field : one.gains) out->add_gains(field);
  }
}

void TellChanges(const reading::Seen& before, const flow::AuthoredRecord& authored, v1::AuthoredReply& reply) {
  if (!before.view || !authored.view) return;
  v1::Record after;
  DisplayView(*authored.view, &after);
  for (const std::string& name : authored.local.named_recipients) after.add_recipients(name);
  for (const std::string& tag : authored.local.tags) after.add_tags(tag);
  // What is not for the asker to see does not come out as a change either.
  const auto shown = [&before](const v1::ValueChange& change) {
    const std::string field = change.field().substr(0, change.field().find('.'));
    return std::none_of(before.not_shown.begin(), before.not_shown.end(),
                        [&field](const reading::NotShown& one) { return one.name == field; });
  };
  for (v1::ValueChange& change : ChangesBetween(RecordOf(before), after)) {
    if (shown(change)) *reply.add_changes() = std::move(change);
  }
}

}  // namespace

absl::StatusOr<v1::AuthoredReply> AddRecord(flow::Authoring& author, const policy::Principal& who,
                                            const v1::AddRecordRequest& request) {
  return ToldAuthored(author.Add(who, request.asker().reason(), {request.kind(), AssignmentsOf(request.set())}));
}

absl::StatusOr<v1::AuthoredReply> AmendRecord(flow::Authoring& author, reading::Reading& reading,
                                              const flow::Keeping& keeping, const policy::Principal& who,
                                              uint64_t now_ms, const v1::AmendRecordRequest& request) {
  const std::string& reason = request.asker().reason();
  auto typed = reading.WholeId(who, request.id());
  if (!typed.ok()) return typed.status();
  auto id = record::ParseRecordId(*typed);
  if (!id.ok()) return id.status();
  flow::AmendRecord what{*typed, AssignmentsOf(request.set())};
  what.add = AssignmentsOf(request.add());
  what.add_tags.assign(request.add_tags().begin(), request.add_tags().end());
  what.remove_tags.assign(request.remove_tags().begin(), request.remove_tags().end());
  absl::StatusOr<reading::Seen> before = absl::NotFoundError("");
  if (request.dry_run() || !absl::StripAsciiWhitespace(reason).empty()) {
    const std::string verb = absl::StrCat(what.tags_alone() ? "tag" : "amend", request.dry_run() ? " --dry-run" : "");
    before = reading.Show({who, reason, verb}, *typed, "", false, author.organisation());
    if (request.dry_run() && !before.ok()) return before.status();
  }
  const auto held = keeping.HeldOf(*id);
  std::vector<flow::Kept> kept;
  const auto rehearsed = [&](const store::Reader& reader) -> absl::Status {
    if (!held.ok()) return held.status();
    auto told = keeping.KeptOf(reader, *id, *held, static_cast<int64_t>(now_ms));
    if (!told.ok()) return told.status();
    kept = *std::move(told);
    return absl::OkStatus();
  };
  what.tells_unchanged = before.ok();
  if (request.dry_run()) what.rehearse = rehearsed;
  auto authored = author.Amend(who, reason, what);
  auto reply = ToldAuthored(authored);
  if (!reply.ok()) return reply;
  reply->set_dry_run(request.dry_run());
  if (reply->unchanged()) return reply;
  if (!request.dry_run() && held.ok()) {
    // If this look fails, `holders` can still tell.
    if (auto told = keeping.KeptNow(*id, *held, static_cast<int64_t>(now_ms)); told.ok()) kept = *std::move(told);
  }
  Tell(kept, *reply);
  if (before.ok()) TellChanges(*before, *authored, *reply);
  return reply;
}

absl::StatusOr<v1::AuthoredReply> LinkRecords(flow::Authoring& author, const reading::Reading& reading,
                                              const policy::Principal& who, const v1::LinkRecordsRequest& request) {
  auto from = reading.WholeId(who, request.from());
  if (!from.ok()) return from.status();
  auto to = reading.WholeId(who, request.to());
  if (!to.ok()) return to.status();
  return ToldAuthored(author.Link(who, request.asker().reason(),
                                  {*from, request.verb(), *to, AssignmentsOf(request.set()), request.origin()}));
}

absl::StatusOr<v1::AuthoredReply> SightRecord(flow::Authoring& author, const reading::Reading& reading,
                                              const policy::Principal& who, const v1::SightRecordRequest& request) {
  auto id = reading.WholeId(who, request.id());
  if (!id.ok()) return id.status();
  return ToldAuthored(
      author.Sight(who, request.asker().reason(),
                   {*id, request.outcome(), request.note(), request.origin(), AssignmentsOf(request.set())}));
}

absl::StatusOr<v1::RecallRecordReply> RecallRecord(flow::Authoring& author, const reading::Reading& reading,
                                                   const flow::Lines& lines, const policy::Principal& who,
                                                   const v1::RecallRecordRequest& request) {
  auto id = reading.WholeId(who, request.id());
  if (!id.ok()) return id.status();
  auto recalled = author.Recall(who, request.asker().reason(), {*id, request.dry_run()});
  if (!recalled.ok()) return recalled.status();
  v1::RecallRecordReply reply;
  reply.set_id(*id);
  const std::vector<std::string>& holders = recalled->holders;
  for (const std::string& holder : holders) reply.add_holders(holder);
  for (const flow::Line& line : lines.List()) {
    if (line.followed && std::find(holders.begin(), holders.end(), line.organisation) != holders.end()) {
      reply.add_connected(line.organisation);
    }
  }
  reply.set_recalled(recalled->recalled);
  reply.set_note(recalled->note);
  reply.set_recalled_earlier(FormatTime(recalled->earlier_ms));
  return reply;
}

}  // namespace tidegate::api
