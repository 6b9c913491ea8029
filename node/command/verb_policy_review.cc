#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "node/command/policy_files.h"
#include "node/command/print.h"
#include "node/command/session.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::command {
namespace {

struct ReviewOptions {
  std::vector<std::string> cases;
  std::vector<std::string> policies;
  std::vector<std::string> partners;
  std::vector<std::string> kinds;
  std::vector<std::string> tlps;
  std::vector<uint32_t> versions;
  bool html = false;
};

void FillCases(const review::CaseNode& from, v1::CaseNode* node) {
  node->set_line(from.line);
  node->set_column(from.column);
  switch (from.type) {
    case review::CaseNode::Type::kText:
      node->set_text(from.text);
      break;
    case review::CaseNode::Type::kFlag:
      node->set_flag(from.flag);
      break;
    case review::CaseNode::Type::kList:
      node->mutable_list();
      for (const review::CaseNode& item : from.items) FillCases(item, node->mutable_list()->add_items());
      break;
    case review::CaseNode::Type::kTable:
      node->mutable_table();
      for (const review::CaseMember& member : from.members) {
        v1::CaseMember* to = node->mutable_table()->add_members();
        to->set_key(member.key);
        to->set_line(member.line);
        to->set_column(member.column);
        FillCases(member.value, to->mutable_value());
      }
      break;
    case review::CaseNode::Type::kOther:
      break;
  }
}

// Parses the files of cases here, so that the node that serves runs no parser over them. Gives what is wrong.
v1::TestPoliciesReply ParseAll(v1::TestPoliciesRequest& request) {
  v1::TestPoliciesReply wrong;
  for (const v1::PolicyFile& file : request.cases()) {
    const auto root = review::ParseCases(file.text(), file.name());
    if (root.ok()) {
      FillCases(*root, request.add_parsed());
      continue;
    }
    const policy::Diagnostic found = policy::DiagnosticFrom(file.name(), root.status());
    v1::PolicyProblem* problem = wrong.add_problems();
    problem->set_severity("error");
    problem->set_file(found.file);
    problem->set_line(found.line);
    problem->set_column(found.column);
    problem->set_message(found.message);
    problem->set_excerpt(found.excerpt);
  }
  return wrong;
}

void Test(Session& session, const ReviewOptions& options) {
  v1::TestPoliciesRequest request;
  if (!ReadPolicyFiles(session, options.cases, request.mutable_cases())) return;
  if (const v1::TestPoliciesReply wrong = ParseAll(request); !wrong.problems().empty()) {
    session.exit_code = kRefused;
    if (session.json) return PrintJson(wrong);
    return PrintProblems(wrong.problems());
  }
  if (!ReadPolicyFiles(session, options.policies, request.mutable_policies())) return;
  request.set_given(!options.policies.empty());
  v1::TestPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::TestPolicies, request, reply)) return;
  const bool ran = !reply.policy_version().empty();
  if (!ran || reply.failed() > 0) session.exit_code = kRefused;
  if (session.json) return PrintJson(reply);
  PrintProblems(reply.problems());
  if (!ran) return;
  for (const v1::PolicyCase& one : reply.cases()) {
    for (const std::string& failure : one.failures()) {
      std::cout << one.file() << ":" << one.line() << ": " << one.name() << ": " << failure << "\n";
    }
  }
  std::cout << reply.passed() << " passed, " << reply.failed() << " failed\n";
}

void Matrix(Session& session, const ReviewOptions& options) {
  v1::PolicyMatrixRequest request;
  request.mutable_partners()->Assign(options.partners.begin(), options.partners.end());
  request.mutable_kinds()->Assign(options.kinds.begin(), options.kinds.end());
  request.mutable_tlps()->Assign(options.tlps.begin(), options.tlps.end());
  request.set_html(options.html);
  if (!ReadPolicyFiles(session, options.policies, request.mutable_policies())) return;
  request.set_given(!options.policies.empty());
  v1::PolicyMatrixReply reply;
  if (!session.Ask(&v1::Operator::Stub::PolicyMatrix, request, reply)) return;
  if (reply.page().empty()) session.exit_code = kRefused;
  if (session.json) {
    reply.clear_page();
    return PrintJson(reply);
  }
  PrintProblems(reply.problems());
  if (options.html) {
    std::cout << reply.page();
  } else if (!reply.page().empty()) {
    PrintText(reply.page());
  }
}

void History(Session& session) {
  v1::PolicyHistoryReply reply;
  if (!session.Ask(&v1::Operator::Stub::PolicyHistory, {}, reply)) return;
  if (session.json) return PrintJson(reply);
  std::vector<std::vector<std::string>> rows = {
      {"VERSION", "", "APPLIED", "BY", "APPROVED BY", "REASON", "POLICY VERSION"}};
  for (const v1::PolicyVersionLine& version : reply.versions()) {
    rows.push_back({absl::StrCat(version.number()), version.in_force() ? "in force" : "", version.applied(),
                    version.by(), version.approved_by(), version.reason(), version.policy_version()});
  }
  PrintTable(rows);
  PrintPending(reply.pending());
}

void Diff(Session& session, const ReviewOptions& options) {
  v1::DiffPoliciesRequest request;
  if (!options.versions.empty()) request.set_from(options.versions[0]);
  if (options.versions.size() > 1) request.set_to(options.versions[1]);
  v1::DiffPoliciesReply reply;
  if (!session.Ask(&v1::Operator::Stub::DiffPolicies, request, reply)) return;
  if (session.json) return PrintJson(reply);
  std::cout << "version " << reply.from() << " to version " << reply.to() << "\n\n" << reply.sources();
  std::cout << (reply.rules().empty() ? "\nno policy means anything else\n" : "\nwhat changes in meaning:\n");
  for (const v1::RuleDifference& rule : reply.rules()) {
    std::cout << rule.change() << " " << rule.rule() << "\n";
    if (!rule.before().empty()) std::cout << "before:\n" << rule.before() << "\n";
    if (!rule.after().empty()) std::cout << "after:\n" << rule.after() << "\n";
  }
  if (reply.partners().empty()) return;
  std::cout << "\n";
  PrintPartnerPlans(reply.partners());
}

void Rollback(Session& session, const PolicyOptions& options) {
  if (options.plan.empty()) return PlanPolicies(session, options);
  ApplyPolicies(session, options);
}

}  // namespace

void AddPolicyReview(CLI::App& policy, Session& session) {
  auto options = std::make_shared<ReviewOptions>();
  CLI::App* test = policy.add_subcommand("test", "Test the policies in force, or other policies, with your own cases");
  test->add_option("FILE", options->cases, "Files of cases")->required();
  test->add_option("--policies", options->policies, "Against these policy files instead of those in force");
  test->footer("Example:\n  tidegate --node ~/lantern policy test sharing-cases.toml --policies sharing.cedar");
  AddJson(test, session);
  test->callback([&session, options] { Test(session, *options); });

  CLI::App* matrix = policy.add_subcommand("matrix", "The most that each partner may get: the page to print and sign");
  matrix->add_option("--policies", options->policies, "Under these policy files instead of those in force");
  matrix->add_option("--partner", options->partners, "Only this partner (repeat for several)");
  matrix->add_option("--kind", options->kinds, "Only this kind of record (repeat for several)");
  matrix->add_option("--tlp", options->tlps, "Only this TLP (repeat for several)");
  matrix->add_flag("--html", options->html, "One self-contained page for printing");
  matrix->footer("Example:\n  tidegate --node ~/lantern policy matrix --partner northbank --html > page.html");
  AddJson(matrix, session);
  matrix->callback([&session, options] { Matrix(session, *options); });

  CLI::App* history = policy.add_subcommand("history", "Every version: who put it in force, when and why");
  history->footer("Example:\n  tidegate --node ~/lantern policy history");
  AddJson(history, session);
  history->callback([&session] { History(session); });

  CLI::App* diff = policy.add_subcommand("diff", "How two versions differ, in text, in meaning and for each partner");
  diff->add_option("VERSION", options->versions,
                   "The first version (default: the one before) and the second (default: the one in force)")
      ->expected(0, 2);
  diff->footer("Example:\n  tidegate --node ~/lantern policy diff 3 4");
  AddJson(diff, session);
  diff->callback([&session, options] { Diff(session, *options); });

  auto back = std::make_shared<PolicyOptions>();
  CLI::App* rollback = policy.add_subcommand("rollback", "Plan an earlier version; with --plan put it in force again");
  rollback->add_option("VERSION", back->version, "Its number in `policy history`")
      ->required()
      ->check(CLI::NonNegativeNumber);
  rollback->add_option("--plan", back->plan, "The digest that the rollback without --plan printed");
  rollback->add_flag("--drop", back->drop, "Allow that this version leaves out a policy that forbids");
  rollback->footer(
      "Example:\n  tidegate --node ~/lantern policy rollback 3\n  tidegate --node ~/lantern policy rollback 3 --plan "
      "7c0d...");
  AddJson(rollback, session);
  AddAsker(rollback, session);
  rollback->callback([&session, back] { Rollback(session, *back); });
}

}  // namespace tidegate::command
