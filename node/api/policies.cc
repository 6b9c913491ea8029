#include "node/api/policies.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/api/advice.h"
#include "node/api/display.h"
#include "node/api/policy_versions.h"
#include "node/api/seen.h"
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

absl::StatusOr<policy::Digest> PlanFrom(const std::string& hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  auto plan = crypto::HashFrom(bytes);
  if (!plan.ok() || absl::BytesToHexString(bytes) != hex) {
    return absl::InvalidArgumentError("api: a plan is the digest that `policy plan` printed");
  }
  return plan;
}

// The files of a request, or those of the earlier version or the plan that it names.
template <typename Request>
absl::StatusOr<std::vector<policy::PolicySource>> Asked(const decision::Decisions& decisions,
                                                        const flow::PolicyGovernance& policies,
                                                        const Request& request) {
  if constexpr (std::is_same_v<Request, v1::PolicyFilesRequest>) {
    if (!request.pending().empty()) {
      auto plan = PlanFrom(request.pending());
      if (!plan.ok()) return plan.status();
      return policies.SourcesOf(*plan);
    }
  }
  if (!request.has_version()) return SourcesOf(request.files());
  if (request.files_size() > 0) {
    return absl::InvalidArgumentError("api: give policy files or an earlier version, not both");
  }
  auto version = decisions.Version(request.version());
  if (!version.ok()) return version.status();
  return std::move(version->sources);
}

v1::ApplyPoliciesReply Told(const flow::Applied& applied) {
  v1::ApplyPoliciesReply reply;
  reply.set_number(applied.version.number);
  reply.set_policy_version(HexOf(applied.version.digest));
  reply.set_pending(applied.pending);
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

constexpr size_t kMostFieldsNamed = 6;

// `ID: title nothing -> whole; place place.region -> place.exact`
std::string InWords(const reading::Example& example) {
  const auto rung = [](const std::string& name) { return name.empty() ? std::string("nothing") : name; };
  std::string text;
  const size_t told = std::min(example.changes.size(), kMostFieldsNamed);
  for (size_t i = 0; i < told; ++i) {
    const reading::RungChange& change = example.changes[i];
    absl::StrAppend(&text, text.empty() ? "" : "; ", change.field, " ", rung(change.before), " -> ",
                    rung(change.after));
  }
  if (example.changes.size() > told) absl::StrAppend(&text, "; and ", example.changes.size() - told, " more fields");
  return absl::StrCat(record::FormatRecordId(example.id), ": ", text);
}

void FillExamples(const reading::Examples& examples, v1::PlanPoliciesReply* plan) {
  plan->set_examined(examples.examined);
  TellUnread(examples.unread, *plan);
  for (v1::PartnerPlan& line : *plan->mutable_partners()) {
    for (const reading::PartnerExamples& of : examples.partners) {
      if (of.partner != line.organisation()) continue;
      for (const reading::Example& example : of.examples) line.add_examples(InWords(example));
      for (const reading::NarrativeWarning& warning : of.warnings) {
        line.add_warnings(absl::StrCat(record::FormatRecordId(warning.id), ": ", warning.text));
      }
    }
  }
}

}  // namespace

v1::CheckPoliciesReply CheckPolicies(const decision::Decisions& decisions, const std::vector<std::string>& names,
                                     const v1::PolicyFilesRequest& request) {
  const std::vector<policy::PolicySource> sources = SourcesOf(request.files());
  v1::CheckPoliciesReply reply;
  reply.set_valid(!FillProblems(decisions.Check(sources, names), reply.mutable_problems()));
  auto engine = decisions.Compile(sources);
  if (!engine.ok()) {
    reply.set_valid(false);
    return reply;
  }
  const auto& rules = (*engine)->rules();
  reply.set_policies(static_cast<uint32_t>(std::count_if(
      rules.begin(), rules.end(), [](const policy::Rule& rule) { return rule.file.rfind("baseline/", 0) != 0; })));
  return reply;
}

absl::StatusOr<v1::ExplainPolicyReply> ExplainPolicy(const partner::Directory& directory, reading::Reading& reading,
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
    for (const std::string& warning : explained->narratives) reply.add_warnings(warning);
  }
  for (const review::FieldExplanation& field : explained->explanation.fields) FillField(field, reply.add_fields());
  const partner::PartnerPtr partner = directory.Find(request.partner());
  if (partner == nullptr) return absl::NotFoundError("api: the partner was removed in the meantime");
  reply.set_partner_facts(review::DescribeParty(partner::PartyOf(*partner)));
  for (std::string& advice :
       AdviceFor(*partner, partner::PartyOf(*partner), request.id(), explained->handling, explained->explanation)) {
    reply.add_advice(std::move(advice));
  }
  for (const policy::SeenError& seen : explained->errors) {
    // Policies of every node read facts that a record of others may not have: then they forbid, as they should.
    if (seen.rule.file.rfind("baseline/", 0) == 0) continue;
    reply.add_warnings(absl::StrCat(seen.rule.Where(), " errs: ", seen.message));
  }
  return reply;
}

absl::StatusOr<v1::PlanPoliciesReply> PlanPolicies(const decision::Decisions& decisions,
                                                   const flow::PolicyGovernance& policies,
                                                   const std::vector<std::string>& names, reading::Reading& reading,
                                                   const policy::Principal& who,
                                                   const v1::PolicyFilesRequest& request) {
  auto sources = Asked(decisions, policies, request);
  if (!sources.ok()) return sources.status();
  v1::PlanPoliciesReply reply;
  reply.set_from_version(HexOf(decisions.engine()->version()));
  if (FillProblems(decisions.Check(*sources, names), reply.mutable_problems())) return reply;
  auto after = decisions.Compile(*sources);
  if (!after.ok()) return after.status();
  auto plan = policies.Plan(**after);
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
  auto examples = reading.ExamplesOf({who, request.asker().reason(), "policy plan"}, *after);
  if (!examples.ok()) return examples.status();
  FillExamples(*examples, &reply);
  return reply;
}

absl::StatusOr<v1::ApplyPoliciesReply> ApplyPolicies(const decision::Decisions& decisions,
                                                     flow::PolicyGovernance& policies, const policy::Principal& who,
                                                     const v1::ApplyPoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto sources = Asked(decisions, policies, request);
  if (!sources.ok()) return sources.status();
  auto applied = policies.Apply(*sources, *plan, who, request.asker().reason());
  if (!applied.ok()) return applied.status();
  return Told(*applied);
}

absl::StatusOr<v1::ApplyPoliciesReply> ApprovePolicies(flow::PolicyGovernance& policies, const policy::Principal& who,
                                                       const v1::ApprovePoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto applied = policies.Approve(*plan, who, request.asker().reason());
  if (!applied.ok()) return applied.status();
  return Told(*applied);
}

absl::StatusOr<v1::WithdrawPoliciesReply> WithdrawPolicies(flow::PolicyGovernance& policies,
                                                           const policy::Principal& who,
                                                           const v1::WithdrawPoliciesRequest& request) {
  auto plan = PlanFrom(request.plan());
  if (!plan.ok()) return plan.status();
  auto withdrawn = policies.Withdraw(*plan, who, request.asker().reason());
  if (!withdrawn.ok()) return withdrawn.status();
  v1::WithdrawPoliciesReply reply;
  reply.set_plan(HexOf(*plan));
  reply.set_proposed(FormatTime(withdrawn->proposed_ms));
  reply.set_by(withdrawn->user);
  reply.set_reason(withdrawn->reason);
  return reply;
}

absl::StatusOr<v1::ShowPoliciesReply> ShowPolicies(const decision::Decisions& decisions,
                                                   const flow::PolicyGovernance& policies,
                                                   const v1::ShowPoliciesRequest& request) {
  const decision::PolicyVersion version = decisions.in_force();
  v1::ShowPoliciesReply reply;
  reply.set_number(version.number);
  reply.set_policy_version(HexOf(version.digest));
  reply.set_applied(FormatTime(version.applied_ms));
  reply.set_by(version.user);
  reply.set_reason(version.reason);
  reply.set_approved_by(version.approver);
  if (auto status = FillPending(policies, reply.mutable_pending()); !status.ok()) return status;
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
