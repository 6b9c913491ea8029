#include "node/flow/known_checkpoints.h"

#include "crypto/checkpoint/checkpoint.h"

namespace tidegate::flow {
namespace {
constexpr std::string_view kLargest = "largest";

bool IsNewest(const parcel::OpenedSection& section) {
  return section.by_sender && section.link != parcel::Link::kSame && section.link != parcel::Link::kEarlier;
}
}  // namespace

absl::StatusOr<KnownCheckpoints> KnownCheckpoints::Load(const store::Reader& reader, const partner::Partner& sender) {
  KnownCheckpoints known;
  auto note = reader.GetNamed(store::Named::kCheckpointSeen, sender.organisation, kLargest);
  if (absl::IsNotFound(note.status())) return known;
  if (!note.ok()) return note.status();
  auto checkpoint = checkpoint::VerifyCheckpoint(*note, sender.keys.log_key);
  if (!checkpoint.ok()) return absl::DataLossError("flow: a checkpoint that was accepted no longer verifies");
  known.last_[sender.log_fingerprint] = {checkpoint->size, checkpoint->root};
  return known;
}

absl::Status KnownCheckpoints::Save(store::WriteTransaction& transaction, const partner::Partner& sender,
                                    const parcel::OpenedSection& section) {
  if (!IsNewest(section)) return absl::OkStatus();
  return transaction.PutNamed(store::Named::kCheckpointSeen, sender.organisation, kLargest, section.note);
}

void KnownCheckpoints::Take(const parcel::OpenedSection& section) {
  if (IsNewest(section)) last_[section.author_fpr] = {section.checkpoint.size, section.checkpoint.root};
}

std::optional<parcel::KnownCheckpoint> KnownCheckpoints::LastOnPath(const crypto::Hash& author_fpr) const {
  const auto found = last_.find(author_fpr);
  if (found == last_.end()) return std::nullopt;
  return found->second;
}

std::optional<crypto::Hash> KnownCheckpoints::RootAt(const crypto::Hash& author_fpr, uint64_t size) const {
  const auto known = LastOnPath(author_fpr);
  if (!known || known->size != size) return std::nullopt;
  return known->root;
}

}  // namespace tidegate::flow
