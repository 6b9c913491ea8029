// audit: the disclosure register.
#include <algorithm>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/csv.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kMostCheckpointBytes = 64 << 10;

struct AuditOptions {
  std::string kind;
  std::string partner;
  std::string record;
  std::string identifier;
  std::string cursor;
  std::string user, since, until;
  std::string since_checkpoint;  // a file
  std::string query;
  std::vector<std::string> words;
  uint64_t index = 0;
  uint32_t limit = 50;
  bool csv = false;
};

// Cuts a query at its blanks; what stands in quotes stays together.
std::vector<std::string> TokensOf(std::string_view query) {
  std::vector<std::string> words;
  bool quoted = false, begun = false;
  for (const char c : query) {
    if (c == '"') {
      quoted = !quoted;
      if (!begun) words.emplace_back();
      begun = true;
    } else if (c == ' ' && !quoted) {
      begun = false;
    } else {
      if (!begun) words.emplace_back();
      begun = true;
      words.back().push_back(c);
    }
  }
  return words;
}

// Reads a query such as `user:ana kind:access "case 12"`: a part with the name of an option sets that option, the rest
// are words. Gives what is wrong, or an empty text.
std::string TakeQuery(AuditOptions& options) {
  const std::pair<std::string_view, std::string*> fields[] = {{"kind", &options.kind},
                                                              {"user", &options.user},
                                                              {"partner", &options.partner},
                                                              {"record", &options.record},
                                                              {"since", &options.since},
                                                              {"until", &options.until},
                                                              {"identifier", &options.identifier}};
  std::vector<std::string_view> names;
  for (const auto& field : fields) names.push_back(field.first);
  for (const std::string& word : TokensOf(options.query)) {
    const size_t colon = word.find(':');
    const std::string name = word.substr(0, colon);
    const auto* field =
        std::find_if(std::begin(fields), std::end(fields), [&](const auto& one) { return one.first == name; });
    if (colon != std::string::npos && field != std::end(fields)) {
      *field->second = word.substr(colon + 1);
    } else if (colon != std::string::npos && std::all_of(name.begin(), name.end(), absl::ascii_isalpha)) {
      return absl::StrCat("`", word, "`: the register has no `", name, ":`", text::DidYouMean(name, names),
                          "; there are: kind, user, partner, record, identifier, since, until");
    } else if (word.size() > 1 && word.front() == '-') {
      return absl::StrCat("`", word, "`: a query of the register cannot exclude entries; leave the `-` out");
    } else {
      options.words.push_back(word);
    }
  }
  return "";
}

// A page of large entries may end before it has as many as the user wants; then the next page goes on.
grpc::Status AskForAllEntries(v1::Operator::Stub& stub, v1::ListAuditRequest request, v1::ListAuditReply& all) {
  constexpr int kMostNamed = 20;  // entries that cannot be read
  const uint32_t wanted = request.limit();
  do {
    request.set_limit(wanted - static_cast<uint32_t>(all.entries_size()));
    grpc::ClientContext context;
    v1::ListAuditReply page;
    grpc::Status status = stub.ListAudit(&context, request, &page);
    if (!status.ok()) return status;
    for (v1::AuditEntry& entry : *page.mutable_entries()) *all.add_entries() = std::move(entry);
    for (const uint64_t index : page.unreadable()) {
      if (all.unreadable_size() < kMostNamed) all.add_unreadable(index);
    }
    all.set_unreadable_records(all.unreadable_records() + page.unreadable_records());
    for (const std::string& arrival : page.unreadable_arrivals()) {
      if (all.unreadable_arrivals_size() < kMostNamed) all.add_unreadable_arrivals(arrival);
    }
    all.set_cursor(page.cursor());
    all.set_note(page.note());
    all.set_register_size(page.register_size());
    all.set_register_checkpoint(page.register_checkpoint());
    request.set_cursor(all.cursor());
  } while (!all.cursor().empty() && static_cast<uint32_t>(all.entries_size()) < wanted);
  return grpc::Status::OK;
}

// Asks, prints JSON where that is wanted, and tells what was left out. False if there is nothing for tables.
bool AskForEntries(Session& session, const AuditOptions& options, v1::ListAuditReply& reply) {
  v1::ListAuditRequest request;
  request.set_kind(options.kind);
  request.set_partner(options.partner);
  request.set_record(options.record);
  request.set_identifier(options.identifier);
  for (const std::string& word : options.words) request.add_words(word);
  request.set_cursor(options.cursor);
  request.set_user(options.user);
  request.set_since(options.since);
  request.set_until(options.until);
  request.set_limit(options.limit);
  if (!options.since_checkpoint.empty()) {
    auto note = ReadTextFile(options.since_checkpoint, kMostCheckpointBytes);
    if (!session.Check(note.status())) return false;
    request.set_since_checkpoint(*std::move(note));
  }
  if (options.csv && session.json) {
    session.Usage("give --csv or --json, not both");
    return false;
  }
  auto stub = session.Connect();
  if (!stub || !session.Check(AskForAllEntries(*stub, request, reply))) return false;
  if (reply.unreadable_size() > 0) {
    session.exit_code = kPartly;
    std::cerr << "warning: entries of the register are damaged on disk and left out: "
              << absl::StrJoin(reply.unreadable(), ", ") << "; run `tidegate verify`\n";
  }
  session.TellUnread(reply.unreadable_records(), reply.unreadable_arrivals(),
                     "records cannot be read: what the entries say of them is incomplete");
  if (!reply.note().empty()) {
    std::cerr << "tidegate: " << text::Line(reply.note()) << "\n";
    session.exit_code = kRefused;
  }
  if (session.json) PrintJson(reply);
  return !session.json;
}

void PrintRows(const std::vector<std::vector<std::string>>& rows, bool csv) {
  if (!csv) return PrintTable(rows);
  for (const std::vector<std::string>& row : rows) std::cout << CsvLine(row);
}

void TellRest(const v1::ListAuditReply& reply) {
  std::cerr << "register of " << reply.register_size() << " entries\n";
  if (!reply.cursor().empty()) std::cerr << "more: repeat with --cursor " << reply.cursor() << "\n";
}

std::string PolicyOf(const v1::AuditEntry& entry) {
  return entry.has_policy_number() ? absl::StrCat("version ", entry.policy_number()) : "";
}

// The text of an entry. If the user asked for one record, it also says which fields of that record left.
std::string WhatOf(const v1::AuditEntry& entry, bool of_one_record) {
  std::string what = entry.summary();
  if (!of_one_record) return what;
  for (const v1::LeftRecord& left : entry.left()) {
    absl::StrAppend(&what, left.notice() ? "; may keep: " : "; sent: ",
                    left.fields_size() == 0 ? "nothing" : absl::StrJoin(left.fields(), ", "));
    if (!left.held_until().empty()) absl::StrAppend(&what, "; held back until ", left.held_until());
  }
  return what;
}

void ListEntries(Session& session, AuditOptions options) {
  if (const std::string wrong = TakeQuery(options); !wrong.empty()) return session.Usage(wrong);
  v1::ListAuditReply reply;
  if (!AskForEntries(session, options, reply)) return;
  std::vector<std::vector<std::string>> rows = {
      {"INDEX", "TIME", "EVENT", "PARTNER", "USER", "WHAT", "REASON", "POLICY"}};
  if (options.csv) {
    rows = {{"index", "time", "event", "partner", "user", "what", "reason", "policy", "policy_version", "source",
             "import", "records"}};
  }
  for (const v1::AuditEntry& entry : reply.entries()) {
    auto& row = rows.emplace_back(
        std::vector<std::string>{absl::StrCat(entry.index()), entry.time(), entry.kind(), entry.partner(), entry.user(),
                                 WhatOf(entry, !options.record.empty()), entry.reason(), PolicyOf(entry)});
    if (!options.csv) continue;
    row.insert(row.end(),
               {entry.policy_version(), entry.source(), entry.import() == 0 ? "" : absl::StrCat(entry.import()),
                absl::StrJoin(entry.records(), " ")});
  }
  PrintRows(rows, options.csv);
  TellRest(reply);
}

// A row for each record that went to a partner, or of which something was taken back; in CSV one for each field.
void ListLeft(Session& session, AuditOptions options) {
  options.kind = "intent";
  v1::ListAuditReply reply;
  if (!AskForEntries(session, options, reply)) return;
  std::vector<std::vector<std::string>> rows = {{"TIME", "PARTNER", "RECORD", "WHAT", "PURPOSE", "POLICY", "ENTRY"}};
  if (options.csv) {
    rows = {{"time", "partner", "record", "taken_back", "field", "precision", "purpose", "policy", "policy_version",
             "entry"}};
  }
  for (const v1::AuditEntry& entry : reply.entries()) {
    for (const v1::LeftRecord& left : entry.left()) {
      const std::string index = absl::StrCat(entry.index());
      const std::string record = left.record().empty() ? "(cannot be read)" : left.record();
      if (!options.csv) {
        const std::string fields = absl::StrJoin(left.fields(), ", ");
        rows.push_back({entry.time(), entry.partner(), record,
                        !left.notice()   ? fields
                        : fields.empty() ? "taken back: keeps nothing"
                                         : absl::StrCat("taken back: keeps ", fields),
                        entry.reason(), PolicyOf(entry), index});
        continue;
      }
      const auto add = [&](const std::string& field, const std::string& precision) {
        rows.push_back({entry.time(), entry.partner(), record, left.notice() ? "yes" : "no", field, precision,
                        entry.reason(), PolicyOf(entry), entry.policy_version(), index});
      };
      for (const std::string& field : left.fields()) {
        const size_t at = field.find('@');
        add(field.substr(0, at), at == std::string::npos ? "" : field.substr(at + 1));
      }
      if (left.fields_size() == 0) add("", "");
    }
  }
  PrintRows(rows, options.csv);
  TellRest(reply);
}

void ShowEntry(Session& session, const AuditOptions& options) {
  v1::ListAuditRequest request;
  request.set_index(options.index);
  v1::ListAuditReply reply;
  if (!session.Ask(&v1::Operator::Stub::ListAudit, request, reply)) return;
  if (reply.entries_size() != 1) {
    session.Check(absl::DataLossError(
        absl::StrCat("you may not know what entry ", options.index,
                     " of the register is about, or it is damaged on disk (`tidegate verify` tells)")));
    return;
  }
  const v1::AuditEntry& entry = reply.entries(0);
  if (session.json) return PrintJson(entry);
  std::vector<std::vector<std::string>> rows = {{"entry", absl::StrCat(entry.index())}};
  const auto add = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({name, value});
  };
  add("time", entry.time());
  add("event", entry.kind());
  add("partner", entry.partner());
  add("user", entry.user());
  add("what", entry.summary());
  add(entry.kind() == "intent" ? "purpose" : "reason", entry.reason());
  add("source", entry.source());
  if (entry.import() != 0) add("import", absl::StrCat(entry.import()));
  if (entry.has_policy_number()) add("policy", absl::StrCat("version ", entry.policy_number()));
  add("policy version", entry.policy_version());
  add("searched for", absl::StrJoin(entry.asked(), ", "));
  if (entry.left_size() == 0) add("records", absl::StrJoin(entry.records(), "\n"));
  PrintTable(rows);
  for (const v1::LeftRecord& left : entry.left()) {
    std::cout << "\n"
              << (left.record().empty() ? "a record that cannot be read" : left.record())
              << (left.notice() ? ": taken back; the partner may keep\n" : ": sent\n");
    if (!left.held_until().empty()) std::cout << "  held back until " << left.held_until() << "\n";
    for (const std::string& field : left.fields()) std::cout << "  " << field << "\n";
    if (left.fields_size() == 0) std::cout << "  nothing\n";
  }
}

void PrintCheckpoint(Session& session) {
  v1::ListAuditRequest request;
  request.set_limit(1);
  v1::ListAuditReply reply;
  if (!session.Ask(&v1::Operator::Stub::ListAudit, request, reply)) return;
  if (session.json) {
    reply.clear_entries();
    reply.clear_cursor();
    return PrintJson(reply);
  }
  std::cout << reply.register_checkpoint();
  std::cerr << "register key: " << reply.register_fingerprint() << "\n";
}

void AddFilters(CLI::App* verb, AuditOptions& options) {
  verb->add_option("--partner", options.partner, "Only about this partner");
  verb->add_option("--since", options.since, "Only from this date or time on: 2026-03-04 or 2026-03-04T09:30:00Z");
  verb->add_option("--until", options.until, "Only up to this date, or before this time");
  verb->add_option("--record", options.record, "Only about this record: its id, or the first 4 digits or more");
  verb->add_option("--since-checkpoint", options.since_checkpoint,
                   "Only what was entered after this file was written by `audit checkpoint`; refused if the register "
                   "does not continue it");
  verb->add_option("--limit", options.limit, "At most this many entries (50)")->check(CLI::Range(1, 10000));
  verb->add_option("--cursor", options.cursor, "Go on where the last page ended");
  verb->add_flag("--csv", options.csv, "Print CSV; a cell that looks like a formula gets an apostrophe in front");
}

}  // namespace

void AddAudit(CLI::App& app, Session& session) {
  CLI::App* audit = app.add_subcommand("audit", "Read the disclosure register");
  audit->require_subcommand(1);
  audit->footer(
      "Examples:\n  tidegate --node ~/lantern audit list --limit 20\n"
      "  tidegate --node ~/lantern audit left --partner northbank --since 2026-03-01 --csv");
  auto options = std::make_shared<AuditOptions>();

  CLI::App* list = audit->add_subcommand("list", "Entries, newest first");
  list->add_option("QUERY", options->query,
                   "Words of the user, reason, source or partner, and kind:, user:, partner:, record:, identifier:, "
                   "since:, until:");
  list->add_option("--kind", options->kind, "intent, receipt, access, recall, ...");
  list->add_option("--user", options->user, "Only what this user did");
  list->add_option("--identifier", options->identifier, "Only searches for this identifier, as SCHEME:VALUE");
  AddFilters(list, *options);
  list->footer(
      "With --record it lists what was done to the record (also by which import), where it went, which fields went,\n"
      "what the partner answered, and why it could go: the policies under which it went, those in force since, and\n"
      "all that was decided about those partners.\n"
      "Examples:\n"
      "  tidegate --node ~/lantern audit list --kind receipt --partner police\n"
      "  tidegate --node ~/lantern audit list 'user:ana kind:access \"case 12\" since:2026-03-01'");
  AddJson(list, session);
  list->callback([&session, options] { ListEntries(session, *options); });

  CLI::App* left = audit->add_subcommand("left", "What left: each record, to whom, when, and which fields how finely");
  AddFilters(left, *options);
  left->footer(
      "It also lists what was taken back, with the fields that the partner may still hold. --csv prints a line for\n"
      "each field.\n"
      "Example:\n"
      "  tidegate --node ~/lantern audit left --partner northbank --since 2026-03-01 --csv > left.csv");
  AddJson(left, session);
  left->callback([&session, options] { ListLeft(session, *options); });

  CLI::App* show = audit->add_subcommand("show", "Show one entry with all its facts");
  show->add_option("INDEX", options->index, "Its index in `audit list`")->required();
  show->footer("Example:\n  tidegate --node ~/lantern audit show 206");
  AddJson(show, session);
  show->callback([&session, options] { ShowEntry(session, *options); });

  CLI::App* checkpoint = audit->add_subcommand("checkpoint",
                                               "Print the register's signed head. Keep it, and you can see later "
                                               "that nothing before it was changed");
  checkpoint->footer(
      "Examples:\n  tidegate --node ~/lantern audit checkpoint > march.note\n"
      "  tidegate --node ~/lantern audit list --since-checkpoint march.note");
  AddJson(checkpoint, session);
  checkpoint->callback([&session] { PrintCheckpoint(session); });

  AddAuditSubject(*audit, session);
  AddAuditExport(*audit, session);
}

}  // namespace tidegate::command
