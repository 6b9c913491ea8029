// review, hold: how long records are kept.
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "node/command/planned.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

struct RetentionOptions {
  std::string what;  // `list`, an id, or nothing
  std::string origin, settle, until, cursor;
  std::vector<std::string> set;
  bool retain = false, dispose = false, amend = false;
  Planned planned;
  uint32_t days = 0, limit = 0;
};

struct HoldOptions {
  std::string what;  // `list` or an id
  std::string origin;
  bool release = false;
};

void ListDue(Session& session, const RetentionOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::ListDueRequest request;
  *request.mutable_asker() = session.Asker();
  request.set_days(options.days);
  request.set_cursor(options.cursor);
  request.set_limit(options.limit);
  v1::ListDueReply reply;
  grpc::ClientContext context;
  if (!session.Check(stub->ListDue(&context, request, &reply))) return;
  if (reply.unreadable() > 0) {
    session.exit_code = kPartly;
    std::cerr << "warning: " << reply.unreadable() << " rows are damaged on disk and left out; run `tidegate verify`\n";
  }
  if (session.json) return PrintJson(reply);
  if (reply.records().empty()) std::cout << "no record is due for review\n";
  if (!reply.records().empty()) {
    std::vector<std::vector<std::string>> rows = {{"RECORD", "KIND", "WRITTEN BY", "RETENTION", "DUE", ""}};
    for (const v1::DueRecord& record : reply.records()) {
      std::vector<std::string> notes;
      if (record.overdue()) notes.emplace_back("overdue");
      if (record.held()) notes.emplace_back("under legal hold");
      rows.push_back({record.id(), record.kind(), record.origin(), record.retention(), record.due().substr(0, 10),
                      absl::StrJoin(notes, ", ")});
    }
    PrintTable(rows);
  }
  if (!reply.cursor().empty()) std::cerr << "more: repeat with --cursor " << reply.cursor() << "\n";
}

// Says what would be erased where.
void PrintDisposal(const v1::DecideReviewReply& plan) {
  std::cout << "would be erased here" << (plan.holders().empty() ? "" : ", and at ")
            << absl::StrJoin(std::vector<std::string>(plan.holders().begin(), plan.holders().end()), ", ")
            << "; it cannot be undone\ndigest: " << plan.digest() << "\n"
            << std::flush;
  if (!plan.note().empty()) std::cerr << text::Lines(plan.note()) << "\n";
}

// False if nothing was done: it was only looked at, or refused.
bool AskToDecide(Session& session, const RetentionOptions& options, v1::Operator::Stub& stub,
                 v1::DecideReviewRequest& request, v1::DecideReviewReply* reply) {
  const auto ask = [&](bool dry_run, const std::string& plan, v1::DecideReviewReply* told) {
    request.set_dry_run(dry_run);
    request.set_plan(plan);
    grpc::ClientContext context;
    return session.Check(stub.DecideReview(&context, request, told));
  };
  if (!options.dispose) return ask(false, "", reply);
  const auto show = [](const v1::DecideReviewReply& plan) {
    PrintDisposal(plan);
    return ShownPlan{plan.digest(), true};
  };
  return TakeAsShown(session, options.planned, "Erase it?", ask, show, reply);
}

void Decide(Session& session, const RetentionOptions& options) {
  if (options.retain + options.dispose + options.amend != 1) {
    return session.Usage("say what was decided: give exactly one of --retain, --dispose and --amend");
  }
  if (!options.until.empty() && !options.retain) return session.Usage("--until goes with --retain");
  if (!options.set.empty() && !options.amend) return session.Usage("--set goes with --amend");
  const Planned& planned = options.planned;
  if (!options.dispose && (planned.dry_run || planned.yes || !planned.plan.empty())) {
    return session.Usage("--dry-run, --plan and --yes go with --dispose");
  }
  auto stub = session.Connect();
  if (!stub) return;
  v1::DecideReviewRequest request;
  *request.mutable_asker() = session.Asker();
  request.set_id(options.what);
  request.set_origin(options.origin);
  request.set_decision(options.retain ? "retain" : options.dispose ? "dispose" : "amend");
  request.set_until(options.until);
  auto set = ParseAssignments(options.set);
  if (!set.ok()) return session.Usage({set.status().message().data(), set.status().message().size()});
  for (v1::Assignment& one : *set) *request.add_set() = std::move(one);
  v1::DecideReviewReply reply;
  if (!AskToDecide(session, options, *stub, request, &reply)) return;
  if (session.json) return PrintJson(reply);
  if (!options.dispose) {
    std::cout << (options.retain ? "kept" : "amended and kept") << "; the next review is due "
              << reply.next_review().substr(0, 10) << "\n";
    return;
  }
  std::cout << (reply.disposed() ? "erased here" : "was erased here before");
  if (!reply.holders().empty()) {
    std::cout << "; asked to erase theirs: "
              << absl::StrJoin(std::vector<std::string>(reply.holders().begin(), reply.holders().end()), ", ");
  }
  std::cout << "\n";
  if (!reply.note().empty()) std::cerr << text::Lines(reply.note()) << "\n";
}

void ReviewWhat(Session& session, const RetentionOptions& options,
                const std::function<void(const std::string& settle)>& left) {
  if (options.what == "list") return ListDue(session, options);
  if (!options.what.empty()) return Decide(session, options);
  if (options.retain || options.dispose || options.amend) return session.Usage("name the record that was reviewed");
  left(options.settle);
  if (!options.settle.empty() || session.json || session.exit_code != kSuccess) return;
  std::cout << "\n";
  ListDue(session, options);
}

void ListHolds(Session& session) {
  auto stub = session.Connect();
  if (!stub) return;
  v1::ListHoldsReply reply;
  grpc::ClientContext context;
  if (!session.Check(stub->ListHolds(&context, {}, &reply))) return;
  if (reply.unreadable() > 0) {
    session.exit_code = kPartly;
    std::cerr << "warning: " << reply.unreadable() << " rows of holds are damaged on disk; run `tidegate verify`\n";
  }
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {{"RECORD", "WRITTEN BY", "SINCE", "BY", "REASON", "ERASED SINCE"}};
  for (const v1::LegalHold& hold : reply.holds()) {
    rows.push_back({hold.id(), hold.origin(), hold.since(), hold.user(), hold.reason(),
                    hold.copies() == 0 ? "no" : "yes, a copy is kept"});
  }
  PrintTable(rows);
}

void Hold(Session& session, const HoldOptions& options) {
  if (options.what == "list") return ListHolds(session);
  auto stub = session.Connect();
  if (!stub) return;
  v1::HoldRecordRequest request;
  *request.mutable_asker() = session.Asker();
  request.set_id(options.what);
  request.set_origin(options.origin);
  request.set_release(options.release);
  v1::LegalHold reply;
  grpc::ClientContext context;
  if (!session.Check(stub->HoldRecord(&context, request, &reply))) return;
  if (session.json) return PrintJson(reply);
  if (!options.release) {
    std::cout
        << "under legal hold: a copy of what is erased of it is kept here, where nobody sees it, until the hold is "
           "released\n";
    return;
  }
  std::cout << "no longer under legal hold";
  if (reply.copies() > 0) std::cout << "; the copies of what was erased meanwhile are now deleted";
  std::cout << "\n";
}

}  // namespace

void AddReview(CLI::App& app, Session& session, std::function<void(const std::string& settle)> left) {
  auto options = std::make_shared<RetentionOptions>();
  CLI::App* review = app.add_subcommand(
      "review", "Records that are due for review, what was decided, and what an earlier version left");
  review->add_option("WHAT", options->what, "`list`: what is due. An id: what was decided about that record");
  review->add_flag("--retain", options->retain, "The record is kept until the next review");
  review->add_option("--until", options->until, "With --retain: the day of the next review");
  review->add_flag("--dispose", options->dispose, "Erase the record here; one of ours also wherever it went");
  review->add_flag("--dry-run", options->planned.dry_run,
                   "With --dispose: only say where it would be erased, with a digest");
  review->add_option("--plan", options->planned.plan,
                     "With --dispose: erase exactly what a dry run with this digest showed");
  review->add_flag("--yes", options->planned.yes, "With --dispose: do not ask on a terminal");
  review->add_flag("--amend", options->amend, "The record is amended with --set, and kept until the next review");
  review->add_option("--set", options->set, "With --amend: FIELD=VALUE; can be given several times");
  AddOrigin(review, options->origin);
  review->add_option("--days", options->days, "With `list`: what is due in so many days, or overdue (90)")
      ->check(CLI::Range(1, 36500));
  review->add_option("--limit", options->limit, "With `list`: at most this many (500)")->check(CLI::Range(1, 500));
  review->add_option("--cursor", options->cursor, "With `list`: go on where the last page ended");
  review->add_option("--settle", options->settle,
                     "You have looked at this record that an earlier version left, and it stays as it is");
  review->footer(
      "A record is due six years after it came, one of retention mopi-1 or mopi-2 ten years after. What is decided\n"
      "stands in the register, with who and why. Without WHAT it also lists what an earlier version left for you to\n"
      "look at.\n"
      "Examples:\n"
      "  tidegate --node ~/lantern review list\n"
      "  tidegate --node ~/lantern review 4f2a --retain --until 2029-03-01 --reason \"still before the court\"\n"
      "  tidegate --node ~/lantern review 4f2a --dispose --reason \"no purpose any more\" --dry-run\n"
      "  tidegate --node ~/lantern review 4f2a --dispose --reason \"no purpose any more\" --plan DIGEST");
  AddJson(review, session);
  AddAsker(review, session);
  review->callback([&session, options, left = std::move(left)] { ReviewWhat(session, *options, left); });
}

void AddHold(CLI::App& app, Session& session) {
  auto options = std::make_shared<HoldOptions>();
  CLI::App* hold = app.add_subcommand("hold", "Legal hold: keep a copy of what is erased of a record");
  hold->add_option("WHAT", options->what, "The record's id, or `list`")->required();
  hold->add_flag("--release", options->release, "End the hold, and delete the copies of what was erased meanwhile");
  AddOrigin(hold, options->origin);
  hold->footer(
      "A record under hold is not disposed of. If its author recalls it, or it expires, it is gone for everybody, and\n"
      "a copy is kept apart; whoever recalled it is told that it is withheld under legal hold and not erased.\n"
      "Examples:\n"
      "  tidegate --node ~/lantern hold 4f2a --reason \"order of the Crown Court at Leeds\"\n"
      "  tidegate --node ~/lantern hold 4f2a --release --reason \"the order ended\"");
  AddJson(hold, session);
  AddAsker(hold, session);
  hold->callback([&session, options] { Hold(session, *options); });
}

}  // namespace tidegate::command
