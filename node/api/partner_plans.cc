#include "node/api/partner_plans.h"

#include <utility>

#include "node/api/deciding.h"
#include "node/api/display.h"
#include "node/api/partners.h"

namespace tidegate::api {
namespace {

v1::WaitingPlan Told(const flow::FirstWord& word) {
  v1::WaitingPlan plan;
  plan.set_plan(HexOf(word.digest));
  if (word.proposal) {
    plan.set_organisation(word.proposal->organisation);
    plan.set_change(word.proposal->InWords());
  }
  plan.set_proposed(FormatTime(word.deed.at_ms));
  plan.set_by(word.deed.user);
  plan.set_reason(word.deed.reason);
  return plan;
}

}  // namespace

absl::StatusOr<v1::ListPartnerPlansReply> ListPartnerPlans(const flow::Governance& governance) {
  auto waiting = governance.Waits();
  if (!waiting.ok()) return waiting.status();
  v1::ListPartnerPlansReply reply;
  for (const flow::WaitingChange& one : *waiting) {
    v1::WaitingPlan* plan = reply.add_plans();
    *plan = Told(one.first);
    plan->set_lapsed(!one.weighed);
    if (one.weighed) Fill(*one.weighed, plan->mutable_would_go());
  }
  return reply;
}

absl::StatusOr<v1::PartnerReply> ApprovePartnerPlan(const partner::Directory& directory, const policy::Principal& who,
                                                    uint64_t now_ms, flow::Lines& lines, flow::Governance& governance,
                                                    const v1::ApprovePartnerPlanRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto digest = ShownDigest(request.plan());
  if (!digest.ok()) return digest.status();
  auto decided = governance.Approve(*digest, *act);
  if (!decided.ok()) return decided.status();
  const std::string& organisation = decided->proposal.organisation;
  if (!decided->pending && decided->proposal.kind == flow::ProposalKind::kConfirm) {
    lines.Introduce(organisation).IgnoreError();  // where they cannot be reached the followers tell them later
  }
  auto reply = Now(directory, organisation);
  if (!reply.ok()) return reply;
  Fill(decided->weighed, reply->mutable_would_go());
  reply->set_pending(decided->pending);
  return reply;
}

absl::StatusOr<v1::WaitingPlan> WithdrawPartnerPlan(const policy::Principal& who, uint64_t now_ms,
                                                    flow::Governance& governance,
                                                    const v1::WithdrawPartnerPlanRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto digest = ShownDigest(request.plan());
  if (!digest.ok()) return digest.status();
  auto withdrawn = governance.Withdraw(*digest, *act);
  if (!withdrawn.ok()) return withdrawn.status();
  return Told(*withdrawn);
}

}  // namespace tidegate::api
