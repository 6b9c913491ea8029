#include "node/api/policy_versions.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/display.h"

namespace tidegate::api {
namespace {

// A slot's rung in words; empty for nothing.
std::string RungName(const policy::KindShape& kind, uint16_t slot, int8_t rung) {
  if (rung == policy::kWithheld || slot >= kind.slots.size()) return "";
  const std::vector<std::string>& rungs = kind.slots[slot].precisions;
  return static_cast<size_t>(rung) < rungs.size() ? rungs[static_cast<size_t>(rung)] : "";
}

}  // namespace

void FillPartnerPlans(const policy::Engine& engine, const review::Plan& plan,
                      google::protobuf::RepeatedPtrField<v1::PartnerPlan>* out) {
  for (const review::PartnerPlan& partner : plan.partners) {
    v1::PartnerPlan* line = out->Add();
    line->set_organisation(partner.partner);
    line->set_records_gained(partner.records_gained);
    line->set_records_lost(partner.records_lost);
    line->set_fields_gained(partner.fields_gained);
    line->set_fields_lost(partner.fields_lost);
    line->set_fields_finer(static_cast<uint32_t>(partner.fields_finer));
    line->set_fields_coarser(static_cast<uint32_t>(partner.fields_coarser));
    for (const review::FieldChange& change : partner.field_changes) {
      const policy::KindShape* kind = engine.FindKind(change.kind);
      if (kind == nullptr || change.slot >= kind->slots.size()) continue;
      v1::FieldChange* field = line->add_fields();
      field->set_kind(kind->name);
      field->set_field(kind->slots[change.slot].name);
      field->set_before(RungName(*kind, change.slot, change.before));
      field->set_after(RungName(*kind, change.slot, change.after));
      field->set_fields(static_cast<uint32_t>(change.fields));
    }
  }
}

void FillRules(const std::vector<review::RuleDifference>& rules,
               google::protobuf::RepeatedPtrField<v1::RuleDifference>* out) {
  for (const review::RuleDifference& difference : rules) {
    v1::RuleDifference* line = out->Add();
    switch (difference.kind) {
      case review::RuleDifference::Kind::kAdded:
        line->set_change("added");
        break;
      case review::RuleDifference::Kind::kRemoved:
        line->set_change("removed");
        break;
      case review::RuleDifference::Kind::kChanged:
        line->set_change("changed");
        break;
    }
    line->set_rule(difference.rule.Where());
    line->set_before(difference.before);
    line->set_after(difference.after);
  }
}

absl::Status FillPending(const flow::PolicyGovernance& policies,
                         google::protobuf::RepeatedPtrField<v1::PendingPolicies>* out) {
  auto waiting = policies.Waiting();
  if (!waiting.ok()) return waiting.status();
  for (const auto& [pending, lapsed] : *waiting) {
    v1::PendingPolicies* line = out->Add();
    line->set_plan(HexOf(pending.plan));
    line->set_proposed(FormatTime(pending.proposed_ms));
    line->set_by(pending.user);
    line->set_reason(pending.reason);
    line->set_lapsed(lapsed);
    for (const policy::PolicySource& source : pending.sources) line->add_files(source.file);
  }
  return absl::OkStatus();
}

std::optional<uint32_t> NumberOf(const std::vector<decision::PolicyVersion>& history, const policy::Digest& digest,
                                 uint64_t at_ms) {
  for (const decision::PolicyVersion& version : history) {
    if (version.digest == digest && version.applied_ms <= at_ms) return version.number;
  }
  return std::nullopt;
}

absl::StatusOr<v1::PolicyHistoryReply> PolicyHistory(const decision::Decisions& decisions,
                                                     const flow::PolicyGovernance& policies) {
  auto history = decisions.History();
  if (!history.ok()) return history.status();
  v1::PolicyHistoryReply reply;
  for (const decision::PolicyVersion& version : *history) {
    v1::PolicyVersionLine* line = reply.add_versions();
    line->set_number(version.number);
    line->set_policy_version(HexOf(version.digest));
    line->set_applied(FormatTime(version.applied_ms));
    line->set_by(version.user);
    line->set_approved_by(version.approver);
    line->set_reason(version.number == 0 ? "the baseline alone; the name of the node is part of the hash"
                                         : version.reason);
    line->set_in_force(version.number == history->front().number);
  }
  if (auto status = FillPending(policies, reply.mutable_pending()); !status.ok()) return status;
  return reply;
}

absl::StatusOr<v1::DiffPoliciesReply> DiffPolicies(const decision::Decisions& decisions,
                                                   const partner::Directory& directory,
                                                   const v1::DiffPoliciesRequest& request) {
  const uint32_t to = request.has_to() ? request.to() : decisions.in_force().number;
  if (!request.has_from() && to == 0) {
    return absl::InvalidArgumentError("api: nothing came before the baseline; name two versions");
  }
  const uint32_t from = request.has_from() ? request.from() : to - 1;
  auto before = decisions.Version(from);
  if (!before.ok()) return before.status();
  auto after = decisions.Version(to);
  if (!after.ok()) return after.status();
  auto old_engine = decisions.Compile(before->sources);
  if (!old_engine.ok()) return old_engine.status();
  auto new_engine = decisions.Compile(after->sources);
  if (!new_engine.ok()) return new_engine.status();

  v1::DiffPoliciesReply reply;
  reply.set_from(from);
  reply.set_to(to);
  reply.set_sources(decision::DiffSources(before->sources, after->sources));
  FillRules(review::DiffRules(**old_engine, **new_engine), reply.mutable_rules());
  auto plan = decisions.Compare(**old_engine, **new_engine, partner::Parties(directory));
  if (!plan.ok()) return plan.status();
  FillPartnerPlans(**new_engine, *plan, reply.mutable_partners());
  return reply;
}

}  // namespace tidegate::api
