#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/print.h"
#include "node/command/session.h"

namespace tidegate::command {
namespace {

struct AuditOptions {
  std::string kind;
  std::string partner;
  std::string record;
  std::string identifier;
  std::string cursor;
  std::string user, since, until;
  uint32_t limit = 50;
};

// A page of large entries ends before it has all that was asked for: the next one goes on.
grpc::Status AskForAll(v1::Operator::Stub& stub, v1::ListAuditRequest request, v1::ListAuditReply& all) {
  const uint32_t wanted = request.limit();
  do {
    request.set_limit(wanted - static_cast<uint32_t>(all.entries_size()));
    grpc::ClientContext context;
    v1::ListAuditReply page;
    grpc::Status status = stub.ListAudit(&context, request, &page);
    if (!status.ok()) return status;
    page.mutable_entries()->Swap(all.mutable_entries());
    for (v1::AuditEntry& entry : *all.mutable_entries()) *page.add_entries() = std::move(entry);
    all = std::move(page);
    request.set_cursor(all.cursor());
  } while (!all.cursor().empty() && static_cast<uint32_t>(all.entries_size()) < wanted);
  return grpc::Status::OK;
}

void ListEntries(Session& session, const AuditOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::ListAuditRequest request;
  request.set_kind(options.kind);
  request.set_partner(options.partner);
  request.set_record(options.record);
  request.set_identifier(options.identifier);
  request.set_cursor(options.cursor);
  request.set_user(options.user);
  request.set_since(options.since);
  request.set_until(options.until);
  request.set_limit(options.limit);
  v1::ListAuditReply reply;
  if (!session.Check(AskForAll(*stub, request, reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {
      {"INDEX", "TIME", "EVENT", "PARTNER", "USER", "WHAT", "REASON", "POLICY"}};
  for (const v1::AuditEntry& entry : reply.entries()) {
    rows.push_back({absl::StrCat(entry.index()), entry.time(), entry.kind(), entry.partner(), entry.user(),
                    entry.summary(), entry.reason(),
                    entry.has_policy_number() ? absl::StrCat("version ", entry.policy_number()) : ""});
  }
  PrintTable(rows);
  std::cerr << "register of " << reply.register_size() << " entries\n";
  if (!reply.cursor().empty()) std::cerr << "more: repeat with --cursor " << reply.cursor() << "\n";
}

}  // namespace

void AddAudit(CLI::App& app, Session& session) {
  CLI::App* audit = app.add_subcommand("audit", "Read the disclosure register");
  audit->require_subcommand(1);
  audit->footer("Example:\n  tidegate --node ~/lantern audit list --limit 20");
  auto options = std::make_shared<AuditOptions>();
  CLI::App* list = audit->add_subcommand("list", "Entries, newest first");
  list->add_option("--kind", options->kind, "intent, receipt, access, recall, ...");
  list->add_option("--partner", options->partner, "Only about this partner");
  list->add_option("--user", options->user, "Only what this user did");
  list->add_option("--since", options->since, "Only from this date or time on: 2026-03-04 or 2026-03-04T09:30:00Z");
  list->add_option("--until", options->until, "Only up to this date, or before this time");
  list->add_option("--record", options->record, "Only about this record");
  list->add_option("--identifier", options->identifier, "Only searches for this identifier, as SCHEME:VALUE");
  list->add_option("--limit", options->limit, "At most so many (50)")->check(CLI::Range(1, 10000));
  list->add_option("--cursor", options->cursor, "Go on where the last page ended");
  list->footer("Example:\n  tidegate --node ~/lantern audit list --kind receipt --partner police");
  AddJson(list, session);
  list->callback([&session, options] { ListEntries(session, *options); });
}

}  // namespace tidegate::command
