#include "node/reading/verifier.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"

namespace tidegate::reading {
StoredVerifier::Head StoredVerifier::ReadOwn(const std::string& note) const {
  Head head;
  auto checkpoint = notes_.Verify(note, log_.verifier_key());
  if (!checkpoint.ok()) return head.problem = std::string(checkpoint.status().message()), head;
  head.signature = true;
  head.size = checkpoint->size;
  head.root = checkpoint->root;
  return head;
}

StoredVerifier::Head StoredVerifier::ReadReceived(const store::StoredRecord& record) const {
  Head head;
  auto proof = reader_.GetProof(record.proof_id);
  if (!proof.ok()) return head.problem = "the proof that came with this record cannot be read", head;
  head.size = proof->log_size;
  const partner::PartnerPtr author = directory_.Find(record.origin);
  if (author == nullptr) return head.problem = "the author's log key is not known here", head;
  auto checkpoint = notes_.Verify(proof->note, author->keys.log_key);
  if (!checkpoint.ok()) return head.problem = std::string(checkpoint.status().message()), head;
  head.signature = true;
  head.root = checkpoint->root;

  std::vector<uint64_t> positions;
  std::vector<crypto::Hash> leaves;
  for (const store::ProvenLeaf& proven : proof->leaves) {
    positions.push_back(proven.position);
    leaves.push_back(proven.leaf);
    head.leaves.emplace_back(proven.position, proven.leaf);
  }
  // A multiproof's positions ascend, or it proves nothing.
  auto root = merkle::RootFromMulti(proof->log_size, positions, leaves, proof->proof);
  head.proves = root.ok() && *root == checkpoint->root && proof->log_size == checkpoint->size;
  return head;
}

const StoredVerifier::Head& StoredVerifier::OwnHead() {
  auto latest = log_.Checkpoint();
  if (!latest.ok()) {
    own_note_.clear();
    own_ = Head();
    paths_.reset();
    own_.problem = std::string(latest.status().message());
  } else if (own_note_ != latest->note) {
    own_note_ = latest->note;
    own_ = ReadOwn(own_note_);
    auto paths = log_.InclusionsIn(own_.size);
    paths_ = paths.ok() ? *std::move(paths) : nullptr;
  }
  return own_;
}

const StoredVerifier::Head& StoredVerifier::HeadOf(const store::StoredRecord& record) {
  if (record.own) return OwnHead();
  std::pair<std::string, uint64_t> from(record.origin, record.proof_id);
  if (from != received_from_) {
    received_ = ReadReceived(record);
    received_from_ = std::move(from);
  }
  return received_;
}

Proof StoredVerifier::Verify(const store::StoredRecord& record) {
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  const Head& head = HeadOf(record);
  bool proven = false;
  std::string problem = head.problem;
  if (head.signature && record.own) {
    auto path = paths_ == nullptr
                    ? absl::StatusOr<std::vector<crypto::Hash>>(absl::UnavailableError("reading: no paths"))
                    : paths_->Of(record.log_index);
    proven = path.ok() && merkle::VerifyInclusion(record.log_index, head.size, leaf, *path, head.root).ok();
    if (!path.ok()) problem = "the log cannot prove this record";
  } else if (head.signature) {
    proven =
        head.proves && std::binary_search(head.leaves.begin(), head.leaves.end(), std::pair(record.log_index, leaf));
    if (!proven) problem = "the record is not where the author's checkpoint has it";
  }
  return {head.signature, proven, head.size, std::move(problem)};
}

absl::StatusOr<Evidence> StoredVerifier::Evident(const store::StoredRecord& record, const record::View& view) const {
  Evidence evidence;
  evidence.view = record::EncodeView(view);
  evidence.log_index = record.log_index;
  if (record.own) {
    auto head = log_.Checkpoint();
    if (!head.ok()) return head.status();
    const uint64_t position[] = {record.log_index};
    auto proof = log_.Prove(position, head->size);
    if (!proof.ok()) return proof.status();
    evidence.verifier_key = checkpoint::PrintVerifierKey(log_.verifier_key());
    evidence.checkpoint = head->note;
    evidence.leaves = {{record.log_index, record::LogLeaf(record.view.statement)}};
    evidence.proof = *std::move(proof);
    return evidence;
  }
  auto proof = reader_.GetProof(record.proof_id);
  if (!proof.ok()) return proof.status();
  const partner::PartnerPtr author = directory_.Find(record.origin);
  if (author == nullptr) return absl::NotFoundError("reading: the author's log key is not known here");
  evidence.verifier_key = checkpoint::PrintVerifierKey(author->keys.log_key);
  evidence.checkpoint = proof->note;
  for (const store::ProvenLeaf& leaf : proof->leaves) evidence.leaves.emplace_back(leaf.position, leaf.leaf);
  evidence.proof = proof->proof;
  return evidence;
}

}  // namespace tidegate::reading
