#include "node/api/verification.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/checkpoint/checkpoint.h"
#include "crypto/merkle/merkle.h"

namespace tidegate::api {
namespace {

// The note under whichever log key of its author signed it: one who was removed and paired anew has had several.
std::pair<absl::StatusOr<checkpoint::Checkpoint>, checkpoint::VerifierKey> CheckpointOf(const Rooms& rooms,
                                                                                        const std::string& author,
                                                                                        const std::string& note) {
  absl::StatusOr<checkpoint::Checkpoint> read = absl::NotFoundError("the author's log key is not known here");
  for (const checkpoint::VerifierKey& key : rooms.directory.LogKeysOf(author)) {
    read = checkpoint::VerifyCheckpoint(note, key);
    if (read.ok()) return {std::move(read), key};
  }
  return {std::move(read), {}};
}

}  // namespace

StoredVerifier::Head StoredVerifier::ReadOwn(const Rooms& rooms, const std::string& note) {
  Head head;
  auto checkpoint = checkpoint::VerifyCheckpoint(note, rooms.log.verifier_key());
  if (!checkpoint.ok()) return head.problem = std::string(checkpoint.status().message()), head;
  head.signature = true;
  head.size = checkpoint->size;
  head.root = checkpoint->root;
  return head;
}

StoredVerifier::Head StoredVerifier::ReadReceived(const Rooms& rooms, const store::Reader& reader,
                                                  const store::StoredRecord& record) {
  Head head;
  auto proof = reader.GetProof(record.proof_id);
  if (!proof.ok()) return head.problem = "the proof that came with this record cannot be read", head;
  head.size = proof->log_size;
  auto checkpoint = CheckpointOf(rooms, record.origin, proof->note).first;
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
  auto latest = rooms_.log.Checkpoint();
  if (!latest.ok()) {
    own_note_.clear();
    own_ = Head();
    own_.problem = std::string(latest.status().message());
  } else if (own_note_ != latest->note) {
    own_note_ = latest->note;
    own_ = ReadOwn(rooms_, own_note_);
  }
  return own_;
}

const StoredVerifier::Head& StoredVerifier::HeadOf(const store::StoredRecord& record) {
  if (record.own) return OwnHead();
  std::pair<std::string, uint64_t> from(record.origin, record.proof_id);
  if (from != received_from_) {
    received_ = ReadReceived(rooms_, reader_, record);
    received_from_ = std::move(from);
  }
  return received_;
}

void StoredVerifier::Verify(const store::StoredRecord& record, v1::Record* out) {
  const crypto::Hash leaf = record::LogLeaf(record.view.statement);
  const Head& head = HeadOf(record);
  bool proven = false;
  std::string problem = head.problem;
  if (head.signature && record.own) {
    auto path = rooms_.log.Inclusion(record.log_index, head.size);
    proven = path.ok() && merkle::VerifyInclusion(record.log_index, head.size, leaf, *path, head.root).ok();
    if (!path.ok()) problem = "the log cannot prove this record";
  } else if (head.signature) {
    proven =
        head.proves && std::binary_search(head.leaves.begin(), head.leaves.end(), std::pair(record.log_index, leaf));
    if (!proven) problem = "the record is not where the author's checkpoint has it";
  }
  v1::Verification* verification = out->mutable_verification();
  verification->set_author_signature(head.signature);
  verification->set_log_proof(proven);
  verification->set_problem(problem);
  out->set_log_size(head.size);
}

absl::Status FillEvidence(const Rooms& rooms, const store::Reader& reader, const store::StoredRecord& record,
                          const record::View& view, v1::Evidence* out) {
  out->set_view(record::EncodeView(view));
  out->set_log_index(record.log_index);
  if (record.own) {
    auto head = rooms.log.Checkpoint();
    if (!head.ok()) return head.status();
    const uint64_t position[] = {record.log_index};
    auto proof = rooms.log.Prove(position, head->size);
    if (!proof.ok()) return proof.status();
    out->set_verifier_key(checkpoint::PrintVerifierKey(rooms.log.verifier_key()));
    out->set_checkpoint(head->note);
    out->add_positions(record.log_index);
    out->add_leaves(std::string(crypto::View(record::LogLeaf(record.view.statement))));
    for (const crypto::Hash& hash : *proof) out->add_proof(std::string(crypto::View(hash)));
    return absl::OkStatus();
  }
  auto proof = reader.GetProof(record.proof_id);
  if (!proof.ok()) return proof.status();
  const auto [checkpoint, key] = CheckpointOf(rooms, record.origin, proof->note);
  if (!checkpoint.ok()) return checkpoint.status();
  out->set_verifier_key(checkpoint::PrintVerifierKey(key));
  out->set_checkpoint(proof->note);
  for (const store::ProvenLeaf& leaf : proof->leaves) {
    out->add_positions(leaf.position);
    out->add_leaves(std::string(crypto::View(leaf.leaf)));
  }
  for (const crypto::Hash& hash : proof->proof) out->add_proof(std::string(crypto::View(hash)));
  return absl::OkStatus();
}

}  // namespace tidegate::api
