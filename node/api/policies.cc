#include "node/api/policies.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/api/advice.h"
#include "node/api/display.h"
#include "node/api/narratives.h"
#include "node/api/policy_versions.h"
#include "policy/review/review.h"

namespace tidegate::api {
std::vector<policy::PolicySource> SourcesOf(const google::protobuf::RepeatedPtrField<v1::PolicyFile>& files) {
  std::vector<policy::PolicySource> sources;
  for (const v1::PolicyFile& file : files) sources.push_back({file.name(), file.text()});
  return sources;
}

bool FillProblems(const std::vector<policy::Diagnostic>& diagnostics,
                  google::protobuf::RepeatedPtrField<v1::PolicyProblem>* out) {
  bool error = false;
  for (const policy::Diagnostic& diagnostic : diagnostics) {
    v1::PolicyProblem* problem = out->Add();
    const bool is_error = diagnostic.severity == policy::Severity::kError;
    error = error || is_error;
    problem->set_severity(is_error ? "error" : "warning");
    problem->set_file(diagnostic.file);
    problem->set_line(diagnostic.line);
    problem->set_column(diagnostic.column);
    problem->set_message(diagnostic.message);
    problem->set_excerpt(diagnostic.excerpt);
  }
  return error;
}

namespace {

// What one user applied and a second must approve. What has lapsed is no longer what was applied.
absl::StatusOr<std::vector<policy::PolicySource>> Waiting(const Rooms& rooms, const std::string& plan) {
  auto waiting = rooms.decisions.Pending(Parties(rooms.directory));
  if (!waiting.ok()) return waiting.status();
  for (decision::PendingApplication& pending : *waiting) {
    if (HexOf(pending.plan) != plan) continue;
    if (!pending.lapsed) return std::move(pending.sources);
    return absl::FailedPreconditionError(
        "api: this application has lapsed: policies, partners or what they would get have changed since it was "
        "planned; "
        "run `policy plan` and `policy apply` again");
  }
  return absl::NotFoundError("api: nothing waits under that plan; `policy history` lists what does");
}

// A set is the whole of what holds: a forbid that it leaves out no longer forbids.
void RefuseDropped(const review::Plan& plan, v1::PlanPoliciesReply& reply) {
  for (const review::RuleDifference& difference : plan.rules) {
    const bool dropped = difference.kind == review::RuleDifference::Kind::kRemoved;
    if (!dropped || difference.rule.effect != policy::Effect::kForbid) continue;
    v1::PolicyProblem* problem = reply.add_problems();
    problem->set_severity("error");
    problem->set_file(difference.rule.file);
    problem->set_line(difference.rule.line);
    problem->set_message(absl::StrCat("the plan drops `", difference.rule.Where(),
                                      "`, which forbids: the files of a plan are the whole set. Name its file too, or "
                                      "say `--drop` if it is to end"));
  }
}

// The files of a request, or those of the earlier version or the plan that it names.
template <typename Request>
absl::StatusOr<std::vector<policy::PolicySource>> Asked(const Rooms& rooms, const Request& request) {
  if constexpr (std::is_same_v<Request, v1::PolicyFilesRequest>) {
    if (!request.pending().empty()) return Waiting(rooms, request.pending());
  }
  if (!request.has_version()) return SourcesOf(request.files());
  if (request.files_size() > 0) {
    return absl::InvalidArgumentError("api: give policy files or an earlier version, not both");
  }
  auto version = rooms.decisions.Version(request.version());
  if (!version.ok()) return version.status();
  return std::move(version->sources);
}

absl::StatusOr<policy::Digest> PlanFrom(const std::string& hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  auto plan = crypto::HashFrom(bytes);
  if (!plan.ok() || absl::BytesToHexString(bytes) != hex) {
    return absl::InvalidArgumentError("api: a plan is the digest that `policy plan` printed");
  }
  return plan;
}

// Who applies, approves or withdraws. Where it takes two people the owner of the socket is nobody in particular: twice
// the same, or anyone.
std::string PersonOf(const Rooms& rooms, const policy::Principal& who) {
  return who.named() || rooms.decisions.approvals() < 2 ? who.user() : "";
}

// The register's entry for an application, by whoever's deed it is.
decision::AlsoWrite Registering(const Rooms& rooms, const policy::Digest& plan, const std::string& reason) {
  return [&rooms, plan, reason](store::WriteTransaction& transaction, const decision::Application& application,
                                const std::string& user) {
    if (application.pending) {
      const ledger::PolicyProposed entry{rooms.now_ms(), user, reason, application.version.digest, plan};
      return rooms.disclosures.Append(transaction, entry).status();
    }
    const ledger::PolicyApplied entry{application.version.applied_ms, user, reason, application.version.digest, plan};
    return rooms.disclosures.Append(transaction, entry).status();
  };
}

v1::ApplyPoliciesReply Told(const decision::Application& application) {
  v1::ApplyPoliciesReply reply;
  reply.set_number(application.version.number);
  reply.set_policy_version(HexOf(application.version.digest));
  reply.set_pending(application.pending);
  return reply;
}

void FillField(const review::FieldExplanation& field, v1::FieldExplanation* out) {
  out->set_field(field.name);
  out->set_class_(field.field_class);
  if (field.rung != policy::kWithheld) out->set_rung(field.precision);
  for (const policy::Rule& rule : field.permitted_by) out->add_rules(rule.Where());
  for (const policy::Rule& rule : field.forbidden_by) out->add_rules(rule.Where());
  out->set_sentence(field.sentence);
  for (const std::string& need : field.needs) out->add_needs(need);
}

}  // namespace

v1::CheckPoliciesReply CheckPolicies(const Rooms& rooms, const v1::PolicyFilesRequest& request) {
  const std::vector<policy::PolicySource> sources = SourcesOf(request.files());
  v1::CheckPoliciesReply reply;
  reply.set_valid(!FillProblems(rooms.decisions.Check(sources, Parties(rooms.directory)), reply.mutable_problems()));
  auto engine = rooms.decisions.Compile(sources);
  if (!engine.ok()) {
    reply.set_valid(false);
    return reply;
  }
  const auto& rules = (*engine)->rules();
  reply.set_policies(static_cast<uint32_t>(std::count_if(
      rules.begin(), rules.end(), [](const policy::Rule& rule) { return rule.file.rfind("baseline/", 0) != 0; })));
  return reply;
}

absl::StatusOr<v1::ExplainPolicyReply> ExplainPolicy(const Rooms& rooms, reading::Reading& reading,
                                                     const policy::Principal& who,
                                                     const v1::ExplainPolicyRequest& request) {
  auto explained =
      reading.Explain({who, request.asker().reason(), "explain"}, request.id(), request.partner(), request.origin());
  if (!explained.ok()) return explained.status();
  v1::ExplainPolicyReply reply;
  reply.set_policy_version(HexOf(explained->version));
  reply.set_disclosed(explained->disclosed);
  if (explained->refusal) {
    reply.set_refusal(explained->refusal->sentence);
    for (const policy::Rule& rule : explained->refusal->rules) reply.add_rules(rule.Where());
  } else {
    if (!explained->disclosed) {
      reply.set_refusal("policy lets this partner see none of the fields that the record fills");
    }
    auto told = NarrativesThatTell(explained->view, explained->rungs);
    if (!told.ok()) return told.status();
    for (const std::string& warning : *told) reply.add_warnings(warning);
  }
  for (const review::FieldExplanation& field : explained->explanation.fields) FillField(field, reply.add_fields());
  const partner::PartnerPtr partner = rooms.directory.Find(request.partner());
  if (partner == nullptr) return absl::NotFoundError("api: the partner was removed in the meantime");
  reply.set_partner_facts(review::DescribeParty(PartyOf(*partner)));
  auto statement = record::ParseStatement(explained->view.statement);
  if (!statement.ok()) return statement.status();
  auto handling = record::DecodeHandling(statement->handling);
  if (!handling.ok()) return handling.status();
  for (std::string& advice : AdviceFor(*partner, PartyOf(*partner), request.id(), *handling, explained->explanation)) {
    reply.add_advice(std::move(advice));
  }
  for (const policy::SeenError& seen : explained->errors) {
    // Policies of every node read facts that a record of others may not have: then they forbid, as they should.
    if (seen.rule.file.rfind("baseline/", 0) == 0) continue;
    reply.add_warnings(absl::StrCat(seen.rule.Where(), " errs: ", seen.message));
  }
  return reply;
}

absl::StatusOr<v1::PlanPoliciesReply> PlanPolicies(const Rooms& rooms, const v1::PolicyFilesRequest& request) {
  auto sources = Asked(rooms, request);
  if (!sources.ok()) return sources.status();
  v1::PlanPoliciesReply reply;
  reply.set_from_version(HexOf(rooms.decisions.engine()->version()));
  if (FillProblems(rooms.decisions.Check(*sources, Parties(rooms.directory)), reply.mutable_problems())) return reply;
  auto after = rooms.decisions.Compile(*sources);
  if (!after.ok()) return after.status();
  auto plan = rooms.decisions.Plan(**after, Parties(rooms.directory));
  if (!plan.ok()) return plan.status();
  if (!request.drop() && request.pending().empty()) RefuseDropped(*plan, reply);
  FillRules(plan->rules, reply.mutable_rules());
  if (std::any_of(reply.problems().begin(), reply.problems().end(),
                  [](const v1::PolicyProblem& problem) { return problem.severity() == "error"; })) {
    return reply;
  }
  reply.set_digest(HexOf(plan->digest));
  reply.set_to_version(HexOf((*after)->version()));
  FillPartnerPlans(**after, *plan, reply.mutable_partners());
  if (auto status = AddExamples(rooms, *after, &reply); !status.ok()) return status;
  return reply;
}

absl::StatusOr<v1::ApplyPoliciesReply> ApplyPolicies(const Rooms& rooms, const policy::Principal& who,
                                                     const v1::ApplyPoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto sources = Asked(rooms, request);
  if (!sources.ok()) return sources.status();
  auto application =
      rooms.decisions.Apply(*sources, *plan, Parties(rooms.directory), PersonOf(rooms, who), request.asker().reason(),
                            rooms.now_ms(), Registering(rooms, *plan, request.asker().reason()));
  if (!application.ok()) return application.status();
  return Told(*application);
}

absl::StatusOr<v1::ApplyPoliciesReply> ApprovePolicies(const Rooms& rooms, const policy::Principal& who,
                                                       const v1::ApprovePoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto application = rooms.decisions.Approve(*plan, Parties(rooms.directory), PersonOf(rooms, who), rooms.now_ms(),
                                             Registering(rooms, *plan, request.asker().reason()));
  if (!application.ok()) return application.status();
  return Told(*application);
}

absl::StatusOr<v1::WithdrawPoliciesReply> WithdrawPolicies(const Rooms& rooms, const policy::Principal& who,
                                                           const v1::WithdrawPoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto withdrawn = rooms.decisions.Withdraw(
      *plan, who.named() ? who.user() : "",
      [&](store::WriteTransaction& transaction, const decision::PendingApplication&) {
        const ledger::PolicyWithdrawn entry{rooms.now_ms(), who.user(), request.asker().reason(), *plan};
        return rooms.disclosures.Append(transaction, entry).status();
      });
  if (!withdrawn.ok()) return withdrawn.status();
  v1::WithdrawPoliciesReply reply;
  reply.set_plan(HexOf(*plan));
  reply.set_proposed(FormatTime(withdrawn->proposed_ms));
  reply.set_by(withdrawn->user);
  reply.set_reason(withdrawn->reason);
  return reply;
}

absl::StatusOr<v1::ShowPoliciesReply> ShowPolicies(const Rooms& rooms, const v1::ShowPoliciesRequest& request) {
  const decision::PolicyVersion version = rooms.decisions.in_force();
  v1::ShowPoliciesReply reply;
  reply.set_number(version.number);
  reply.set_policy_version(HexOf(version.digest));
  reply.set_applied(FormatTime(version.applied_ms));
  reply.set_by(version.user);
  reply.set_reason(version.reason);
  reply.set_approved_by(version.approver);
  if (auto status = FillPending(rooms, reply.mutable_pending()); !status.ok()) return status;
  if (request.baseline()) {
    for (const policy::PolicySource& source : policy::BaselineSources()) {
      v1::PolicyFile* file = reply.add_files();
      file->set_name(source.file);
      file->set_text(source.text);
    }
  }
  for (const policy::PolicySource& source : version.sources) {
    v1::PolicyFile* file = reply.add_files();
    file->set_name(source.file);
    file->set_text(source.text);
  }
  return reply;
}

}  // namespace tidegate::api
