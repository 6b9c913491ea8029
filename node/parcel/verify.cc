#include "node/parcel/verify.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "crypto/bytes.h"
#include "crypto/fingerprint.h"
#include "crypto/merkle/merkle.h"

namespace tidegate::parcel {
namespace {

constexpr char kEquivocationPayload[] = "tidegate.parcel/equivocation";

// The record room says in its message which of its two layers refused.
absl::Status AtRecordLayer(const absl::Status& error) {
  return AtLayer(absl::StartsWith(error.message(), "record: handling") ? Layer::kHandling : Layer::kOpening, error);
}

absl::StatusOr<record::VerifiedView> VerifyView(record::View view, bool recall, const Hash& author_fpr) {
  absl::StatusOr<record::VerifiedView> verified = record::Verify(std::move(view));
  if (!verified.ok()) return AtRecordLayer(verified.status());
  if (verified->recall() != recall)
    return Refuse(Layer::kOpening, "a recall travels as a recall and nothing else does");
  if (verified->statement().author_fpr != author_fpr) {
    return Refuse(Layer::kProof, "a record names another author than the log it is said to be in");
  }
  return verified;
}

// The log positions of views and recalls together, ascending, with their leaves.
absl::Status CheckLogProof(const OpenedSection& section) {
  std::vector<std::pair<uint64_t, const Hash*>> leaves;
  leaves.reserve(section.items.size() + section.recalls.size());
  for (const OpenedItem& item : section.items) leaves.emplace_back(item.log_index, &item.view.leaf());
  for (const OpenedRecall& recall : section.recalls) leaves.emplace_back(recall.log_index, &recall.view.leaf());
  if (leaves.empty()) {
    return section.log_proof.empty() ? absl::OkStatus() : Refuse(Layer::kProof, "a log proof without records");
  }
  std::sort(leaves.begin(), leaves.end());
  std::vector<uint64_t> positions;
  std::vector<Hash> hashes;
  positions.reserve(leaves.size());
  hashes.reserve(leaves.size());
  for (const auto& [position, leaf] : leaves) {
    if (!positions.empty() && positions.back() == position) {
      return Refuse(Layer::kProof, "two records claim one log position");
    }
    positions.push_back(position);
    hashes.push_back(*leaf);
  }
  absl::StatusOr<Hash> root = merkle::RootFromMulti(section.checkpoint.size, positions, hashes, section.log_proof);
  if (!root.ok()) return AtLayer(Layer::kProof, root.status());
  if (*root != section.checkpoint.root) return Refuse(Layer::kProof, "the records are not in the author's log");
  return absl::OkStatus();
}

}  // namespace

std::optional<Equivocation> EquivocationOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kEquivocationPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string bytes(*payload);
  crypto::ByteReader in(bytes);
  Equivocation out;
  out.vkey = std::string(in.Lp16());
  out.note = std::string(in.Lp16());
  out.known_root = in.Array<32>();
  if (!in.Finish("equivocation").ok()) return std::nullopt;
  return out;
}

absl::Status SectionVerifier::Equivocated(const OpenedSection& section, const Hash& known_root) const {
  absl::Status error =
      Refuse(Layer::kCheckpoint, absl::StrCat("the author `", section.author.name,
                                              "` has signed two different logs of size ", section.checkpoint.size));
  crypto::ByteWriter evidence;
  evidence.Lp16(checkpoint::PrintVerifierKey(section.author)).Lp16(section.note).Raw(known_root);
  error.SetPayload(kEquivocationPayload, absl::Cord(evidence.Take()));
  return error;
}

absl::Status SectionVerifier::ReadAuthor(const RawSection& raw, OpenedSection& out) const {
  absl::StatusOr<checkpoint::VerifierKey> author = checkpoint::ParseVerifierKey(raw.vkey);
  if (!author.ok()) return AtLayer(Layer::kCheckpoint, author.status());
  out.author = *std::move(author);
  out.author_fpr = crypto::Fingerprint(crypto::KeyType::kLog, out.author.name, crypto::View(out.author.public_key));
  out.by_sender = out.author_fpr == context_.sender_fpr;
  if (out.by_sender && raw.vkey != context_.sender_vkey) {
    return Refuse(Layer::kCheckpoint, "the sender's log key is not the pinned one");
  }
  absl::StatusOr<checkpoint::Checkpoint> head = checkpoint::VerifyCheckpoint(raw.note, out.author);
  if (!head.ok()) return AtLayer(Layer::kCheckpoint, head.status());
  out.checkpoint = *std::move(head);
  out.note = std::string(raw.note);
  return absl::OkStatus();
}

// On one path, what came before and what comes now must be one log.
absl::Status SectionVerifier::CheckAgainstKnown(OpenedSection& out, const KnownCheckpoint& known) const {
  const checkpoint::Checkpoint& now = out.checkpoint;
  if (now.size == known.size) {
    if (now.root != known.root) return Equivocated(out, known.root);
    out.link = Link::kSame;
    return absl::OkStatus();
  }
  if (out.linked_size != known.size) {
    return Refuse(Layer::kCheckpoint, absl::StrCat("the checkpoint is linked to size ", out.linked_size,
                                                   ", but the last one on this path has ", known.size));
  }
  const bool extends = now.size > known.size;
  const uint64_t old_size = std::min(now.size, known.size);
  if (old_size == 0) {  // every log extends the empty one
    if (!out.consistency.empty()) return Refuse(Layer::kCheckpoint, "a consistency proof from the empty log");
  } else {
    absl::Status proved = extends
                              ? merkle::VerifyConsistency(known.size, now.size, known.root, now.root, out.consistency)
                              : merkle::VerifyConsistency(now.size, known.size, now.root, known.root, out.consistency);
    if (!proved.ok()) return AtLayer(Layer::kCheckpoint, proved);
  }
  out.link = extends ? Link::kExtends : Link::kEarlier;
  return absl::OkStatus();
}

absl::Status SectionVerifier::CheckCheckpoint(OpenedSection& out) {
  const std::optional<Hash> seen = context_.checkpoints->RootAt(out.author_fpr, out.checkpoint.size);
  if (seen.has_value() && *seen != out.checkpoint.root) return Equivocated(out, *seen);
  std::optional<KnownCheckpoint> known;
  if (auto here = latest_.find(out.author_fpr); here != latest_.end()) {
    known = here->second;
  } else {
    known = context_.checkpoints->LastOnPath(out.author_fpr);
  }
  if (known.has_value()) {
    if (absl::Status fits = CheckAgainstKnown(out, *known); !fits.ok()) return fits;
  }
  if (!known.has_value() || out.checkpoint.size >= known->size) {
    known = KnownCheckpoint{out.checkpoint.size, out.checkpoint.root};
  }
  latest_[out.author_fpr] = *known;
  return absl::OkStatus();
}

absl::Status SectionVerifier::ReadRecords(const RawSection& raw, OpenedSection& out) const {
  out.items.reserve(raw.items.size());
  for (const RawItem& item : raw.items) {
    absl::StatusOr<record::View> view = record::DecodeView(item.view);
    if (!view.ok()) return AtRecordLayer(view.status());
    absl::StatusOr<record::VerifiedView> verified = VerifyView(*std::move(view), /*recall=*/false, out.author_fpr);
    if (!verified.ok()) return verified.status();
    out.items.push_back({*std::move(verified), item.log_index, std::string(item.purpose)});
  }
  out.recalls.reserve(raw.recalls.size());
  for (const RawRecall& recall : raw.recalls) {
    record::View view;
    view.statement = std::string(recall.statement);
    absl::StatusOr<record::VerifiedView> verified = VerifyView(std::move(view), /*recall=*/true, out.author_fpr);
    if (!verified.ok()) return verified.status();
    out.recalls.push_back({*std::move(verified), recall.log_index});
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenedSection> SectionVerifier::Verify(RawSection raw) {
  OpenedSection out;
  if (absl::Status read = ReadAuthor(raw, out); !read.ok()) return read;
  out.linked_size = raw.linked_size;
  out.consistency = std::move(raw.consistency);
  out.log_proof = std::move(raw.log_proof);
  if (absl::Status fits = CheckCheckpoint(out); !fits.ok()) return fits;
  if (absl::Status read = ReadRecords(raw, out); !read.ok()) return read;
  if (absl::Status proved = CheckLogProof(out); !proved.ok()) return proved;
  return out;
}

}  // namespace tidegate::parcel
