// How a set of policies comes into force: planned, applied, and where two people are needed approved by the second.
#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/decision/versions.h"

namespace tidegate::decision {
namespace {

constexpr size_t kMostPending = 16;

// Two people can be told apart only where both are named.
// What a version keeps of who and why has 16 bits for its length; people need less.
absl::Status CanBeWritten(std::string_view user, std::string_view reason) {
  if (user.size() <= 200 && reason.size() <= 2000) return absl::OkStatus();
  return absl::InvalidArgumentError("decision: the user has at most 200 bytes, and the reason 2000");
}

absl::Status Named(const std::string& user) {
  if (!absl::StripAsciiWhitespace(user).empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("decision: here it takes two people; say who you are with `--user`");
}

std::string PendingKey(const policy::Digest& plan) { return absl::BytesToHexString(std::string(crypto::View(plan))); }

// "Ana" and "ana " are one person.
bool SamePerson(const std::string& a, const std::string& b) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(a), absl::StripAsciiWhitespace(b));
}

absl::StatusOr<std::vector<PendingApplication>> AllPending(const store::Reader& reader) {
  std::vector<PendingApplication> all;
  absl::Status broken;
  auto status =
      reader.ForEachNamed(store::Named::kPolicyVersion, kPendingScope, [&](std::string_view, std::string_view bytes) {
        auto pending = DecodePending(bytes);
        if (!pending.ok()) {
          broken = pending.status();
          return false;
        }
        all.push_back(*std::move(pending));
        return true;
      });
  if (!status.ok()) return status;
  if (!broken.ok()) return broken;
  std::sort(all.begin(), all.end(), [](const PendingApplication& a, const PendingApplication& b) {
    return a.proposed_ms != b.proposed_ms ? a.proposed_ms < b.proposed_ms : a.plan < b.plan;
  });
  return all;
}

}  // namespace

void Decisions::RequireApprovals(uint32_t people) {
  std::lock_guard lock(mutex_);
  approvals_ = people;
}

uint32_t Decisions::approvals() const {
  std::lock_guard lock(mutex_);
  return approvals_;
}

absl::StatusOr<std::shared_ptr<const policy::Engine>> Decisions::Planned(
    const std::vector<policy::PolicySource>& sources, const policy::Digest& plan,
    const std::vector<policy::Party>& partners) const {
  auto engine = Compile(sources);
  if (!engine.ok()) return engine.status();
  auto now = Plan(**engine, partners);
  if (!now.ok()) return now.status();
  if (now->digest != plan) {
    return absl::FailedPreconditionError(
        "decision: this is not the plan that was shown: policies, partners or what they would get have changed since; "
        "run "
        "`policy plan` again");
  }
  return *std::move(engine);
}

absl::StatusOr<Application> Decisions::PutInForce(std::shared_ptr<const policy::Engine> engine, PolicyVersion version,
                                                  const std::string& deed_of, const AlsoWrite& also) {
  version.number = in_force().number + 1;
  version.digest = engine->version();
  const Application application{false, version};
  const std::string bytes = EncodeVersion(version);
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const std::string& key : {VersionKey(version.number), std::string(kNewest)}) {
      if (auto put = transaction.PutNamed(store::Named::kPolicyVersion, kVersionScope, key, bytes); !put.ok()) {
        return put;
      }
    }
    // Whatever else waits was planned against the policies that end here: it can never be approved.
    auto waiting = AllPending(transaction);
    if (!waiting.ok()) return waiting.status();
    for (const PendingApplication& pending : *waiting) {
      auto gone = transaction.DeleteNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(pending.plan));
      if (!gone.ok()) return gone;
    }
    return also(transaction, application, deed_of);
  });
  if (!status.ok()) return status;
  {
    std::lock_guard lock(mutex_);
    engine_ = std::move(engine);
    in_force_ = version;
  }
  store_.Nudge();
  return application;
}

absl::StatusOr<Application> Decisions::Propose(const policy::Engine& engine, PendingApplication pending,
                                               const AlsoWrite& also) {
  Application application;
  application.pending = true;
  application.version.number = in_force().number + 1;
  application.version.digest = engine.version();
  application.version.user = pending.user;
  application.version.reason = pending.reason;
  application.version.applied_ms = pending.proposed_ms;
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto waiting = AllPending(transaction);
    if (!waiting.ok()) return waiting.status();
    if (waiting->size() >= kMostPending) {
      // The oldest makes room: an application that nobody approved must not keep others from being proposed.
      auto gone =
          transaction.DeleteNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(waiting->front().plan));
      if (!gone.ok()) return gone;
    }
    auto put = transaction.PutNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(pending.plan),
                                    EncodePending(pending));
    if (!put.ok()) return put;
    return also(transaction, application, pending.user);
  });
  if (!status.ok()) return status;
  return application;
}

absl::StatusOr<Application> Decisions::Second(const PendingApplication& pending,
                                              const std::vector<policy::Party>& partners, const std::string& user,
                                              uint64_t now_ms, const AlsoWrite& also) {
  if (auto named = Named(user); !named.ok()) return named;
  if (SamePerson(user, pending.user)) {
    return absl::PermissionDeniedError(
        absl::StrCat("decision: `", user, "` applied this plan already; a second, different user must approve it"));
  }
  auto engine = Planned(pending.sources, pending.plan, partners);
  if (absl::IsFailedPrecondition(engine.status())) {
    return absl::FailedPreconditionError(
        "decision: this application has lapsed: policies, partners or what they would get have changed since it was "
        "planned; "
        "run `policy plan` and `policy apply` again");
  }
  if (!engine.ok()) return engine.status();
  PolicyVersion version;
  version.sources = pending.sources;
  version.applied_ms = now_ms;
  version.user = pending.user;
  version.reason = pending.reason;
  version.approver = user;
  return PutInForce(*std::move(engine), std::move(version), user, also);
}

absl::StatusOr<Application> Decisions::Apply(const std::vector<policy::PolicySource>& sources,
                                             const policy::Digest& plan, const std::vector<policy::Party>& partners,
                                             const std::string& user, const std::string& reason, uint64_t now_ms,
                                             const AlsoWrite& also) {
  if (auto written = CanBeWritten(user, reason); !written.ok()) return written;
  std::lock_guard one_at_a_time(applying_);
  auto engine = Planned(sources, plan, partners);
  if (!engine.ok()) return engine.status();
  if (approvals() >= 2) {
    if (auto named = Named(user); !named.ok()) return named;
    auto pending = Waiting(plan);
    if (absl::IsNotFound(pending.status()))
      return Propose(**engine, {plan, sources, now_ms, user, reason, false}, also);
    if (!pending.ok()) return pending.status();
    return Second(*pending, partners, user, now_ms, also);
  }
  PolicyVersion version;
  version.sources = sources;
  version.applied_ms = now_ms;
  version.user = user;
  version.reason = reason;
  return PutInForce(*std::move(engine), std::move(version), user, also);
}

absl::StatusOr<PendingApplication> Decisions::Waiting(const policy::Digest& plan) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto bytes = (*snapshot)->GetNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(plan));
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        "decision: no application of that plan waits for approval; `policy history` lists those that do");
  }
  if (!bytes.ok()) return bytes.status();
  return DecodePending(*bytes);
}

absl::StatusOr<Application> Decisions::Approve(const policy::Digest& plan, const std::vector<policy::Party>& partners,
                                               const std::string& user, uint64_t now_ms, const AlsoWrite& also) {
  if (auto written = CanBeWritten(user, {}); !written.ok()) return written;
  std::lock_guard one_at_a_time(applying_);
  auto pending = Waiting(plan);
  if (!pending.ok()) return pending.status();
  return Second(*pending, partners, user, now_ms, also);
}

absl::StatusOr<PendingApplication> Decisions::Withdraw(
    const policy::Digest& plan, const std::string& user,
    const std::function<absl::Status(store::WriteTransaction&, const PendingApplication&)>& also) {
  std::lock_guard one_at_a_time(applying_);
  if (auto named = Named(user); !named.ok()) return named;
  auto pending = Waiting(plan);
  if (!pending.ok()) return pending.status();
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    auto gone = transaction.DeleteNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(plan));
    if (!gone.ok()) return gone;
    return also(transaction, *pending);
  });
  if (!status.ok()) return status;
  return pending;
}

absl::StatusOr<std::vector<PendingApplication>> Decisions::Pending(const std::vector<policy::Party>& partners) const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  auto all = AllPending(**snapshot);
  snapshot->reset();
  if (!all.ok()) return all.status();
  for (PendingApplication& pending : *all) {
    auto engine = Planned(pending.sources, pending.plan, partners);
    pending.lapsed = !engine.ok();
  }
  return all;
}

}  // namespace tidegate::decision
