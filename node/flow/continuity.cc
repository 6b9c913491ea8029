#include "node/flow/continuity.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/checkpoint/checkpoint.h"

namespace tidegate::flow {
namespace {

constexpr size_t kMostNotes = 8;
constexpr std::string_view kBehindLabel = crypto::Label("TDGbeh1");
constexpr char kBehindScope[] = "behind";

absl::Status ReadOnlySince(const std::string& partner) {
  return absl::FailedPreconditionError(absl::StrCat(
      "flow: this node is read-only. It was restored from an older backup: `", partner,
      "` holds more of its log than the node itself, and each record that it wrote now would fork that log. `recall`, "
      "suspending partners and policies that forbid still work; docs/operations.md, \"Restore\", says what else to "
      "do"));
}

absl::StatusOr<std::string> ReadBehind(std::string_view bytes) {
  crypto::ByteReader in(bytes);
  if (in.Raw(kBehindLabel.size()) != kBehindLabel) in.Fail();
  in.U64();
  std::string partner(in.Lp16());
  if (absl::Status read = in.Finish("note of a restored node"); !read.ok()) return read;
  return partner;
}

}  // namespace

Continuity::Continuity(store::Store& store, ledger::Log& log, std::function<uint64_t()> now_ms)
    : store_(store), log_(log), now_ms_(std::move(now_ms)) {
  auto snapshot = store_.Read();
  if (!snapshot.ok()) {
    may_author_ = snapshot.status();
    return;
  }
  auto note = (*snapshot)->GetNamed(store::Named::kSetting, kBehindScope, "");
  if (absl::IsNotFound(note.status())) return;
  // A note that we cannot read still means that the node is behind.
  auto partner = note.ok() ? ReadBehind(*note) : note;
  may_author_ = ReadOnlySince(partner.ok() ? *partner : "a partner");
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
    if (compared.ok()) {
      const threads::MutexLock lock(mutex_);
      uint64_t& known = known_[partner.organisation];
      known = std::max(known, checkpoint->size);
      continue;
    }
    // A store that fails says nothing about the log. They come again with the same checkpoint.
    if (!absl::IsFailedPrecondition(compared) && !absl::IsDataLoss(compared)) {
      spdlog::warn("flow: {}'s checkpoint of our log was not compared: {}", partner.organisation,
                   std::string(compared.message()));
      continue;
    }
    spdlog::error("flow: {} holds a checkpoint of our log that we cannot continue: {}", partner.organisation,
                  std::string(compared.message()));
    Behind(partner.organisation);
  }
}

void Continuity::Behind(const std::string& partner) {
  {
    const threads::MutexLock lock(mutex_);
    if (!may_author_.ok()) return;
    may_author_ = ReadOnlySince(partner);
    spdlog::error("{}", std::string(may_author_.message()));
  }
  // A node that is started again must not write before that partner calls again.
  const std::string note = crypto::ByteWriter(64).Raw(kBehindLabel).U64(now_ms_()).Lp16(partner).Take();
  const absl::Status kept = store_.Write(store::Purpose::kProtection, [&](store::WriteTransaction& transaction) {
    return transaction.PutNamed(store::Named::kSetting, kBehindScope, "", note);
  });
  if (!kept.ok()) spdlog::error("flow: could not note that this node is read-only: {}", std::string(kept.message()));
}

uint64_t Continuity::KnownTo(const std::string& partner) const {
  const threads::MutexLock lock(mutex_);
  const auto known = known_.find(partner);
  return known == known_.end() ? 0 : known->second;
}

absl::Status Continuity::MayAuthor() const {
  threads::MutexLock lock(mutex_);
  return may_author_;
}

}  // namespace tidegate::flow
