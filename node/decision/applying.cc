// How a set of policies becomes the one in force, and what waits for a second person.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "crypto/hash.h"
#include "node/decision/decision.h"
#include "node/decision/versions.h"
#include "threads/threads.h"

namespace tidegate::decision {
namespace {

constexpr size_t kMostPending = 16;

std::string PendingKey(const policy::Digest& plan) { return absl::BytesToHexString(std::string(crypto::View(plan))); }

absl::StatusOr<std::vector<PendingApplication>> AllPending(const store::Reader& reader) {
  std::vector<PendingApplication> all;
  store::Damage damage;  // nobody can approve such a row: it has to be proposed again
  auto status = reader.ForEachNamed(store::Named::kPolicyVersion, kPendingScope, damage,
                                    [&](std::string_view, std::string_view bytes) -> absl::StatusOr<bool> {
                                      auto pending = DecodePending(bytes);
                                      if (!pending.ok()) return pending.status();
                                      all.push_back(*std::move(pending));
                                      return true;
                                    });
  if (!status.ok()) return status;
  std::sort(all.begin(), all.end(), [](const PendingApplication& a, const PendingApplication& b) {
    return a.proposed_ms != b.proposed_ms ? a.proposed_ms < b.proposed_ms : a.plan < b.plan;
  });
  return all;
}

}  // namespace

void Decisions::RequireApprovals(uint32_t people) {
  threads::MutexLock lock(mutex_);
  approvals_ = people;
}

uint32_t Decisions::approvals() const {
  threads::MutexLock lock(mutex_);
  return approvals_;
}

absl::StatusOr<PolicyVersion> Decisions::PutInForce(std::shared_ptr<const policy::Engine> engine, PolicyVersion version,
                                                    const AlsoWrite& also) {
  version.number = in_force().number + 1;
  version.digest = engine->version();
  const std::string bytes = EncodeVersion(version);
  auto status = store_.Write([&](store::WriteTransaction& transaction) -> absl::Status {
    for (const std::string& key : {VersionKey(version.number), std::string(kNewest)}) {
      if (auto put = transaction.PutNamed(store::Named::kPolicyVersion, kVersionScope, key, bytes); !put.ok()) {
        return put;
      }
    }
    auto waiting = AllPending(transaction);
    if (!waiting.ok()) return waiting.status();
    for (const PendingApplication& pending : *waiting) {
      if (auto gone = Forget(transaction, pending.plan); !gone.ok()) return gone;
    }
    return also(transaction);
  });
  if (!status.ok()) return status;
  threads::MutexLock lock(mutex_);
  engine_ = std::move(engine);
  in_force_ = version;
  return version;
}

absl::StatusOr<std::vector<PendingApplication>> Decisions::Waiting() const {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return snapshot.status();
  return AllPending(**snapshot);
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

absl::Status Decisions::Keep(store::WriteTransaction& transaction, const PendingApplication& pending) {
  auto waiting = AllPending(transaction);
  if (!waiting.ok()) return waiting.status();
  if (waiting->size() >= kMostPending) {
    if (auto gone = Forget(transaction, waiting->front().plan); !gone.ok()) return gone;
  }
  return transaction.PutNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(pending.plan),
                              EncodePending(pending));
}

absl::Status Decisions::Forget(store::WriteTransaction& transaction, const policy::Digest& plan) {
  return transaction.DeleteNamed(store::Named::kPolicyVersion, kPendingScope, PendingKey(plan));
}

}  // namespace tidegate::decision
