#include "node/flow/govern_policies.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "text/text.h"
#include "threads/threads.h"

namespace tidegate::flow {
namespace {

// A version keeps the user and the reason with lengths of 16 bits. People need less than that.
constexpr size_t kLongestUser = 200;
constexpr size_t kLongestReason = 2000;

absl::Status CanBeWritten(const policy::Principal& who, const std::string& reason) {
  if (who.user().size() <= kLongestUser && reason.size() <= kLongestReason) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("flow: the user has at most ", kLongestUser, " bytes, and the reason ", kLongestReason));
}

// Two people can be told apart only where both are named. The owner of the socket is nobody in particular.
absl::Status SomebodyInParticular(const policy::Principal& who) {
  if (who.named() && !text::Visible(who.user()).empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("flow: here it takes two people; say who you are with `--user`");
}

absl::Status Lapsed() {
  return absl::FailedPreconditionError(
      "flow: this application has lapsed: policies, partners or what they would get have changed since it was planned; "
      "run `policy plan` and `policy apply` again");
}

}  // namespace

absl::StatusOr<review::Plan> PolicyGovernance::Plan(const policy::Engine& after) const {
  return decisions_.Compare(*decisions_.engine(), after, partner::Parties(directory_));
}

absl::StatusOr<Applied> PolicyGovernance::Apply(const std::vector<policy::PolicySource>& sources,
                                                const policy::Digest& plan, const policy::Principal& who,
                                                const std::string& reason) {
  if (auto written = CanBeWritten(who, reason); !written.ok()) return written;
  const threads::MutexLock one_at_a_time(partners_.deciding());
  auto engine = AsPlanned(sources, plan);
  if (!engine.ok()) return engine.status();

  if (decisions_.approvals() >= 2) {
    if (auto named = SomebodyInParticular(who); !named.ok()) return named;
    auto waiting = decisions_.Waiting(plan);
    if (waiting.ok()) return Second(*waiting, who, reason);
    if (!absl::IsNotFound(waiting.status())) return waiting.status();
    return Propose(**engine, {plan, sources, now_ms_(), who.user(), reason});
  }

  decision::PolicyVersion version;
  version.sources = sources;
  version.applied_ms = now_ms_();
  version.user = who.user();
  version.reason = reason;
  const ledger::PolicyApplied entry{version.applied_ms, who.user(), reason, (*engine)->version(), plan};
  return Commit(*std::move(engine), std::move(version), entry);
}

absl::StatusOr<Applied> PolicyGovernance::Approve(const policy::Digest& plan, const policy::Principal& who,
                                                  const std::string& reason) {
  if (auto written = CanBeWritten(who, reason); !written.ok()) return written;
  const threads::MutexLock one_at_a_time(partners_.deciding());
  auto waiting = decisions_.Waiting(plan);
  if (!waiting.ok()) return waiting.status();
  return Second(*waiting, who, reason);
}

// Plan: the set, if the plan that was shown is what it would change now.
absl::StatusOr<std::shared_ptr<const policy::Engine>> PolicyGovernance::AsPlanned(
    const std::vector<policy::PolicySource>& sources, const policy::Digest& plan) const {
  auto engine = decisions_.Compile(sources);
  if (!engine.ok()) return engine.status();
  auto now = Plan(**engine);
  if (!now.ok()) return now.status();
  if (now->digest == plan) return engine;
  return absl::FailedPreconditionError(
      "flow: this is not the plan that was shown: policies, partners or what they would get have changed since; run "
      "`policy plan` again");
}

absl::StatusOr<std::shared_ptr<const policy::Engine>> PolicyGovernance::StillAsPlanned(
    const decision::PendingApplication& application) const {
  auto engine = AsPlanned(application.sources, application.plan);
  if (absl::IsFailedPrecondition(engine.status())) return Lapsed();
  return engine;
}

// Approve, where it takes two: the first person's word is kept, with its own entry in the register.
absl::StatusOr<Applied> PolicyGovernance::Propose(const policy::Engine& engine,
                                                  const decision::PendingApplication& application) {
  Applied applied;
  applied.pending = true;
  applied.version.number = decisions_.in_force().number + 1;
  applied.version.digest = engine.version();
  const ledger::PolicyProposed entry{application.proposed_ms, application.user, application.reason, engine.version(),
                                     application.plan};
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto kept = decision::Decisions::Keep(transaction, application); !kept.ok()) return kept;
    return disclosures_.Append(transaction, entry).status();
  });
  if (!status.ok()) return status;
  return applied;
}

// The second person's word.
absl::StatusOr<Applied> PolicyGovernance::Second(const decision::PendingApplication& application,
                                                 const policy::Principal& who, const std::string& reason) {
  if (auto named = SomebodyInParticular(who); !named.ok()) return named;
  if (SamePerson(who.user(), application.user)) {
    return absl::PermissionDeniedError(
        absl::StrCat("flow: `", who.user(), "` applied this plan already; a second, different user must approve it"));
  }
  auto engine = StillAsPlanned(application);
  if (!engine.ok()) return engine.status();
  decision::PolicyVersion version;
  version.sources = application.sources;
  version.applied_ms = now_ms_();
  version.user = application.user;
  version.reason = application.reason;
  version.approver = who.user();
  const ledger::PolicyApplied entry{version.applied_ms, who.user(), reason, (*engine)->version(), application.plan};
  return Commit(*std::move(engine), std::move(version), entry);
}

// Commit, in one transaction with the register's entry; then tell the feeds.
absl::StatusOr<Applied> PolicyGovernance::Commit(std::shared_ptr<const policy::Engine> engine,
                                                 decision::PolicyVersion version, const ledger::PolicyApplied& entry) {
  auto in_force = decisions_.PutInForce(
      std::move(engine), std::move(version),
      [&](store::WriteTransaction& transaction) { return disclosures_.Append(transaction, entry).status(); });
  if (!in_force.ok()) return in_force.status();
  store_.Nudge();
  return Applied{false, *std::move(in_force)};
}

absl::StatusOr<decision::PendingApplication> PolicyGovernance::Withdraw(const policy::Digest& plan,
                                                                        const policy::Principal& who,
                                                                        const std::string& reason) {
  if (auto written = CanBeWritten(who, reason); !written.ok()) return written;
  const threads::MutexLock one_at_a_time(partners_.deciding());
  if (auto named = SomebodyInParticular(who); !named.ok()) return named;
  auto waiting = decisions_.Waiting(plan);
  if (!waiting.ok()) return waiting.status();
  const ledger::PolicyWithdrawn entry{now_ms_(), who.user(), reason, plan};
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    if (auto gone = decision::Decisions::Forget(transaction, plan); !gone.ok()) return gone;
    return disclosures_.Append(transaction, entry).status();
  });
  if (!status.ok()) return status;
  return waiting;
}

absl::StatusOr<std::vector<WaitingPolicies>> PolicyGovernance::Waiting() const {
  auto all = decisions_.Waiting();
  if (!all.ok()) return all.status();
  std::vector<WaitingPolicies> waiting;
  for (decision::PendingApplication& application : *all) {
    const bool lapsed = !StillAsPlanned(application).ok();
    waiting.push_back({std::move(application), lapsed});
  }
  return waiting;
}

absl::StatusOr<std::vector<policy::PolicySource>> PolicyGovernance::SourcesOf(const policy::Digest& plan) const {
  auto waiting = decisions_.Waiting(plan);
  if (!waiting.ok()) return waiting.status();
  if (auto engine = StillAsPlanned(*waiting); !engine.ok()) return engine.status();
  return std::move(waiting->sources);
}

}  // namespace tidegate::flow
