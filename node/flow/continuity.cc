#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "node/flow/share.h"

namespace tidegate::flow {
namespace {
constexpr size_t kMostNotes = 8;
}

exchange::Greeting Continuity::Ours(const partner::Partner& partner) const {
  exchange::Greeting greeting;
  greeting.now_ms = now_ms_();
  auto snapshot = store_.Read();
  if (!snapshot.ok()) return greeting;
  auto note = (*snapshot)->GetNamed(store::Named::kCheckpointSeen, partner.organisation, "largest");
  if (note.ok()) greeting.checkpoints.push_back(*std::move(note));
  return greeting;
}

void Continuity::Consider(const partner::Partner& partner, const exchange::Greeting& theirs) {
  size_t looked_at = 0;
  for (const std::string& note : theirs.checkpoints) {
    if (++looked_at > kMostNotes) return;
    auto checkpoint = checkpoint::VerifyCheckpoint(note, log_.verifier_key());
    if (!checkpoint.ok()) continue;  // another epoch's, or not ours: it says nothing about this log
    const absl::Status compared = log_.CompareWith(*checkpoint);
    if (compared.ok()) continue;
    spdlog::error("flow: {} holds a checkpoint of our log that we cannot continue: {}", partner.organisation,
                  std::string(compared.message()));
    Behind(partner.organisation);
  }
}

void Continuity::Behind(const std::string& partner) {
  std::lock_guard lock(mutex_);
  if (!may_author_.ok()) return;
  may_author_ = absl::FailedPreconditionError(absl::StrCat(
      "flow: `", partner, "` holds more of this node's log than the node itself: it was restored from an ",
      "older backup, and is read-only, for its log would fork; `recall` and policies that forbid still work"));
  spdlog::error("{}", std::string(may_author_.message()));
}

absl::Status Continuity::MayAuthor() const {
  std::lock_guard lock(mutex_);
  return may_author_;
}

}  // namespace tidegate::flow
