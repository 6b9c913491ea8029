// govern: which policies are in force. What partners may be is decided in the same way (govern.h):
//
//   plan      what it would change of what the node holds is counted and shown; the plan's digest is of all of it
//   approve   it is done only as it was shown, by as many people as the node asks for
//   commit    the change and the register's entry (who, why) are one transaction
//   tell      every open feed looks at what its partner may hold, and takes back before it gives
#ifndef TIDEGATE_NODE_FLOW_GOVERN_POLICIES_H_
#define TIDEGATE_NODE_FLOW_GOVERN_POLICIES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node/decision/decision.h"
#include "node/flow/govern.h"
#include "node/ledger/ledger.h"
#include "node/partner/partner.h"
#include "node/store/store.h"
#include "policy/policy.h"
#include "policy/review/review.h"

namespace tidegate::flow {

// The result when somebody applied a set of policies.
struct Applied {
  bool pending = false;             // not in force: a second, different user must approve it
  decision::PolicyVersion version;  // where it is pending: the number and digest that it would have
};

// A set of policies that waits for a second user.
struct WaitingPolicies {
  decision::PendingApplication application;
  bool lapsed = false;  // policies, partners or what they would get have changed since: nobody can approve it any more
};

// Thread-safe.
class PolicyGovernance {
 public:
  // All outlive this. `partners` decides about partners: one of both decides at a time, since each change was shown
  // without the other.
  PolicyGovernance(store::Store& store, ledger::Register& disclosures, const partner::Directory& directory,
                   decision::Decisions& decisions, Governance& partners, std::function<uint64_t()> now_ms)
      : store_(store),
        disclosures_(disclosures),
        directory_(directory),
        decisions_(decisions),
        partners_(partners),
        now_ms_(std::move(now_ms)) {}

  // Tells what would change for each partner if `after` replaced the policies in force. Changes nothing.
  absl::StatusOr<review::Plan> Plan(const policy::Engine& after) const;
  // Puts the set in force, or keeps it for a second user where it takes two. FailedPrecondition if `plan` is not the
  // digest of a plan made now. Applying a plan that another user applied before is the second word. PermissionDenied
  // for the same user twice, InvalidArgument for nobody in particular where it takes two.
  absl::StatusOr<Applied> Apply(const std::vector<policy::PolicySource>& sources, const policy::Digest& plan,
                                const policy::Principal& who, const std::string& reason);
  // The second user's word: what was proposed is what goes in force. NotFound if nothing waits under that plan;
  // FailedPrecondition when it has lapsed; PermissionDenied for the user who proposed it.
  absl::StatusOr<Applied> Approve(const policy::Digest& plan, const policy::Principal& who, const std::string& reason);
  // Withdraws the change that waits under that plan, also one that somebody else proposed or that has lapsed. Returns
  // it as it was. NotFound if none waits; InvalidArgument if the principal has no name of its own.
  absl::StatusOr<decision::PendingApplication> Withdraw(const policy::Digest& plan, const policy::Principal& who,
                                                        const std::string& reason);
  // Oldest first.
  absl::StatusOr<std::vector<WaitingPolicies>> Waiting() const;
  // The set that waits under that plan. NotFound; FailedPrecondition when it has lapsed.
  absl::StatusOr<std::vector<policy::PolicySource>> SourcesOf(const policy::Digest& plan) const;

 private:
  absl::StatusOr<std::shared_ptr<const policy::Engine>> AsPlanned(const std::vector<policy::PolicySource>& sources,
                                                                  const policy::Digest& plan) const;
  absl::StatusOr<std::shared_ptr<const policy::Engine>> StillAsPlanned(
      const decision::PendingApplication& application) const;
  absl::StatusOr<Applied> Propose(const policy::Engine& engine, const decision::PendingApplication& application);
  absl::StatusOr<Applied> Second(const decision::PendingApplication& application, const policy::Principal& who,
                                 const std::string& reason);
  absl::StatusOr<Applied> Commit(std::shared_ptr<const policy::Engine> engine, decision::PolicyVersion version,
                                 const ledger::PolicyApplied& entry);

  store::Store& store_;
  ledger::Register& disclosures_;
  const partner::Directory& directory_;
  decision::Decisions& decisions_;
  Governance& partners_;
  const std::function<uint64_t()> now_ms_;
};

}  // namespace tidegate::flow

#endif  // TIDEGATE_NODE_FLOW_GOVERN_POLICIES_H_
