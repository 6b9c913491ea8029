// The common parts of the calls that change something about a partner: who and why, a dry run, a plan, what would go.
#ifndef TIDEGATE_NODE_API_DECIDING_H_
#define TIDEGATE_NODE_API_DECIDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "node/flow/flow.h"
#include "node/partner/partner.h"
#include "tidegate/v1/operator.pb.h"

namespace tidegate::api {

// Who does something, and why. InvalidArgument if the reason is too long.
absl::StatusOr<flow::Act> ActOf(const policy::Principal& who, const v1::Asker& asker, uint64_t now_ms);

// The digest that a dry run printed. InvalidArgument for anything else.
absl::StatusOr<policy::Digest> ShownDigest(const std::string& hex);

void Fill(const flow::Weighed& weighed, v1::WouldGo* out);

// A dry run weighs; otherwise what was weighed under `request.plan` is done.
template <typename Request>
absl::StatusOr<flow::Decided> Decide(flow::Governance& governance, const flow::Proposal& proposed,
                                     const Request& request, const flow::Act& act) {
  if (request.dry_run()) {
    auto weighed = governance.Weigh(proposed);
    if (!weighed.ok()) return weighed.status();
    return flow::Decided{*std::move(weighed), false, proposed};
  }
  std::optional<policy::Digest> plan;
  if (!request.plan().empty()) {
    auto digest = ShownDigest(request.plan());
    if (!digest.ok()) return digest.status();
    plan = *digest;
  }
  return governance.Decide(proposed, plan, act);
}

}  // namespace tidegate::api

#endif  // TIDEGATE_NODE_API_DECIDING_H_
