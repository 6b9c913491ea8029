// find, search and related: the verbs that ask the query language, and what hangs together.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "node/command/wrong_words.h"
#include "node/search/search.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

// The number of records that the node compares with one query before the answer says how far it came.
constexpr uint64_t kMostLooked = 200'000;

struct FindOptions {
  std::string query;
  std::string kind;
  std::string origin;
  std::string identifier;
  std::string state;
  std::string as_partner;
  std::string cursor;
  std::string sort;
  std::string facets;
  uint32_t limit = 50;
  bool count = false;
  bool follow = false;
  bool help_query = false;
};

v1::FindRecordsRequest RequestOf(Session& session, const FindOptions& options) {
  v1::FindRecordsRequest request;
  request.set_query(options.query);
  request.set_kind(options.kind);
  request.set_origin(options.origin);
  request.set_as_partner(options.as_partner);
  request.set_cursor(options.cursor);
  request.set_identifier(options.identifier);
  request.set_state(options.state);
  request.set_sort(options.sort);
  *request.mutable_asker() = session.Asker();
  return request;
}

// A page of large records may end before it has as many as the user wants; then the next page goes on. If the node has
// to compare very many records with the query, the answer ends where it is, and says so.
grpc::Status FindAll(v1::Operator::Stub& stub, v1::FindRecordsRequest request, v1::FindRecordsReply& all) {
  constexpr int kMostNamed = 20;  // arrivals that cannot be read
  const uint32_t wanted = request.limit();
  bool much = false;
  uint64_t looked = 0;
  do {
    request.set_limit(wanted - static_cast<uint32_t>(all.records_size()));
    grpc::ClientContext context;
    v1::FindRecordsReply page;
    grpc::Status status = stub.FindRecords(&context, request, &page);
    if (!status.ok()) return status;
    for (v1::Record& record : *page.mutable_records()) *all.add_records() = std::move(record);
    all.set_cursor(page.cursor());
    all.set_unreadable(all.unreadable() + page.unreadable());
    for (const std::string& arrival : page.unreadable_arrivals()) {
      if (all.unreadable_arrivals_size() < kMostNamed) all.add_unreadable_arrivals(arrival);
    }
    request.set_cursor(page.cursor());
    looked += page.looked();
    much = page.stopped() && looked >= kMostLooked;
  } while (!all.cursor().empty() && !much && static_cast<uint32_t>(all.records_size()) < wanted);
  all.set_stopped(much);
  if (much) all.set_looked(looked);
  return grpc::Status::OK;
}

void Find(Session& session, const FindOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::FindRecordsRequest request = RequestOf(session, options);
  request.set_limit(options.limit);
  v1::FindRecordsReply reply;
  if (!session.Check(FindAll(*stub, request, reply))) return;
  if (!session.json) PrintRecordList({reply.records().begin(), reply.records().end()});
  session.TellUnread(reply.unreadable(), reply.unreadable_arrivals(), "records cannot be read and are left out");
  if (session.json) return PrintJson(reply);
  if (reply.stopped()) {
    std::cerr << "this query needs much work: the node has compared " << reply.looked()
              << " records with it so far. Narrow it, for example by kind:, origin: or an identifier, or go on\n";
  }
  if (!reply.cursor().empty()) std::cerr << "more: repeat with --cursor " << reply.cursor() << "\n";
}

// The node counts a part at a time.
grpc::Status CountAll(v1::Operator::Stub& stub, v1::CountRecordsRequest request, v1::CountRecordsReply& all) {
  for (bool first = true; first || (all.stopped() && all.looked() < kMostLooked); first = false) {
    grpc::ClientContext context;
    v1::CountRecordsReply part;
    grpc::Status status = stub.CountRecords(&context, request, &part);
    if (!status.ok()) return status;
    if (first) {
      all = part;
    } else {
      AddCounts(part, all);
    }
    request.mutable_question()->set_cursor(all.cursor());
  }
  return grpc::Status::OK;
}

nlohmann::ordered_json JsonOfCounts(const v1::CountRecordsReply& reply) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const v1::Facet& facet : reply.facets()) {
    nlohmann::ordered_json& values = json["facets"][facet.name()];
    values = nlohmann::ordered_json::object();
    for (const v1::FacetValue& one : facet.values()) values[one.value()] = one.count();
  }
  if (reply.facets_size() == 0) json["count"] = reply.count();
  if (reply.unreadable() > 0) json["unreadable"] = reply.unreadable();
  if (reply.stopped()) {
    json["stopped"] = true;
    json["looked"] = reply.looked();
    json["cursor"] = reply.cursor();
  }
  return json;
}

void Count(Session& session, const FindOptions& options) {
  v1::CountRecordsRequest request;
  *request.mutable_question() = RequestOf(session, options);
  if (!options.facets.empty()) {
    for (const absl::string_view facet : absl::StrSplit(options.facets, ',')) {
      request.add_facets(std::string(absl::StripAsciiWhitespace(facet)));
    }
  }
  auto stub = session.Connect();
  if (!stub) return;
  v1::CountRecordsReply reply;
  if (!session.Check(CountAll(*stub, request, reply))) return;
  if (reply.stopped()) session.exit_code = kPartly;
  if (session.json) {
    std::cout << text::JsonTree(JsonOfCounts(reply), 2) << "\n";
  } else if (reply.facets_size() == 0) {
    std::cout << reply.count() << "\n";
  }
  for (const v1::Facet& facet : reply.facets()) {
    if (session.json) break;
    std::cout << facet.name() << "\n";
    for (const v1::FacetValue& one : facet.values()) {
      std::cout << "  " << one.count() << "  " << text::Line(one.value()) << "\n";
    }
  }
  session.TellUnread(reply.unreadable(), {}, "records cannot be read and are not counted");
  if (reply.stopped()) {
    std::cerr << "this counts a part only: the node has compared " << reply.looked()
              << " records with the query so far. For the rest repeat with --cursor " << reply.cursor()
              << ", and add the numbers\n";
  }
}

void Follow(Session& session, const FindOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  auto stream = stub->FollowRecords(&context, RequestOf(session, options));
  v1::Record record;
  while (std::cout && stream->Read(&record)) PrintNews(record, session.json);
  if (!std::cout) return context.TryCancel();  // nobody gets what would follow; Run says so
  session.Check(stream->Finish());
}

void Ask(Session& session, const FindOptions& options) {
  if (options.help_query) {
    std::cout << search::QueryHelp();
  } else if (options.follow && (options.count || !options.facets.empty())) {
    session.Usage("--follow prints records as they arrive; ask for --count or --facets without it");
  } else if (options.count && !options.facets.empty()) {
    session.Usage("give --count or --facets, not both");
  } else if (options.follow) {
    Follow(session, options);
  } else if (options.count || !options.facets.empty()) {
    Count(session, options);
  } else {
    Find(session, options);
  }
}

void AddAsking(CLI::App* verb, FindOptions& options) {
  verb->add_flag("--count", options.count, "Print only how many records there are");
  verb->add_option("--facets", options.facets,
                   "Print how many records have each value: kind, origin, country, month, exploitation, industry, "
                   "control, subject, tlp, region, separated by commas");
  verb->add_option("--sort", options.sort, "arrived (the default) or seen: the latest first")
      ->check(OneOf({"arrived", "seen"}));
  verb->add_option("--limit", options.limit, "At most this many (50)")->check(CLI::Range(1, 10000));
  verb->add_option("--as", options.as_partner, "Show exactly what this partner may see of our records");
  verb->add_option("--cursor", options.cursor, "Go on where the last page ended");
  verb->add_flag("--follow", options.follow,
                 "Stay, and print each matching record when it arrives, is amended, recalled or withdrawn");
}

struct SearchOptions {
  std::string name;
  FindOptions find;
};

void SaveSearch(Session& session, const SearchOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::SaveSearchRequest request;
  request.set_name(options.name);
  request.set_query(options.find.query);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::SavedSearch saved;
  if (!session.Check(stub->SaveSearch(&context, request, &saved))) return;
  if (session.json) return PrintJson(saved);
  std::cout << "saved; `tidegate search run " << text::Line(saved.name()) << " --reason ...` runs it\n";
}

void ListSearches(Session& session) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ListSearchesReply reply;
  if (!session.Check(stub->ListSearches(&context, v1::ListSearchesRequest(), &reply))) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"NAME", "QUERY", "BY", "SAVED"}};
  for (const v1::SavedSearch& one : reply.searches()) {
    rows.push_back({one.name(), one.query(), one.user().empty() ? "-" : one.user(),
                    one.saved().empty() ? "-" : one.saved().substr(0, 10)});
  }
  PrintFitted(std::move(rows), OutputWidth(kAnyWidth));
}

void RunSearch(Session& session, SearchOptions options) {
  auto stub = session.Connect();
  if (!stub) return;
  grpc::ClientContext context;
  v1::ListSearchesReply reply;
  if (!session.Check(stub->ListSearches(&context, v1::ListSearchesRequest(), &reply))) return;
  std::vector<std::string> names;
  for (const v1::SavedSearch& one : reply.searches()) {
    names.push_back(one.name());
    if (one.name() != options.name) continue;
    options.find.query = one.query();
    return Ask(session, options.find);
  }
  session.Fail(absl::StrCat("no search is saved as `", options.name, "`", text::DidYouMean(options.name, names)),
               kRefused);
}

void RemoveSearch(Session& session, const SearchOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::RemoveSearchRequest request;
  request.set_name(options.name);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::SavedSearch removed;
  if (!session.Check(stub->RemoveSearch(&context, request, &removed))) return;
  if (session.json) return PrintJson(removed);
  std::cout << "removed\n";
}

struct RelatedOptions {
  std::string id;
  std::string origin;
  uint32_t depth = 1;
};

void Related(Session& session, const RelatedOptions& options) {
  v1::RelatedRecordsRequest request;
  request.set_id(options.id);
  request.set_origin(options.origin);
  request.set_depth(options.depth);
  v1::RelatedRecordsReply reply;
  if (!session.Ask(&v1::Operator::Stub::RelatedRecords, request, reply)) return;
  session.TellUnread(reply.unreadable(), reply.unreadable_arrivals(), "records cannot be read and are left out");
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"STEPS", "TLP", "ID", "KIND", "BY", "TITLE"}};
  for (const v1::RelatedNode& node : reply.nodes()) {
    rows.push_back({absl::StrCat(node.distance()), node.tlp(), node.id(), node.kind(), node.origin(), node.title()});
  }
  PrintFitted(std::move(rows), OutputWidth(kAnyWidth));
  if (reply.edges_size() > 0) std::cout << "\n";
  constexpr size_t kShown = 8;  // digits of an id
  for (const v1::RelatedEdge& edge : reply.edges()) {
    const bool shared = edge.how() == "identifier";
    std::cout << edge.from().substr(0, kShown) << (shared ? " and " : " names ") << edge.to().substr(0, kShown)
              << (shared ? " share " : " in ") << text::Line(edge.what()) << "\n";
  }
  for (const std::string& identifier : reply.common()) {
    std::cerr << text::Line(identifier) << " is in more than 1,000 records, which are left out\n";
  }
  if (reply.more()) std::cerr << "there may be others: one answer shows no more than this\n";
}

void AddSearches(CLI::App& app, Session& session) {
  auto options = std::make_shared<SearchOptions>();
  CLI::App* group = app.add_subcommand("search", "Keep searches under a name, and run them");
  group->require_subcommand(1);
  CLI::App* save = group->add_subcommand("save", "Keep a query under a name; it replaces a query of the same name");
  save->add_option("NAME", options->name, "Letters, digits and -_.")->required();
  save->add_option("QUERY", options->find.query, "As `find` takes it")->required();
  save->footer("Example:\n  tidegate --node ~/police search save leeds 'near:53.80,-1.55,15km seen:30d..'");
  AddJson(save, session);
  AddAsker(save, session);
  save->callback([&session, options] { SaveSearch(session, *options); });

  CLI::App* list = group->add_subcommand("list", "List the kept searches");
  list->footer("Example:\n  tidegate --node ~/police search list");
  AddJson(list, session);
  list->callback([&session] { ListSearches(session); });

  CLI::App* run = group->add_subcommand("run", "Run a kept search");
  run->add_option("NAME", options->name, "As `search list` has it; `alerts` comes with the program")->required();
  AddAsking(run, options->find);
  run->footer("Example:\n  tidegate --node ~/police search run leeds --count --reason \"case 12\"");
  AddJson(run, session);
  AddReader(run, session);
  run->callback([&session, options] { RunSearch(session, *options); });

  CLI::App* remove = group->add_subcommand("remove", "Remove a kept search");
  remove->add_option("NAME", options->name, "As `search list` has it")->required();
  remove->footer("Example:\n  tidegate --node ~/police search remove leeds");
  AddJson(remove, session);
  AddAsker(remove, session);
  remove->callback([&session, options] { RemoveSearch(session, *options); });
}

void AddRelated(CLI::App& app, Session& session) {
  auto options = std::make_shared<RelatedOptions>();
  CLI::App* related = app.add_subcommand(
      "related", "Show what hangs together with a record: by shared identifiers, references and links");
  related->add_option("ID", options->id, "The record's id, or its first 4 digits or more")->required();
  related->add_option("--depth", options->depth, "How many steps away (1)")->check(CLI::Range(1, 5));
  AddOrigin(related, options->origin);
  related->footer("Example:\n  tidegate --node ~/police related ID --depth 2 --reason \"case 12\"");
  AddJson(related, session);
  AddReader(related, session);
  related->callback([&session, options] { Related(session, *options); });
}

}  // namespace

void AddCounts(const v1::CountRecordsReply& part, v1::CountRecordsReply& all) {
  all.set_count(all.count() + part.count());
  all.set_looked(all.looked() + part.looked());
  all.set_unreadable(all.unreadable() + part.unreadable());
  all.set_stopped(part.stopped());
  all.set_cursor(part.cursor());
  for (const v1::Facet& facet : part.facets()) {
    for (v1::Facet& sum : *all.mutable_facets()) {
      if (sum.name() != facet.name()) continue;
      for (const v1::FacetValue& told : facet.values()) {
        v1::FacetValue* same = nullptr;
        for (v1::FacetValue& one : *sum.mutable_values()) {
          if (one.value() == told.value()) same = &one;
        }
        if (same == nullptr) {
          *sum.add_values() = told;
        } else {
          same->set_count(same->count() + told.count());
        }
      }
    }
  }
}

void AddFinding(CLI::App& app, Session& session) {
  auto options = std::make_shared<FindOptions>();
  CLI::App* find = app.add_subcommand("find", "Find records by a query, newest first");
  find->add_option("QUERY", options->query,
                   "Words, \"phrases\" and FIELD:VALUE; `find --help-query` prints the fields");
  find->add_flag("--help-query", options->help_query, "Print the query language: its fields and forms");
  find->add_option("--kind", options->kind, "Only this kind");
  find->add_option("--origin", options->origin, "Only records by this organisation");
  find->add_option("--identifier", options->identifier, "Only records with this identifier, as SCHEME:VALUE");
  find->add_option("--state", options->state,
                   "Records that are no longer held: recalled or withdrawn, as `is:` takes it");
  AddAsking(find, *options);
  find->footer(
      "Examples:\n"
      "  tidegate --node ~/police find 'kind:alert country:GB seen:2026-01..2026-03 -tlp:RED' --reason \"case 12\"\n"
      "  tidegate --node ~/police find 'phone:\"07700 900147\" OR plate:\"AB12 CDE\"' --reason \"case 12\"\n"
      "  tidegate --node ~/police find 'near:53.80,-1.55,15km \"car wash\"' --facets month,country --reason \"case "
      "12\"\n"
      "  tidegate --node ~/police find 'is:new is:received' --reason \"start of the watch\"\n"
      "  tidegate --node ~/police find 'is:recalled origin:lantern' --reason \"case 12\"\n"
      "On a terminal of less than 132 columns ids are cut to their beginning, which every verb takes.");
  AddJson(find, session);
  AddReader(find, session);
  find->callback([&session, options] { Ask(session, *options); });
  AddSearches(app, session);
  AddRelated(app, session);
}

}  // namespace tidegate::command
