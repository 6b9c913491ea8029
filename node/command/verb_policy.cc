#include <unistd.h>

#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "node/command/policy_files.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "text/text.h"

namespace tidegate::command {
namespace {

constexpr size_t kPolicyFileLimit = 4 << 20;

template <typename Request>
bool FillFiles(Session& session, const PolicyOptions& options, Request& request) {
  if (!ReadPolicyFiles(session, options.files, request.mutable_files())) return false;
  if (options.version >= 0) request.set_version(static_cast<uint32_t>(options.version));
  *request.mutable_asker() = session.Asker();
  return true;
}

void CheckFiles(Session& session, const PolicyOptions& options) {
  v1::PolicyFilesRequest request;
  if (!ReadPolicyFiles(session, options.files, request.mutable_files())) return;
  v1::CheckPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::CheckPolicies, request, reply)) return;
  if (!reply.valid()) session.exit_code = kRefused;
  if (session.json) return PrintJson(reply);
  PrintProblems(reply.problems());
  std::cout << (reply.valid() ? "valid" : "not valid") << ": " << reply.policies() << " policies, "
            << reply.problems_size() << " findings\n";
}

void Explain(Session& session, const PolicyOptions& options) {
  v1::ExplainPolicyRequest request;
  request.set_id(options.record);
  request.set_partner(options.partner);
  request.set_origin(options.origin);
  v1::ExplainPolicyReply reply;
  if (!session.Ask(&v1::Operator::Stub::ExplainPolicy, request, reply)) return;
  if (session.json) return PrintJson(reply);
  if (!reply.disclosed()) {
    PrintText(absl::StrCat("refused: ", text::Lines(reply.refusal())));
    PrintText(absl::StrCat("by: ", absl::StrJoin(reply.rules(), ", "), "\n\n"));
  }
  for (const std::string& advice : reply.advice()) PrintText(absl::StrCat(text::Lines(advice), "\n\n"));
  PrintText(absl::StrCat(reply.partner_facts(), "\n\n"));
  std::vector<std::vector<std::string>> rows = {{"FIELD", "CLASS", "GOES AT", "RULES", "WHY"}};
  for (const v1::FieldExplanation& field : reply.fields()) {
    rows.push_back({field.field(), field.class_(), field.rung().empty() ? "withheld" : field.rung(),
                    absl::StrJoin(field.rules(), ", "), field.sentence()});
  }
  PrintTable(rows);
  bool told = false;
  for (const v1::FieldExplanation& field : reply.fields()) {
    if (field.needs().empty()) continue;
    if (!std::exchange(told, true)) std::cout << "\nmore would go if all of this were true:\n";
    std::cout << field.field() << ":\n";
    for (const std::string& need : field.needs()) PrintText(absl::StrCat("  - ", text::Lines(need)));
  }
  for (const std::string& warning : reply.warnings()) PrintWarning(warning);
}

void Withdraw(Session& session, const PolicyOptions& options) {
  v1::WithdrawPoliciesRequest request;
  request.set_plan(options.plan);
  v1::WithdrawPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::WithdrawPolicies, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << "withdrawn: plan " << reply.plan() << ", which " << reply.by() << " applied " << reply.proposed() << " ("
            << reply.reason() << ")\n";
}

void ShowInForce(Session& session, const PolicyOptions& options) {
  v1::ShowPoliciesRequest request;
  request.set_baseline(options.baseline);
  v1::ShowPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::ShowPolicies, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cerr << "version " << reply.number() << (reply.number() == 0 ? ", the baseline alone" : "") << " ("
            << reply.policy_version() << ")" << (reply.applied().empty() ? "" : ", applied " + reply.applied()) << "\n";
  PrintPending(reply.pending());
  for (const v1::PolicyFile& file : reply.files()) std::cout << "// " << file.name() << "\n" << file.text() << "\n";
}

}  // namespace

bool ReadPolicyFiles(Session& session, const std::vector<std::string>& names,
                     google::protobuf::RepeatedPtrField<v1::PolicyFile>* out) {
  for (const std::string& name : names) {
    auto text = ReadTextFile(name, kPolicyFileLimit);
    if (!session.Check(text.status())) return false;
    v1::PolicyFile* file = out->Add();
    file->set_name(name);
    file->set_text(*std::move(text));
  }
  return true;
}

void PrintProblems(const google::protobuf::RepeatedPtrField<v1::PolicyProblem>& problems) {
  for (const v1::PolicyProblem& problem : problems) {
    std::cerr << text::Line(problem.file());
    if (problem.line() > 0) std::cerr << ":" << problem.line();
    if (problem.column() > 0) std::cerr << ":" << problem.column();
    std::cerr << ": " << problem.severity() << ": " << text::Lines(problem.message()) << "\n";
    if (!problem.excerpt().empty()) std::cerr << problem.excerpt() << "\n";  // two lines of our own making
  }
}

void PrintPartnerPlans(const google::protobuf::RepeatedPtrField<v1::PartnerPlan>& partners) {
  std::vector<std::vector<std::string>> rows = {
      {"PARTNER", "RECORDS GAINED", "RECORDS LOST", "FIELDS GAINED", "FIELDS LOST", "FINER", "COARSER"}};
  for (const v1::PartnerPlan& partner : partners) {
    rows.push_back({partner.organisation(), absl::StrCat(partner.records_gained()),
                    absl::StrCat(partner.records_lost()), absl::StrCat(partner.fields_gained()),
                    absl::StrCat(partner.fields_lost()), absl::StrCat(partner.fields_finer()),
                    absl::StrCat(partner.fields_coarser())});
  }
  PrintTable(rows);
  rows = {{"PARTNER", "KIND", "FIELD", "FROM", "TO", "IN RECORDS"}};
  const auto rung = [](const std::string& name) { return name.empty() ? std::string("nothing") : name; };
  for (const v1::PartnerPlan& partner : partners) {
    for (const v1::FieldChange& field : partner.fields()) {
      rows.push_back({partner.organisation(), field.kind(), field.field(), rung(field.before()), rung(field.after()),
                      absl::StrCat(field.fields())});
    }
  }
  if (rows.size() == 1) return;
  std::cout << "\n";
  PrintTable(rows);
}

void PrintPending(const google::protobuf::RepeatedPtrField<v1::PendingPolicies>& pending) {
  for (const v1::PendingPolicies& one : pending) {
    std::cerr << (one.lapsed() ? "lapsed: " : "waits for a second user: ") << "plan " << one.plan() << ", by "
              << one.by() << " " << one.proposed() << " (" << one.reason() << "): " << absl::StrJoin(one.files(), ", ")
              << "\n";
  }
}

void PrintApplied(Session& session, const v1::ApplyPoliciesReply& reply, const std::string& plan) {
  if (session.json) return PrintJson(reply);
  if (!reply.pending()) {
    std::cout << "in force: version " << reply.number() << " (" << reply.policy_version() << ")\n";
    return;
  }
  std::cout << "not in force: waits for a second user\n";
  std::cerr << "another user approves it with: tidegate policy approve " << plan << " --user NAME\n";
}

// The page that both users see, the one who applies and the one who approves.
static bool ShowPlan(Session& session, v1::Operator::Stub& stub, const v1::PolicyFilesRequest& request,
                     v1::PlanPoliciesReply& reply) {
  grpc::ClientContext context;
  if (!session.Check(stub.PlanPolicies(&context, request, &reply))) return false;
  if (reply.digest().empty()) session.exit_code = kRefused;
  if (session.json) return true;
  PrintProblems(reply.problems());
  if (reply.digest().empty()) return false;
  PrintPartnerPlans(reply.partners());
  std::cout << "\n";
  for (const v1::RuleDifference& rule : reply.rules()) {
    std::cout << (rule.change() == "removed" ? "dropped" : rule.change()) << " policy " << rule.rule() << "\n";
  }
  if (reply.rules().empty()) std::cout << "no policy is added, dropped or changed\n";
  for (const v1::PartnerPlan& partner : reply.partners()) {
    for (const std::string& example : partner.examples()) {
      PrintText(absl::StrCat("example for ", partner.organisation(), ": ", text::Line(example)));
    }
    for (const std::string& warning : partner.warnings()) {
      PrintWarning(absl::StrCat(partner.organisation(), ": ", text::Line(warning)));
    }
  }
  std::cerr << "the counts are over all our records; examples and warnings are from the newest " << reply.examined()
            << "\n";
  if (reply.unreadable() > 0) {
    std::cerr << reply.unreadable() << " of these cannot be read, so no example and no warning is about them (arrivals "
              << absl::StrJoin(reply.unreadable_arrivals(), ", ") << "); run `tidegate verify`\n";
  }
  return true;
}

void PlanPolicies(Session& session, const PolicyOptions& options) {
  if (options.files.empty() && options.version < 0 && options.plan.empty()) {
    return session.Usage("name policy files, `--version N`, or `--pending DIGEST`");
  }
  v1::PolicyFilesRequest request;
  if (!FillFiles(session, options, request)) return;
  request.set_drop(options.drop);
  request.set_pending(options.plan);
  auto stub = session.Connect();
  if (!stub) return;
  v1::PlanPoliciesReply reply;
  if (!ShowPlan(session, *stub, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << "plan: " << reply.digest() << "\n";
  if (!options.plan.empty()) {
    std::cerr << "put it in force with: tidegate policy approve " << reply.digest() << " --user NAME\n";
  } else if (options.version >= 0) {
    std::cerr << "apply it with: tidegate policy rollback " << options.version << " --plan " << reply.digest() << "\n";
  } else {
    std::cerr << "apply it with: tidegate policy apply " << absl::StrJoin(options.files, " ") << " --plan "
              << reply.digest() << "\n";
  }
}

// Shows the page first. A person at a terminal is asked; a script has said yes by naming the digest.
static void Approve(Session& session, const PolicyOptions& options) {
  auto stub = session.Connect();
  if (!stub) return;
  if (!session.json) {
    v1::PolicyFilesRequest asked;
    asked.set_pending(options.plan);
    *asked.mutable_asker() = session.Asker();
    v1::PlanPoliciesReply page;
    if (!ShowPlan(session, *stub, asked, page)) return;
    if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
      std::cerr << "put this in force? Type yes: " << std::flush;
      std::string answer;
      std::getline(std::cin, answer);
      if (answer != "yes") {
        session.exit_code = kRefused;
        std::cerr << "nothing was approved\n";
        return;
      }
    }
  }
  v1::ApprovePoliciesRequest request;
  request.set_plan(options.plan);
  *request.mutable_asker() = session.Asker();
  grpc::ClientContext context;
  v1::ApplyPoliciesReply reply;
  if (!session.Check(stub->ApprovePolicies(&context, request, &reply))) return;
  PrintApplied(session, reply, options.plan);
}

void ApplyPolicies(Session& session, const PolicyOptions& options) {
  v1::ApplyPoliciesRequest request;
  if (!FillFiles(session, options, request)) return;
  request.set_plan(options.plan);
  v1::ApplyPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::ApplyPolicies, request, reply)) return;
  PrintApplied(session, reply, options.plan);
}

// check, explain: what a policy says.
static void AddLooks(CLI::App* policy, Session& session, const std::shared_ptr<PolicyOptions>& options) {
  CLI::App* check = policy->add_subcommand("check", "Parse, validate and lint policy files; nothing changes");
  check->add_option("FILE", options->files, "Cedar policy files")->required();
  check->footer("Example:\n  tidegate --node ~/lantern policy check sharing.cedar");
  AddJson(check, session);
  check->callback([&session, options] { CheckFiles(session, *options); });

  CLI::App* explain =
      policy->add_subcommand("explain", "Explain field by field what a partner gets of a record, and why");
  explain->add_option("RECORD", options->record, "The record's id, or its first 4 digits or more")->required();
  explain->add_option("PARTNER", options->partner, "The partner")->required();
  AddOrigin(explain, options->origin);
  explain->footer("Example:\n  tidegate --node ~/lantern policy explain ID northbank --reason \"case 12\"");
  AddJson(explain, session);
  AddReader(explain, session);
  explain->callback([&session, options] { Explain(session, *options); });
}

// plan, apply, approve, withdraw: how a set of policies comes into force.
static void AddChanges(CLI::App* policy, Session& session, const std::shared_ptr<PolicyOptions>& options) {
  CLI::App* plan =
      policy->add_subcommand("plan", "Show what each partner would gain and lose, with the digest that `apply` needs");
  plan->add_option("FILE", options->files, "All policy files: a policy that is in none of them ends");
  plan->add_option("--version", options->version, "Instead of files: those of this earlier version");
  plan->add_option("--pending", options->plan, "Instead of files: what waits for a second user under this plan");
  plan->add_flag("--drop", options->drop, "Allow that the files leave out a policy that forbids");
  plan->footer("Example:\n  tidegate --node ~/lantern policy plan sharing.cedar children.cedar");
  AddJson(plan, session);
  AddAsker(plan, session);
  plan->callback([&session, options] { PlanPolicies(session, *options); });

  CLI::App* apply = policy->add_subcommand("apply", "Put a planned set of policies in force");
  apply->add_option("FILE", options->files, "The files that were planned")->required();
  apply->add_option("--plan", options->plan, "The digest that `policy plan` printed")->required();
  apply->footer("Example:\n  tidegate --node ~/lantern policy apply sharing.cedar --plan 7c0d...");
  AddJson(apply, session);
  AddAsker(apply, session);
  apply->callback([&session, options] { ApplyPolicies(session, *options); });

  CLI::App* approve =
      policy->add_subcommand("approve", "As a second user: look at a plan that waits for you, and put it in force");
  approve->add_option("PLAN", options->plan, "The plan's digest, as `policy history` lists it")->required();
  approve->footer("Example:\n  tidegate --node ~/lantern policy approve 7c0d... --user ben");
  AddJson(approve, session);
  AddAsker(approve, session);
  approve->callback([&session, options] { Approve(session, *options); });

  CLI::App* withdraw = policy->add_subcommand("withdraw", "Take back a plan that waits for a second user");
  withdraw->add_option("PLAN", options->plan, "The plan's digest, as `policy history` lists it")->required();
  withdraw->footer(
      "Example:\n  tidegate --node ~/lantern policy withdraw 7c0d... --user ana --reason \"planned too early\"");
  AddJson(withdraw, session);
  AddAsker(withdraw, session);
  withdraw->callback([&session, options] { Withdraw(session, *options); });
}

static void AddShow(CLI::App* policy, Session& session, const std::shared_ptr<PolicyOptions>& options) {
  CLI::App* show = policy->add_subcommand("show", "The policies in force");
  show->add_flag("--baseline", options->baseline, "Also the policies that every node starts from");
  show->footer(
      "Version 0 is the baseline alone. The digest of a version includes the name of this organisation:\n"
      "two nodes with the same policies have different digests.\nExample:\n  tidegate --node ~/lantern "
      "policy show --baseline");
  AddJson(show, session);
  show->callback([&session, options] { ShowInForce(session, *options); });
}

void AddPolicy(CLI::App& app, Session& session) {
  CLI::App* policy = app.add_subcommand("policy", "Write, check, preview and apply what may be shared with whom");
  policy->require_subcommand(1);
  policy->footer(
      "Examples:\n"
      "  tidegate --node ~/lantern policy check banks.cedar\n"
      "  tidegate --node ~/lantern policy plan banks.cedar police.cedar");
  const auto options = std::make_shared<PolicyOptions>();
  AddLooks(policy, session, options);
  AddChanges(policy, session, options);
  AddShow(policy, session, options);
  AddPolicyReview(*policy, session);
}

}  // namespace tidegate::command
