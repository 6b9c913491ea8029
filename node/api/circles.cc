#include "node/api/circles.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "node/api/deciding.h"

namespace tidegate::api {
namespace {

v1::CircleReply Describe(const partner::Circle& circle) {
  v1::CircleReply reply;
  reply.set_circle(circle.name);
  for (const std::string& organisation : circle.organisations) reply.add_organisations(organisation);
  return reply;
}

// A circle that a partner is put into or taken out of.
template <typename Request>
absl::StatusOr<v1::CircleReply> Move(const partner::Directory& directory, const policy::Principal& who, uint64_t now_ms,
                                     flow::Governance& governance, const Request& request, flow::ProposalKind kind) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  const flow::Proposal proposed{.organisation = request.organisation(), .kind = kind, .circle = request.circle()};
  auto decided = Decide(governance, proposed, request, *act);
  if (!decided.ok()) return decided.status();
  v1::CircleReply reply;
  for (const partner::Circle& circle : directory.Circles()) {
    if (circle.name == request.circle()) reply = Describe(circle);
  }
  reply.set_circle(request.circle());
  Fill(decided->weighed, reply.mutable_would_go());
  reply.set_pending(decided->pending);
  return reply;
}

// Policies may forbid what is in a circle, so its end can open something.
absl::Status EndOpensNothing(const partner::Directory& directory, const flow::Governance& governance,
                             const std::string& name) {
  for (const partner::Circle& circle : directory.Circles()) {
    if (circle.name != name) continue;
    for (const std::string& member : circle.organisations) {
      auto weighed =
          governance.Weigh({.organisation = member, .kind = flow::ProposalKind::kLeaveCircle, .circle = name});
      if (!weighed.ok()) return weighed.status();
      if (!weighed->opens()) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("api: `", member,
                       "` would receive more records without this circle; drop its members first: "
                       "`tidegate circle drop ",
                       name, " ", member, "` shows what would go"));
    }
  }
  return absl::OkStatus();
}

// What still names a circle that no longer exists.
std::vector<std::string> Left(const flow::Namings& namings, const std::string& name) {
  std::vector<std::string> left;
  for (const std::string& policy : namings.policies) {
    left.push_back(absl::StrCat(policy, " names the circle `", name, "`, in which nobody is now"));
  }
  if (namings.records > 0) {
    left.push_back(absl::StrCat("conditions of ", namings.records,
                                namings.records == 1 ? " record name" : " records name", " the circle `", name,
                                "`; they go to nobody until you amend them"));
  }
  return left;
}

void TellDecisions(const partner::Directory& directory, decision::Decisions& decisions) {
  std::vector<std::string> names;
  for (const partner::Circle& circle : directory.Circles()) names.push_back(circle.name);
  decisions.SetCircles(std::move(names));
}

}  // namespace

absl::StatusOr<v1::CircleReply> CreateCircle(partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             const v1::CreateCircleRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto circle = directory.CreateCircle(request.circle(), act->deed());
  if (!circle.ok()) return circle.status();
  TellDecisions(directory, decisions);
  return Describe(*circle);
}

absl::StatusOr<v1::CircleReply> AddToCircle(const partner::Directory& directory, const policy::Principal& who,
                                            uint64_t now_ms, flow::Governance& governance,
                                            const v1::AddToCircleRequest& request) {
  return Move(directory, who, now_ms, governance, request, flow::ProposalKind::kCircle);
}

absl::StatusOr<v1::CircleReply> DropFromCircle(const partner::Directory& directory, const policy::Principal& who,
                                               uint64_t now_ms, flow::Governance& governance,
                                               const v1::DropFromCircleRequest& request) {
  return Move(directory, who, now_ms, governance, request, flow::ProposalKind::kLeaveCircle);
}

absl::StatusOr<v1::CircleReply> RemoveCircle(partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             flow::Governance& governance, const v1::RemoveCircleRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  if (auto opens = EndOpensNothing(directory, governance, request.circle()); !opens.ok()) return opens;
  auto namings = governance.NamingsOf(request.circle());
  if (!namings.ok()) return namings.status();
  if (auto status = directory.RemoveCircle(request.circle(), act->deed()); !status.ok()) return status;
  TellDecisions(directory, decisions);
  v1::CircleReply reply;
  reply.set_circle(request.circle());
  for (std::string& warning : Left(*namings, request.circle())) reply.add_warnings(std::move(warning));
  return reply;
}

absl::StatusOr<v1::CircleReply> RenameCircle(const partner::Directory& directory, decision::Decisions& decisions,
                                             const policy::Principal& who, uint64_t now_ms,
                                             flow::Governance& governance, const v1::RenameCircleRequest& request) {
  auto act = ActOf(who, request.asker(), now_ms);
  if (!act.ok()) return act.status();
  auto circle = governance.RenameCircle(request.circle(), request.name(), *act);
  if (!circle.ok()) return circle.status();
  TellDecisions(directory, decisions);
  return Describe(*circle);
}

v1::ListCirclesReply ListCircles(const partner::Directory& directory) {
  v1::ListCirclesReply reply;
  for (const partner::Circle& circle : directory.Circles()) *reply.add_circles() = Describe(circle);
  return reply;
}

}  // namespace tidegate::api
